//! The pages of a Parquet column, checked before the library reads them.
//!
//! The library reserves memory for as many values and bytes as the header of a page claims. A few flipped bits there
//! would end the program. Headers are Thrift structures in the compact protocol (`parquet-format`, `parquet.thrift`).

use bytes::Bytes;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;

use super::limits::{MAX_ALL, MAX_ROW, VALUE_COST, told};

/// Bytes that hold most headers.
const HEADER: u64 = 16 << 10;

/// Deepest structure in a header; the format has three levels.
const DEPTH: u32 = 8;

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
    let mut reader = Reader { bytes, at: 0 };
    let mut page = Page::default();
    let mut field = 0;
    loop {
        let kind = reader.field(&mut field)?;
        match (field, kind) {
            (_, STOP) => return Some((page, reader.at)),
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
                        (kind, _) => reader.skip(kind, DEPTH)?,
                    }
                }
            }
            (_, kind) => reader.skip(kind, DEPTH)?,
        }
    }
}

// Types of the compact protocol.
const STOP: u8 = 0;
const I32: u8 = 5;
const STRUCT: u8 = 12;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A signed number, in zigzag order.
    fn number(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// Type of the next field of a structure; sets its number.
    fn field(&mut self, number: &mut i64) -> Option<u8> {
        let byte = self.byte()?;
        let (step, kind) = (byte >> 4, byte & 0x0f);
        if kind != STOP {
            *number = match step {
                0 => self.number()?,
                step => number.checked_add(i64::from(step))?,
            };
        }
        Some(kind)
    }

    fn forward(&mut self, bytes: u64) -> Option<()> {
        self.at = usize::try_from(bytes).ok()?.checked_add(self.at)?;
        (self.at <= self.bytes.len()).then_some(())
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // Truth values are in the type.
            1 | 2 => Some(()),
            3 => self.forward(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.forward(8),
            8 => {
                let length = self.varint()?;
                self.forward(length)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let length = match byte >> 4 {
                    15 => self.varint()?,
                    length => u64::from(length),
                };
                (0..length).try_for_each(|_| match byte & 0x0f {
                    // In a list, truth values take a byte.
                    1 | 2 => self.forward(1),
                    kind => self.skip(kind, depth),
                })
            }
            STRUCT => {
                let mut number = 0;
                loop {
                    match self.field(&mut number)? {
                        STOP => return Some(()),
                        kind => self.skip(kind, depth)?,
                    }
                }
            }
            _ => None,
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
