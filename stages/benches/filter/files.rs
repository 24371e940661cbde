//! The filter on texts of a file, by similarity alone: no rule about keywords, lengths or beginnings.
//!
//! Files hold a JSON value per line.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serl_artifacts::InstructionId;
use serl_stages::StageError;
use serl_stages::config::FilterConfig;
use serl_stages::filter::filter;

use super::texts::instruction;

/// A line of `--texts`: `{"known": TEXT}` or `{"candidate": TEXT}`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Text {
    Known(String),
    Candidate(String),
}

/// For each candidate in `texts` a line `[kept, similarity, nearest text]`.
pub fn judge_texts(texts: &Path, found: &Path) -> Result<(), Box<dyn Error>> {
    let (mut known, mut candidates) = (Vec::new(), Vec::new());
    for text in read(texts)? {
        match text {
            Text::Known(text) => known.push(instruction(text)),
            Text::Candidate(text) => candidates.push(instruction(text)),
        }
    }
    let start = Instant::now();
    let judged = filter(&by_similarity(), &[], &known, &candidates)?;
    println!(
        "{:.3} s, {} kB",
        start.elapsed().as_secs_f64(),
        peak_memory().unwrap_or_default()
    );
    let all = known.iter().chain(&candidates);
    let text_of: HashMap<&InstructionId, &str> = all.map(|i| (&i.id, i.text.as_str())).collect();
    let nearest = judged
        .iter()
        .map(|row| row.nearest.as_ref().and_then(|id| text_of.get(id)));
    write(
        found,
        judged
            .iter()
            .zip(nearest)
            .map(|(row, text)| (row.kept, row.rouge_l_max, text)),
    )
}

/// For each line `[known text, candidate]` of `pairs` a line `[kept, similarity]`: the verdict on a candidate while
/// nothing else is known.
pub fn judge_pairs(pairs: &Path, found: &Path) -> Result<(), Box<dyn Error>> {
    let config = by_similarity();
    let pairs: Vec<[String; 2]> = read(pairs)?;
    let judge = |[known, candidate]: [String; 2]| -> Result<_, StageError> {
        let judged = filter(&config, &[], &[instruction(known)], &[instruction(candidate)])?;
        let verdicts = judged.iter().map(|row| (row.kept, row.rouge_l_max));
        Ok(verdicts.collect::<Vec<_>>())
    };
    let judged: Result<Vec<_>, _> = pairs.into_par_iter().map(judge).collect();
    write(found, judged?.into_iter().flatten())
}

/// The most memory that this process had so far, as Linux tells it: what a parent sees includes its own.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn by_similarity() -> FilterConfig {
    FilterConfig {
        min_words: 0,
        max_words: u32::MAX,
        keywords: Vec::new(),
        prefixes: Vec::new(),
        plain_start: false,
        ..FilterConfig::default()
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let lines = BufReader::new(File::open(path)?).lines();
    lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

fn write<T: Serialize>(path: &Path, rows: impl Iterator<Item = T>) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(path)?);
    for row in rows {
        serde_json::to_writer(&mut file, &row)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}
