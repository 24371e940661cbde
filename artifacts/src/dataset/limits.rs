//! Bounds on what is read from a data file, so that a small file cannot fill the memory.

use std::io::{self, Read};

/// Most bytes of one row: of its text, or of its columns that are read.
pub const MAX_ROW: u64 = 16 << 20;

/// Most bytes that all rows of a data set take, and that a compressed file may unpack to.
pub const MAX_ALL: u64 = 1 << 30;

/// What a row takes in memory besides its values, in bytes.
pub(super) const ROW_COST: u64 = 256;

/// What a value takes in memory besides its text, in bytes.
pub(super) const VALUE_COST: u64 = 48;

/// What a list or an object that is not empty takes besides: room for four items is made at once.
pub(super) const NEST_COST: u64 = 384;

/// What each item of a list or an object takes besides its value: a place that may be reserved twice, and a name.
pub(super) const ITEM_COST: u64 = 64;

/// `bytes` as `16 MiB` or `1 GiB`.
pub(super) fn told(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 30 => format!("{} GiB", bytes >> 30),
        bytes => format!("{} MiB", bytes >> 20),
    }
}

/// Why a row is refused for its size.
pub(super) fn large_row() -> String {
    format!("the row is larger than {}, the limit for one row", told(MAX_ROW))
}

/// What the rows read so far take.
#[derive(Debug, Default)]
pub(super) struct Budget {
    used: u64,
}

impl Budget {
    /// Counts rows that take `cost` bytes together.
    ///
    /// # Errors
    /// All rows so far take more than [`MAX_ALL`].
    pub(super) fn spend(&mut self, cost: u64) -> Result<(), String> {
        self.used = self.used.saturating_add(cost);
        match self.used > MAX_ALL {
            true => Err(format!(
                "its rows take more than {} of memory, the limit",
                told(MAX_ALL)
            )),
            false => Ok(()),
        }
    }
}

/// A reader that fails once more than [`MAX_ALL`] bytes have come out of it.
pub(super) struct Capped<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Capped<R> {
    pub(super) fn new(reader: R) -> Self {
        let left = MAX_ALL;
        Self { reader, left }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let limit = told(MAX_ALL);
            io::Error::other(format!(
                "it has more than {limit}, the limit for pipes and compressed files"
            ))
        })?;
        Ok(read)
    }
}
