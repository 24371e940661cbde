//! Work outside of a run: its progress, and stopping it.

use std::sync::Arc;

use serl_pipeline::{CancelFlag, Headway, PipelineError};
use serl_stages::{StageError, Work};

use super::display::Display;
use crate::failure::Interrupted;

/// Work that is not a node: nothing is saved before it is done.
pub struct Task {
    /// Shows the progress.
    pub display: Arc<dyn Display>,
    /// Set when the user asks to stop.
    pub cancel: CancelFlag,
}

impl Task {
    /// Turns an error of such work into the command's; for an interruption, it says that nothing was kept.
    pub fn ended(&self, error: StageError) -> anyhow::Error {
        self.display.stop();
        match error {
            StageError::Pipeline(PipelineError::Interrupted) => Interrupted::for_nothing().into(),
            other => other.into(),
        }
    }
}

impl Work for Task {
    fn part(&self, _table: &str, _index: usize) -> Result<Option<Vec<u8>>, StageError> {
        Ok(None)
    }

    fn save_part(&self, _table: &str, _index: usize, _bytes: &[u8]) -> Result<(), StageError> {
        Ok(())
    }

    fn progress(&self, headway: &Headway<'_>) {
        self.display.progress(headway);
    }

    fn check_cancelled(&self) -> Result<(), StageError> {
        if self.cancel.is_cancelled() {
            Err(PipelineError::Interrupted.into())
        } else {
            Ok(())
        }
    }
}
