//! Progress on stderr: bars on a terminal, a line every few seconds elsewhere, nothing when quiet.

mod bars;
mod display;
mod lines;
mod nodes;
mod rate;
mod task;

pub use display::Display;
pub use nodes::NodeProgress;
pub use rate::duration;
pub use task::Task;

use std::sync::Arc;

use crate::terminal::Terminal;

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
