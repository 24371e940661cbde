//! Rows of CSV, TSV and the like, as JSON objects of texts.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use serde_json::{Map, Value};

use super::limits::{MAX_ROW, VALUE_COST, large_row};
use super::unreadable::unreadable;
use super::wanted::Wanted;
use crate::ArtifactError;
use crate::place::Place;

/// What may stand between values.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// What separates the values of a text that begins with `head`, if its first row has the names of columns.
pub(super) fn delimiter(head: &[u8], wanted: &Wanted) -> Option<u8> {
    let rows = DELIMITERS.map(|delimiter| {
        let mut rows = Records::new(head, delimiter);
        let mut row = || rows.next_record().ok().flatten().unwrap_or_default().values;
        (delimiter, row(), row())
    });
    let named = |names: &[Vec<u8>]| {
        let mut names = names.iter().filter_map(|name| std::str::from_utf8(name).ok());
        names.any(|name| wanted.column(name.trim()))
    };
    let found = rows.iter().filter(|(_, names, _)| named(names));
    let found = found.max_by_key(|(_, names, _)| names.len());
    let regular = |(_, names, first): &&(u8, Vec<Vec<u8>>, Vec<Vec<u8>>)| names.len() > 1 && first.len() == names.len();
    found
        .or_else(|| rows.iter().find(regular))
        .map(|(delimiter, ..)| *delimiter)
}

/// The rows of a separated text after the first, which has the names.
pub(super) struct Separated<R> {
    records: Records<R>,
    names: Vec<String>,
    origin: PathBuf,
}

impl<R: BufRead> Separated<R> {
    pub(super) fn new(reader: R, delimiter: u8, origin: &Path) -> Result<Self, ArtifactError> {
        let mut rows = Self {
            records: Records::new(reader, delimiter),
            names: Vec::new(),
            origin: origin.to_owned(),
        };
        let names = rows.record()?.unwrap_or_default();
        let names = names.values.iter().map(|name| rows.text(name, Place::Line(1)));
        rows.names = names.collect::<Result<_, _>>()?;
        if let Some(first) = rows.names.first_mut() {
            *first = first.trim_start_matches('\u{feff}').to_owned();
        }
        Ok(rows)
    }

    fn record(&mut self) -> Result<Option<Record>, ArtifactError> {
        let place = Some(Place::Line(self.records.line()));
        self.records.next_record().map_err(|fault| match fault {
            Fault::Io(error) => unreadable(&self.origin, place, error),
            Fault::Large => {
                let reason = large_row() + "; is a quote not closed?";
                ArtifactError::dataset(&self.origin, place, reason)
            }
        })
    }

    fn text(&self, bytes: &[u8], place: Place) -> Result<String, ArtifactError> {
        let text = std::str::from_utf8(bytes).map(|text| text.trim().to_owned());
        text.map_err(|_| {
            let reason = "not valid UTF-8; save the file as UTF-8".into();
            ArtifactError::dataset(&self.origin, Some(place), reason)
        })
    }

    fn row(&mut self) -> Result<Option<(Place, String)>, ArtifactError> {
        let Some(record) = self.record()? else {
            return Ok(None);
        };
        let place = Place::Line(record.line);
        if record.values.len() != self.names.len() {
            let (has, columns) = (record.values.len(), self.names.len());
            let reason = format!(
                "the row has {has} values, but there are {columns} columns; quote values that contain the separator"
            );
            return Err(ArtifactError::dataset(&self.origin, Some(place), reason));
        }
        let mut row = Map::new();
        for (name, value) in self.names.iter().zip(&record.values) {
            row.insert(name.clone(), Value::String(self.text(value, place)?));
        }
        Ok(Some((place, Value::Object(row).to_string())))
    }
}

impl<R: BufRead> Iterator for Separated<R> {
    type Item = Result<(Place, String), ArtifactError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

/// The values of a row, and the line on which it begins.
#[derive(Default)]
struct Record {
    line: usize,
    values: Vec<Vec<u8>>,
}

/// Why a row cannot be read.
enum Fault {
    Io(std::io::Error),
    /// It is larger than the limit: a quote that nobody closes swallows the rest of the file.
    Large,
}

/// The rows of a separated text. Blank lines are none.
struct Records<R> {
    reader: R,
    parser: Reader,
    /// The values of the row so far, one after the other.
    bytes: Vec<u8>,
    used: usize,
    /// Where each of them ends.
    ends: Vec<usize>,
    found: usize,
}

impl<R: BufRead> Records<R> {
    fn new(reader: R, delimiter: u8) -> Self {
        Self {
            reader,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            bytes: vec![0; 4096],
            used: 0,
            ends: vec![0; 64],
            found: 0,
        }
    }

    /// The line that the parser is on, counted from 1.
    fn line(&self) -> usize {
        self.parser.line() as usize
    }

    fn next_record(&mut self) -> Result<Option<Record>, Fault> {
        (self.used, self.found) = (0, 0);
        let line = self.line();
        loop {
            let input = self.reader.fill_buf().map_err(Fault::Io)?;
            let (values, ends) = (&mut self.bytes[self.used..], &mut self.ends[self.found..]);
            let (result, read, written, found) = self.parser.read_record(input, values, ends);
            self.reader.consume(read);
            self.used += written;
            self.found += found;
            if self.used as u64 + self.found as u64 * VALUE_COST > MAX_ROW {
                return Err(Fault::Large);
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.bytes.resize(2 * self.bytes.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::Record => return Ok(Some(self.taken(line))),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn taken(&self, line: usize) -> Record {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ends = starts.zip(&self.ends[..self.found]);
        let values = ends.map(|(start, &end)| self.bytes[start..end].to_vec());
        let values = values.collect();
        Record { line, values }
    }
}
