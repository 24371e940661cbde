//! Opens a data file: unpacks it and finds out what it is.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use bytes::Bytes;

use super::array::Elements;
use super::limits::{Budget, Capped, MAX_ROW, ROW_COST, large_row};
use super::lines::Lines;
use super::numbers;
use super::separated::Separated;
use super::sniff::{self, Kind};
use super::surrogates;
use super::unreadable::{EXPECTED, unopened, unreadable};
use super::wanted::Wanted;
use crate::ArtifactError;
use crate::place::Place;

/// The first bytes of a Parquet file.
const PARQUET_MAGIC: &[u8; 4] = b"PAR1";

type Reader = Box<dyn BufRead>;

/// An opened data file.
pub enum Source {
    /// Rows as JSON texts.
    Texts(Box<Texts>),
    /// A Parquet file on disk.
    ParquetFile(File),
    /// A Parquet file that was compressed or came through a pipe.
    ParquetBytes(Bytes),
}

impl Source {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or is none that rows can be read from: the error says what it is.
    pub fn open(path: &Path, wanted: &Wanted) -> Result<Self, ArtifactError> {
        let file = File::open(path).map_err(|e| unopened(path, &e))?;
        let metadata = file.metadata().map_err(|e| unopened(path, &e))?;
        if metadata.is_dir() {
            return Err(ArtifactError::dataset(path, None, format!("is a folder; {EXPECTED}")));
        }
        if metadata.is_file() && is_parquet(path) {
            return Ok(Self::ParquetFile(file));
        }
        Self::of(file, path, wanted)
    }

    /// Recognises what comes out of `reader`; `origin` names it in messages.
    ///
    /// # Errors
    /// As for [`Source::open`].
    pub fn of(reader: impl Read + 'static, origin: &Path, wanted: &Wanted) -> Result<Self, ArtifactError> {
        let read = Rc::new(Cell::new(0));
        let counted = Counted {
            reader,
            read: Rc::clone(&read),
        };
        let (mut kind, mut reader) = recognised(Box::new(BufReader::new(counted)), origin, wanted)?;
        if let Some(unpacked) = unpacked(kind, &mut reader, origin)? {
            (kind, reader) = recognised(unpacked, origin, wanted)?;
        }
        let format = match kind {
            Kind::Lines => Format::Lines(Lines::new(reader, origin)),
            Kind::Array => Format::Array(Elements::new(reader, origin)),
            Kind::Separated(delimiter) => Format::Separated(Box::new(Separated::new(reader, delimiter, origin)?)),
            Kind::Parquet => {
                let mut bytes = Vec::new();
                let read = Capped::new(reader).read_to_end(&mut bytes);
                read.map_err(|e| unreadable(origin, None, e))?;
                return Ok(Self::ParquetBytes(bytes.into()));
            }
            Kind::Gzip | Kind::Zstd => {
                let reason = "the file is compressed twice; unpack it first".into();
                return Err(ArtifactError::dataset(origin, None, reason));
            }
        };
        let texts = Texts { format, read };
        Ok(Self::Texts(Box::new(texts)))
    }
}

fn is_parquet(path: &Path) -> bool {
    let mut magic = [0; PARQUET_MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *PARQUET_MAGIC
}

/// The kind of what comes out of `reader`, and a reader that begins at the start again.
fn recognised(mut reader: Reader, origin: &Path, wanted: &Wanted) -> Result<(Kind, Reader), ArtifactError> {
    let mut head = Vec::new();
    let read = (&mut reader).take(sniff::HEAD as u64).read_to_end(&mut head);
    read.map_err(|e| unreadable(origin, None, e))?;
    let kind = sniff::kind(&head, wanted).map_err(|reason| ArtifactError::dataset(origin, None, reason))?;
    Ok((kind, Box::new(Cursor::new(head).chain(reader))))
}

/// What a compressed file contains; `None` if it is not compressed.
fn unpacked(kind: Kind, reader: &mut Reader, origin: &Path) -> Result<Option<Reader>, ArtifactError> {
    let mut packed = || std::mem::replace(reader, Box::new(io::empty()));
    Ok(match kind {
        Kind::Gzip => {
            let unpacked = Capped::new(flate2::bufread::MultiGzDecoder::new(packed()));
            Some(Box::new(BufReader::new(unpacked)))
        }
        Kind::Zstd => {
            let unpacked = zstd::Decoder::with_buffer(packed()).map_err(|e| unreadable(origin, None, e))?;
            Some(Box::new(BufReader::new(Capped::new(unpacked))))
        }
        _ => None,
    })
}

/// Goes through a compressed file once without keeping anything, so that one that unpacks to too much is refused
/// before it fills the memory.
///
/// # Errors
/// The file unpacks to more than the limits, or is damaged.
pub(super) fn measure(path: &Path, wanted: &Wanted) -> Result<(), ArtifactError> {
    let file = File::open(path).map_err(|e| unopened(path, &e))?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) || is_parquet(path) {
        return Ok(());
    }
    let (kind, mut reader) = recognised(Box::new(BufReader::new(file)), path, wanted)?;
    let Some(unpacked) = unpacked(kind, &mut reader, path)? else {
        return Ok(());
    };
    let (kind, mut unpacked) = recognised(unpacked, path, wanted)?;
    let fault = |place, reason| Err(ArtifactError::dataset(path, place, reason));
    let mut budget = Budget::default();
    let (mut lines, mut line, mut last) = (1, 0, b'\n');
    loop {
        let buffer = unpacked.fill_buf().map_err(|e| unreadable(path, None, e))?;
        let Some(&end) = buffer.last() else {
            return Ok(());
        };
        // A row of JSON Lines begins with a brace.
        let before = std::iter::once(last).chain(buffer.iter().copied());
        let starts = before.zip(buffer).filter(|pair| *pair == (b'\n', &b'{')).count();
        if let Err(reason) = budget.spend(starts as u64 * ROW_COST) {
            return fault(None, format!("{reason}; {}", wanted.advice()));
        }
        lines += buffer.iter().filter(|byte| **byte == b'\n').count();
        line = match buffer.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => buffer.len() - at,
            None => line + buffer.len(),
        };
        if kind == Kind::Lines && line as u64 > MAX_ROW {
            return fault(Some(Place::Line(lines)), large_row());
        }
        last = end;
        let length = buffer.len();
        unpacked.consume(length);
    }
}

/// The rows of a text file as JSON, with their places.
///
/// Escaped surrogates without a partner become the replacement character `\ufffd`, and numbers that JSON lacks become
/// `null`.
pub struct Texts {
    format: Format,
    read: Rc<Cell<u64>>,
}

enum Format {
    Lines(Lines<Reader>),
    Array(Elements<Reader>),
    Separated(Box<Separated<Reader>>),
}

impl Texts {
    /// Bytes of the file read so far.
    pub fn bytes(&self) -> u64 {
        self.read.get()
    }

    /// Whether each row is a line of JSON.
    pub(super) fn are_lines(&self) -> bool {
        matches!(self.format, Format::Lines(_))
    }
}

impl Iterator for Texts {
    type Item = Result<(Place, String), ArtifactError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match &mut self.format {
            Format::Lines(lines) => lines.next(),
            Format::Array(elements) => elements.next(),
            Format::Separated(rows) => rows.next(),
        }?;
        Some(row.map(|(place, text)| {
            let text = surrogates::replace_lone(&text);
            (place, numbers::replace_non_finite(&text).into_owned())
        }))
    }
}

/// Counts what is read.
struct Counted<R> {
    reader: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}
