//! What can show progress.

/// Something that shows the progress of one piece of work after the other.
pub trait Display: Send + Sync {
    /// Work begins.
    fn start(&self, what: &str);
    /// `done` of `total` `unit`s are done.
    fn progress(&self, done: u64, total: u64, unit: &str, note: &str);
    /// The work ended; `result` is one line about it.
    fn finish(&self, result: &str);
    /// The work was given up; whoever gave it up says why.
    fn stop(&self);
    /// A line that is not progress.
    fn line(&self, text: &str);
}
