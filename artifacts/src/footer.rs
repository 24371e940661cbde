//! The footer of a Parquet file, checked before the library reads it.
//!
//! The library reserves memory for as many columns as an element of the schema claims. One flipped bit there would end
//! the program, since memory that cannot be had cannot be caught.

use parquet::file::reader::ChunkReader;

use crate::thrift::{I32, LIST, Reader, STOP, STRUCT};

/// Bytes after the footer: its length, and the magic.
const TAIL: u64 = 8;

/// Checks that no list and no element of the schema claims more parts than there are.
///
/// # Errors
/// It does. What else is wrong with a footer, the library says.
pub(crate) fn check<R: ChunkReader>(file: &R) -> Result<(), String> {
    let Some(footer) = bytes(file) else {
        return Ok(());
    };
    match schema_fits(&footer) {
        Some(true) => Ok(()),
        Some(false) | None => Err("its footer is damaged".into()),
    }
}

/// The footer; none if the file is too short for what its end says.
fn bytes<R: ChunkReader>(file: &R) -> Option<bytes::Bytes> {
    let end = file.len().checked_sub(TAIL)?;
    let tail = file.get_bytes(end, TAIL as usize).ok()?;
    let (length, magic) = tail.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length);
    let start = end.checked_sub(length.into()).filter(|_| magic == b"PAR1")?;
    file.get_bytes(start, length as usize).ok()
}

/// Whether every element of the schema has fewer children than there are elements; `None` for no `FileMetaData`.
fn schema_fits(footer: &[u8]) -> Option<bool> {
    let mut reader = Reader::new(footer);
    let (mut field, mut fits) = (0, true);
    loop {
        match (reader.field(&mut field)?, field) {
            (STOP, _) => return Some(fits),
            (LIST, 2) => {
                let (elements, kind) = reader.list()?;
                for _ in 0..elements {
                    fits &= match kind {
                        STRUCT => children(&mut reader)? < i64::try_from(elements).ok()?,
                        _ => return None,
                    };
                }
            }
            (kind, _) => reader.skip(kind)?,
        }
    }
}

/// The children that a `SchemaElement` claims; fewer than 0 count as too many.
fn children(reader: &mut Reader<'_>) -> Option<i64> {
    let (mut field, mut children) = (0, 0);
    loop {
        match (reader.field(&mut field)?, field) {
            (STOP, _) => return Some(if children < 0 { i64::MAX } else { children }),
            (I32, 5) => children = reader.number()?,
            (kind, _) => reader.skip(kind)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_cannot_have_more_children_than_there_are_elements() {
        // FileMetaData { 1: version = 1, 2: [SchemaElement { 4: "s", 5: children }, SchemaElement { 1: 1, 4: "a" }] }
        let footer = |children: u8| {
            [
                0x15, 0x02, 0x19, 0x2c, 0x48, 0x01, b's', 0x15, children, 0x00, 0x15, 0x02, 0x38, 0x01, b'a', 0x00,
                0x00,
            ]
        };
        assert_eq!(schema_fits(&footer(2)), Some(true));
        assert_eq!(schema_fits(&footer(4)), Some(false));
        assert_eq!(schema_fits(&footer(1)), Some(false));
        for cut in 0..16 {
            assert_eq!(schema_fits(&footer(2)[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn a_list_cannot_have_more_items_than_bytes() {
        assert_eq!(schema_fits(&[0x19, 0xfc, 0xff, 0xff, 0x03, 0x00]), None);
    }
}
