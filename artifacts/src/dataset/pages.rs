//! The pages of a Parquet column, checked before the library reads them.
//!
//! The library reserves memory for as many values and bytes as the header of a page claims. A few flipped bits there
//! would end the program.

use bytes::Bytes;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;

use super::limits::{MAX_ALL, MAX_ROW, VALUE_COST, told};
use crate::thrift::{I32, Reader, STOP, STRUCT};

/// Bytes that hold most headers.
const HEADER: u64 = 16 << 10;

/// What a header says about its page.
#[derive(Debug, Default, PartialEq)]
struct Page {
    /// Bytes after decompression.
    unpacked: i64,
    /// Bytes in the file.
    packed: i64,
    /// Values in it.
    values: i64,
    is_dictionary: bool,
}

/// Checks the pages of a column of one row group.
///
/// # Errors
/// A header that cannot be read, or claims what cannot be or is beyond the limits.
pub(super) fn check<R: ChunkReader>(file: &R, chunk: &ColumnChunkMetaData) -> Result<(), String> {
    let name = chunk.column_path().string();
    let damaged = || format!("a page of `{}` is damaged", name.escape_debug());
    let start = chunk
        .dictionary_page_offset()
        .unwrap_or(i64::MAX)
        .min(chunk.data_page_offset());
    let start = u64::try_from(start).map_err(|_| damaged())?;
    let length = u64::try_from(chunk.compressed_size()).map_err(|_| damaged())?;
    let end = start
        .checked_add(length)
        .filter(|end| *end <= file.len())
        .ok_or_else(damaged)?;
    let (mut at, mut values) = (start, 0);
    // Some writers leave rows out of the last page, but none repeats them.
    while at < end && values < chunk.num_values() {
        // The statistics in a header may hold values of the column.
        let header = [HEADER, MAX_ROW].into_iter().find_map(|most| {
            let bytes = file.get_bytes(at, most.min(end - at) as usize).ok()?;
            page(&bytes)
        });
        let (page, header) = header.ok_or_else(damaged)?;
        let most = MAX_ALL as i64;
        if page.unpacked > most || page.values > most / VALUE_COST as i64 {
            let limit = told(MAX_ALL);
            return Err(format!(
                "a page of `{}` has more than {limit}, the limit",
                name.escape_debug()
            ));
        }
        let possible = match page.is_dictionary {
            // A value takes a byte at least.
            true => page.values <= page.unpacked,
            false => page.values <= chunk.num_values() - values,
        };
        if page.unpacked < 0 || page.packed < 0 || page.values < 0 || !possible {
            return Err(damaged());
        }
        if !page.is_dictionary {
            values += page.values;
        }
        at += header as u64 + page.packed as u64;
    }
    Ok(())
}

/// The header at the start of `bytes`, and its length.
fn page(bytes: &Bytes) -> Option<(Page, usize)> {
    let mut reader = Reader::new(bytes);
    let mut page = Page::default();
    let mut field = 0;
    loop {
        let kind = reader.field(&mut field)?;
        match (field, kind) {
            (_, STOP) => return Some((page, reader.position())),
            (2, I32) => page.unpacked = reader.number()?,
            (3, I32) => page.packed = reader.number()?,
            // Data, dictionary and data of version 2; the first number is that of values.
            (5 | 7 | 8, STRUCT) => {
                page.is_dictionary = field == 7;
                let mut inner = 0;
                loop {
                    match (reader.field(&mut inner)?, inner) {
                        (STOP, _) => break,
                        (I32, 1) => page.values = reader.number()?,
                        (kind, _) => reader.skip(kind)?,
                    }
                }
            }
            (_, kind) => reader.skip(kind)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_with_all_that_it_may_hold() {
        // PageHeader { 1: type = 0, 2: unpacked = 300, 3: packed = 5, 4: crc = -1,
        //   5: DataPageHeader { 1: values = 7, 2: encoding = 0, 3: 3, 4: 3, 5: Statistics { 5: "ab", 7: true } } }
        let header = [
            0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x0a, 0x15, 0x01, 0x1c, 0x15, 0x0e, 0x15, 0x00, 0x15, 0x06, 0x15, 0x06,
            0x1c, 0x58, 0x02, b'a', b'b', 0x21, 0x00, 0x00, 0x00,
        ];
        let expected = Page {
            unpacked: 300,
            packed: 5,
            values: 7,
            is_dictionary: false,
        };
        assert_eq!(page(&Bytes::copy_from_slice(&header)), Some((expected, header.len())));
        for cut in 0..header.len() {
            assert_eq!(page(&Bytes::copy_from_slice(&header[..cut])), None, "{cut}");
        }
    }

    #[test]
    fn any_bytes_are_survived() {
        for seed in 0..2000_u64 {
            let bytes: Vec<u8> = (0..64_u64)
                .map(|i| ((seed * 64 + i).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
                .collect();
            let _ = page(&bytes.into());
        }
    }
}
