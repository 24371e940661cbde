//! The trait of progress displays.

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
