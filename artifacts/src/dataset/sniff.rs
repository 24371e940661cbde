//! What a file is, by its first bytes: its name may say anything.

use super::separated;
use super::wanted::Wanted;

/// Number of first bytes that are looked at.
pub(super) const HEAD: usize = 64 << 10;

/// A kind of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Parquet,
    Gzip,
    Zstd,
    /// Rows of JSON, one per line.
    Lines,
    /// One JSON array of rows.
    Array,
    /// Values between commas, tabs or the like; the first row has the names.
    Separated(u8),
}

/// Files that are not data, by their first bytes, with what to do.
const FOREIGN: [(&[u8], &str); 27] = [
    (b"PARE", "an encrypted Parquet file; decrypt it first"),
    (
        b"ARROW1",
        "an Arrow file; save it as Parquet first (`datasets`: `to_parquet`)",
    ),
    (
        b"\xff\xff\xff\xff",
        "an Arrow stream; save it as Parquet first (`datasets`: `to_parquet`)",
    ),
    (b"FEA1", "a Feather file; save it as Parquet first"),
    (b"ORC", "an ORC file; save it as Parquet first"),
    (b"Obj\x01", "an Avro file; save it as Parquet or JSONL first"),
    (
        b"BZh",
        "compressed by bzip2; unpack it first (`bunzip2`), or use gzip or zstd",
    ),
    (
        b"\xfd7zXZ\0",
        "compressed by xz; unpack it first (`unxz`), or use gzip or zstd",
    ),
    (
        b"\x04\x22\x4d\x18",
        "compressed by lz4; unpack it first (`unlz4`), or use gzip or zstd",
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document; save the sheet as CSV"),
    (
        b"SQLite format 3\0",
        "an SQLite database; export the table (`sqlite3 -json FILE 'select …'`)",
    ),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"GGUF", "a GGUF model"),
    (b"\x7fELF", "a program"),
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, not the file itself; fetch it with `git lfs pull`",
    ),
    (b"\xfe\xff", "UTF-16 text; save the file as UTF-8"),
    (b"\xff\xfe", "UTF-16 text; save the file as UTF-8"),
    (
        b"\x80\x02",
        "a Python pickle, which is never loaded; save the rows as JSONL or Parquet",
    ),
    (
        b"\x80\x04",
        "a Python pickle, which is never loaded; save the rows as JSONL or Parquet",
    ),
    (
        b"\x80\x05",
        "a Python pickle, which is never loaded; save the rows as JSONL or Parquet",
    ),
];

/// The kind of the file that begins with `head`; if it cannot be read, what it is and what to do.
pub(super) fn kind(head: &[u8], wanted: &Wanted) -> Result<Kind, String> {
    match head {
        [b'P', b'A', b'R', b'1', ..] => return Ok(Kind::Parquet),
        [0x1f, 0x8b, ..] => return Ok(Kind::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => return Ok(Kind::Zstd),
        _ => {}
    }
    if let Some((_, is)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(format!("the file is {is}"));
    }
    if head.starts_with(b"PK\x03\x04") {
        return Err(zip(head));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Err("the file is a tar archive; unpack it first".into());
    }
    if head.get(8) == Some(&b'{') && head.get(5..8) == Some(&[0, 0, 0]) {
        return Err("the file holds the weights of a model (safetensors)".into());
    }
    if let Some(at) = head.iter().position(|&byte| byte == 0) {
        // In UTF-16, every other byte of plain text is zero.
        let is_utf16 = at < 2 && head.iter().skip(at).step_by(2).take(32).all(|&byte| byte == 0) && head[1 - at] != 0;
        return Err(match is_utf16 {
            true => "the file is UTF-16 text; save it as UTF-8".into(),
            false => "the file is not text; give JSONL, Parquet, CSV or a JSON array, plain or compressed".into(),
        });
    }
    text(head, wanted)
}

fn zip(head: &[u8]) -> String {
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    let is = match () {
        () if has(b"xl/") || has(b"[Content_Types].xml") => "an Office document (xlsx); save the sheet as CSV",
        () if has(b".pkl") => "a checkpoint of PyTorch, which is never loaded",
        () if has(b".npy") => "an archive of NumPy arrays",
        () => "a zip archive; unpack it first",
    };
    format!("the file is {is}")
}

fn text(head: &[u8], wanted: &Wanted) -> Result<Kind, String> {
    let head = head
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(head)
        .trim_ascii_start();
    let lower = head[..head.len().min(64)].to_ascii_lowercase();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        let reason = "the file is an HTML page, perhaps of an error or a login; download the file itself";
        return Err(reason.into());
    }
    if lower.starts_with(b"<?xml") {
        return Err("the file is XML; save the rows as JSONL".into());
    }
    match head.first() {
        Some(b'[') => Ok(Kind::Array),
        Some(b'{') | None => Ok(Kind::Lines),
        Some(_) => Ok(separated::delimiter(head, wanted).map_or(Kind::Lines, Kind::Separated)),
    }
}
