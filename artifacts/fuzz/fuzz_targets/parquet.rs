//! Any damage to a Parquet file leaves rows or the user's mistake, within the bounds on memory.
//!
//! An input is the number of a whole file and changes to it: of its footer, whose length is then put right, or of its
//! pages.

#![no_main]

mod samples;

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use samples::Sample;
use serl_artifacts::dataset::{BatchWriter, Batches, Wanted, read};
use serl_artifacts::table;
use serl_artifacts_fuzz::{Input, scratch};

static FILE: LazyLock<PathBuf> = LazyLock::new(|| scratch("parquet"));

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(samples::all);

/// Numbers that are written in place of others.
const NUMBERS: [i64; 12] = [
    -1,
    0,
    1,
    255,
    65_536,
    1 << 24,
    (1 << 30) - 1,
    i32::MAX as i64,
    i32::MIN as i64,
    1 << 40,
    i64::MAX,
    i64::MIN,
];

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input(bytes);
    let Some(number) = input.byte() else { return };
    let mut sample = SAMPLES[usize::from(number) % SAMPLES.len()].clone();
    while change(&mut sample, &mut input).is_some() {}
    let file = sample.file();

    std::fs::write(&*FILE, &file).expect("the scratch file can be written to");
    for wanted in [wanted(), wanted().first(2)] {
        if let Err(error) = read(&FILE, &wanted) {
            assert!(error.is_user_error(), "{error}");
        }
    }
    table::row_count(&file);
    let _ = copied(file);
});

fn wanted() -> Wanted {
    Wanted::new(samples::WANTED, "take fewer rows")
}

/// Reads all columns and writes them again, as `serl grade` does.
fn copied(file: Vec<u8>) -> Result<(), String> {
    let batches = Batches::of(file.into())?;
    let mut writer = BatchWriter::new(std::io::sink(), &batches.empty())?;
    for batch in batches {
        let batch = batch?;
        let _ = batch.rows(None);
        writer.write(&batch)?;
    }
    writer.finish().map(drop)
}

/// Makes the next change; none at the end of the input.
fn change(sample: &mut Sample, input: &mut Input<'_>) -> Option<()> {
    let kind = input.byte()?;
    let part = if kind & 0x80 == 0 {
        &mut sample.footer
    } else {
        &mut sample.pages
    };
    let at = input.below(part.len())?;
    match kind % 5 {
        0 => part[at] = input.byte()?,
        1 => part.insert(at, input.byte()?),
        2 => {
            let end = (at + 1 + usize::from(input.byte()? % 16)).min(part.len());
            part.drain(at..end);
        }
        3 => {
            let number = NUMBERS[usize::from(input.byte()?) % NUMBERS.len()];
            let end = at + 1 + part[at..].iter().take_while(|byte| **byte >= 0x80).count();
            part.splice(at..end.min(part.len()), varint(number));
        }
        _ => {
            let end = (at + usize::from(input.byte()?)).min(part.len());
            let copy = part[at..end].to_vec();
            let to = input.below(part.len())?;
            part.splice(to..to, copy);
        }
    }
    Some(())
}

/// A number as Thrift's compact protocol writes it.
fn varint(number: i64) -> Vec<u8> {
    let mut left = ((number << 1) ^ (number >> 63)) as u64;
    let mut bytes = Vec::new();
    while left >= 0x80 {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes
}
