//! Progress on stderr: bars on a terminal, a line every few seconds elsewhere, nothing when quiet.

mod bars;
mod details;
mod display;
mod lines;
mod nodes;
mod rate;
mod result;
mod task;

pub use details::figure;
pub use display::Display;
pub use nodes::NodeProgress;
pub use rate::{Pace, count, duration};
pub use task::Task;

use std::sync::Arc;

use serl_pipeline::Headway;

use crate::terminal::Terminal;

/// Chooses the display that suits the terminal.
pub fn display(terminal: &Terminal) -> Arc<dyn Display> {
    if terminal.quiet || terminal.json {
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
    fn progress(&self, _: &Headway<'_>) {}
    fn finish(&self, _: &str) {}
    fn stop(&self) {}
    fn line(&self, _: &str) {}
}
