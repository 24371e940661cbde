//! Filtering with the index beside comparing each candidate with everything that is kept, on the same texts.
//!
//! `cargo bench --workspace --bench filter -- [KNOWN] [CANDIDATES] [COMPARED]`: texts known at first, candidates, and
//! how many of these are also judged by comparing all (the rest of that time is extrapolated). Fails if a verdict
//! differs.
//!
//! `… -- --texts FILE --found OUT` and `… -- --pairs FILE --found OUT` write what the filter finds for texts of a file,
//! for other programs to check (`files`).

mod files;
mod texts;

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use serl_artifacts::InstructionId;
use serl_artifacts::tables::{Filtered, Instruction};
use serl_stages::config::FilterConfig;
use serl_stages::filter::filter;

use texts::Texts;

fn main() -> Result<(), Box<dyn Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let value = given.iter().skip_while(|argument| *argument != name).nth(1);
        value.map(Path::new)
    };
    match (option("--texts"), option("--pairs"), option("--found")) {
        (Some(texts), None, Some(found)) => files::judge_texts(texts, found),
        (None, Some(pairs), Some(found)) => files::judge_pairs(pairs, found),
        (None, None, None) => {
            let numbers = given.iter().filter_map(|argument| argument.parse().ok());
            compare(&numbers.collect::<Vec<_>>());
            Ok(())
        }
        _ => Err("give `--found` with either `--texts` or `--pairs`".into()),
    }
}

/// Judges texts made at random, with the index and by comparing all.
fn compare(given: &[usize]) {
    let number = |i: usize, default| given.get(i).copied().unwrap_or(default);
    let (kept, candidates, compared) = (number(0, 10_000), number(1, 10_000), number(2, 500));
    let config = FilterConfig::default();
    let mut texts = Texts::new(7);
    let known: Vec<Instruction> = (0..kept).map(|_| texts.new_text()).collect();
    let candidates: Vec<Instruction> = (0..candidates).map(|_| texts.new_text_or_variant()).collect();

    let start = Instant::now();
    let judged = filter(&config, &[], &known, &candidates).unwrap_or_default();
    let indexed = start.elapsed().as_secs_f64();
    let passed = judged.iter().filter(|row| row.kept).count();
    let threads = rayon::current_num_threads();
    println!(
        "{kept} known, {} candidates, {passed} kept, {threads} threads",
        candidates.len()
    );
    println!("index: {indexed:.2} s");

    let compared = compared.min(candidates.len());
    let start = Instant::now();
    let matches = by_comparing_all(&known, &candidates[..compared], &judged);
    let each = start.elapsed().as_secs_f64() / compared as f64;
    // Each candidate is compared with those known at first and, on average, half of those that pass.
    let grown = 1.0 + passed as f64 / (2 * kept.max(1)) as f64;
    let all = each * candidates.len() as f64 * grown;
    println!(
        "comparing all: {all:.0} s, from {compared} candidates at {:.1} ms: {:.0} times as long",
        1e3 * each,
        all / indexed
    );
    assert!(matches, "a verdict differs");
}

/// Whether the nearest instruction of each candidate and its similarity are those in `judged`.
fn by_comparing_all(known: &[Instruction], candidates: &[Instruction], judged: &[Filtered]) -> bool {
    let mut numbers = HashMap::new();
    let mut words = |text: &str| -> Vec<u32> {
        let mut number = |word: &str| {
            let next = numbers.len() as u32;
            *numbers.entry(word.to_owned()).or_insert(next)
        };
        text.split(' ').map(&mut number).collect()
    };
    let mut pool: Vec<(&InstructionId, Vec<u32>)> = known.iter().map(|k| (&k.id, words(&k.text))).collect();
    candidates.iter().zip(judged).all(|(candidate, row)| {
        let candidate_words = words(&candidate.text);
        let places = places(&candidate_words);
        let scores = pool
            .par_iter()
            .map(|(_, other)| rouge_l(candidate_words.len(), &places, other));
        let scores: Vec<f32> = scores.collect();
        let first = scores.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
        let same = first.map(|(i, score)| (Some(pool[i].0), *score)) == Some((row.nearest.as_ref(), row.rouge_l_max));
        if row.kept {
            pool.push((&candidate.id, candidate_words));
        }
        same
    })
}

/// For each word of a text of at most 63 words the places where it stands, as bits.
fn places(words: &[u32]) -> HashMap<u32, u64> {
    let mut places = HashMap::new();
    for (i, &word) in words.iter().enumerate() {
        *places.entry(word).or_insert(0) |= 1 << i;
    }
    places
}

/// ROUGE-L by the bit-parallel algorithm.
fn rouge_l(length: usize, places: &HashMap<u32, u64>, other: &[u32]) -> f32 {
    let mut row = u64::MAX;
    for word in other {
        if let Some(&here) = places.get(word) {
            row = row.wrapping_add(row & here) | (row & !here);
        }
    }
    let mask = (1u64 << length) - 1;
    (2.0 * f64::from((!row & mask).count_ones()) / (length + other.len()) as f64) as f32
}
