//! Progress on stderr: bars on a terminal, a line every few seconds elsewhere, nothing when quiet.

mod bars;
mod lines;
mod nodes;
mod rate;
mod task;

pub use nodes::NodeProgress;
pub use rate::duration;
pub use task::Task;

use std::sync::Arc;

use crate::terminal::Terminal;

/// Shows progress, one piece of work at a time.
pub trait Display: Send + Sync {
    /// Work starts.
    fn start(&self, what: &str);
    /// `done` of `total` `unit`s are done.
    fn progress(&self, done: u64, total: u64, unit: &str, note: &str);
    /// The work is done; `result` sums it up in one line.
    fn finish(&self, result: &str);
    /// The work was abandoned; whoever abandoned it reports why.
    fn stop(&self);
    /// Prints a line that is not about progress.
    fn line(&self, text: &str);
}

/// Chooses the display that suits the terminal.
pub fn display(terminal: &Terminal) -> Arc<dyn Display> {
    if terminal.quiet {
        Arc::new(Silent)
    } else if terminal.interactive {
        Arc::new(bars::Bars::default())
    } else {
        Arc::new(lines::Lines::default())
    }
}

struct Silent;

impl Display for Silent {
    fn start(&self, _: &str) {}
    fn progress(&self, _: u64, _: u64, _: &str, _: &str) {}
    fn finish(&self, _: &str) {}
    fn stop(&self) {}
    fn line(&self, _: &str) {}
}
