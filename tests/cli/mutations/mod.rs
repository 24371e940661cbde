//! Inputs with random faults: `serl` reads them or refuses them with code 2; it never panics, aborts, hangs or exhausts
//! memory.
//!
//! A few of each kind are part of the tests. The long version is `scripts/mutate-inputs [MINUTES [SEED]]`. A case is a
//! function of its seed, which a failure prints together with the folder that it leaves.

mod bytes;
mod dictionary;
mod json;
mod judge;
mod target;
mod tensors;
mod text;

use std::time::{Duration, Instant};

use crate::support::Playground;
use crate::support::dice::Dice;
use judge::judge;
use target::{TARGETS, Target};

/// Mutates one input and runs what reads it.
fn trial(target: &Target, seed: u64) -> Result<Option<i32>, String> {
    let mut dice = Dice(seed);
    let place = Playground::new();
    let arguments = (target.prepare)(&place);
    let path = place.path(target.file);
    let mut content = std::fs::read(&path).unwrap();
    // One fault is the common case; several find what only appears behind another.
    for _ in 0..1 + dice.below(4) * dice.below(2) {
        content = (target.mutate)(content, &mut dice);
    }
    // The prepared file may be a link or read-only.
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &content).unwrap();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    judge(&place, &arguments).map_err(|fault| {
        let kept = place.keep();
        format!(
            "{} with seed {seed}: {fault}\nin {}: serl {}",
            target.file,
            kept.display(),
            arguments.join(" ")
        )
    })
}

#[test]
fn every_kind_of_input_may_be_damaged() {
    let faults: Vec<String> = TARGETS
        .iter()
        .flat_map(|target| (1..=4).filter_map(|seed| trial(target, seed).err()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// The target of a seed, so that `SERL_MUTATE_SEED` repeats a case.
fn target_of(seed: u64) -> &'static Target {
    &TARGETS[Dice(!seed).below(TARGETS.len() as u64) as usize]
}

#[test]
#[ignore = "long: scripts/mutate-inputs"]
fn mutate_many() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let limit = Duration::from_secs(60 * number("SERL_MUTATE_MINUTES", 10));
    let first = number("SERL_MUTATE_SEED", 1);
    let begun = Instant::now();
    let (mut read, mut refused, mut faults) = (0, 0, Vec::new());
    for seed in first.. {
        if begun.elapsed() > limit {
            break;
        }
        match trial(target_of(seed), seed) {
            Ok(Some(0)) => read += 1,
            Ok(_) => refused += 1,
            Err(fault) => {
                println!("{fault}\n");
                faults.push(fault);
            }
        }
    }
    println!("{read} read, {refused} refused, {} faults", faults.len());
    assert!(faults.is_empty(), "{} faults, printed above", faults.len());
}
