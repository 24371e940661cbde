//! What was written of a data set.

/// A table of the data set that was written.
#[derive(Debug)]
pub struct Written {
    /// Its name, that of its folder and of the configuration for `load_dataset`.
    pub name: &'static str,
    /// What its split is called.
    pub split: &'static str,
    /// Rows in all of its files.
    pub rows: usize,
    /// What a row is.
    pub description: &'static str,
    /// What its columns hold, in their order.
    pub columns: Vec<(String, &'static str)>,
}
