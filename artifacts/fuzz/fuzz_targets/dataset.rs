//! Any text file is rows or the user's mistake, the same in every packing, and within the bounds on memory.
//!
//! An input is `p`, `g` or `z` (plain, gzip, zstd), a byte `n`, and a head, a body and a tail with bytes 0xff between
//! them. The body occurs 2ⁿ times.

#![no_main]

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serl_artifacts::ArtifactError;
use serl_artifacts::dataset::{Rows, Source, Wanted, read};
use serl_artifacts_fuzz::{Input, scratch};

static FILE: LazyLock<PathBuf> = LazyLock::new(|| scratch("dataset"));

/// Most repetitions of the body, as a power of two.
const MOST_TIMES: u8 = 12;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input(bytes);
    let (Some(packing), Some(power)) = (input.byte(), input.byte()) else {
        return;
    };
    let text = repeated(input.0, 1 << (power % (MOST_TIMES + 1)));
    let packed = packed(packing, &text);
    let rows = rows(&packed, &wanted());
    check_texts(&packed, &rows);
    let Ok(rows) = rows else { return };

    let first = self::rows(&packed, &wanted().first(2)).expect("the first rows are readable if all are");
    assert_eq!(first.columns, rows.columns);
    assert_eq!(first.records, rows.records[..rows.records.len().min(2)]);
    if packed != text {
        let plain = self::rows(&text, &wanted()).expect("what is readable compressed is readable");
        assert_eq!((plain.columns, plain.records), (rows.columns, rows.records));
    }
});

fn wanted() -> Wanted {
    Wanted::new(["problem", "answer", "reward_model.ground_truth"], "take fewer rows")
}

fn repeated(input: &[u8], times: usize) -> Vec<u8> {
    let mut parts = input.splitn(3, |byte| *byte == 0xff);
    let mut next = || parts.next().unwrap_or_default();
    [next().to_vec(), next().repeat(times), next().to_vec()].concat()
}

fn packed(packing: u8, text: &[u8]) -> Vec<u8> {
    match packing {
        b'g' => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(text).expect("memory can be written to");
            packed.finish().expect("memory can be written to")
        }
        b'z' => zstd::encode_all(text, 1).expect("memory can be written to"),
        _ => text.to_vec(),
    }
}

fn rows(bytes: &[u8], wanted: &Wanted) -> Result<Rows, ArtifactError> {
    std::fs::write(&*FILE, bytes).expect("the scratch file can be written to");
    let rows = read(&FILE, wanted);
    if let Err(error) = &rows {
        assert!(error.is_user_error(), "{error}");
    }
    rows
}

/// Reads the bytes as they come through a pipe.
fn check_texts(bytes: &[u8], rows: &Result<Rows, ArtifactError>) {
    let source = Source::of(Cursor::new(bytes.to_vec()), Path::new("stdin"), &wanted());
    match (source, rows) {
        (Ok(Source::Texts(texts)), Ok(rows)) => {
            let places: Vec<_> = texts
                .map(|row| row.expect("a file and a pipe are the same").0)
                .collect();
            assert!(places.iter().eq(rows.records.iter().map(|record| &record.place)));
        }
        (Ok(Source::Texts(texts)), Err(_)) => texts.take_while(Result::is_ok).for_each(drop),
        (Err(error), rows) => assert!(error.is_user_error() && rows.is_err(), "{error}"),
        _ => {}
    }
}
