//! Ctrl-C: the first asks to stop at a point where nothing is lost, the second stops at once.

use std::sync::Arc;

use serl_pipeline::CancelFlag;

use crate::failure::Exit;
use crate::progress::Display;

/// What stopping at once means for work that saves nothing until it is done.
pub const NOTHING_KEPT: &str = "what was done is lost";

/// Listens for Ctrl-C and SIGTERM; `meanwhile` says what is finished first, `at_once` what a second request means for
/// the work.
///
/// # Errors
/// The system refuses, or there is a listener already.
pub fn listen(display: Arc<dyn Display>, meanwhile: &'static str, at_once: String) -> Result<CancelFlag, ctrlc::Error> {
    let cancel = CancelFlag::new();
    let flag = cancel.clone();
    ctrlc::set_handler(move || {
        if flag.is_cancelled() {
            display.stop();
            display.line(&format!("stopped at once: {at_once}"));
            std::process::exit(Exit::Interrupted.code().into());
        }
        flag.cancel();
        display.line(&format!("stopping: {meanwhile}; press Ctrl-C again to stop at once"));
    })?;
    Ok(cancel)
}
