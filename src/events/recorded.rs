//! A display whose messages become events, too.

use std::sync::Arc;

use serl_pipeline::Headway;

use super::stream::Stream;
use crate::progress::Display;

/// Shows what `shown` shows, and records its messages in a stream.
pub struct Recorded {
    /// The display.
    pub shown: Arc<dyn Display>,
    /// The stream.
    pub stream: Arc<Stream>,
}

impl Display for Recorded {
    fn start(&self, what: &str) {
        self.shown.start(what);
    }

    fn progress(&self, headway: &Headway<'_>) {
        self.shown.progress(headway);
    }

    fn finish(&self, result: &str) {
        self.shown.finish(result);
    }

    fn stop(&self) {
        self.shown.stop();
    }

    fn line(&self, text: &str) {
        self.shown.line(text);
        self.stream.message(text);
    }
}
