//! The trait of progress displays.

use serl_pipeline::Headway;

/// Shows progress, one piece of work at a time.
pub trait Display: Send + Sync {
    /// Work starts.
    fn start(&self, what: &str);
    /// The work is this far.
    fn progress(&self, headway: &Headway<'_>);
    /// The work is done; `result` sums it up in one line.
    fn finish(&self, result: &str);
    /// The work was abandoned; whoever abandoned it reports why.
    fn stop(&self);
    /// Prints a line that is not about progress.
    fn line(&self, text: &str);
}
