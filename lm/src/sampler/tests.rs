//! Sampling as a whole: on every engine with tiny random models, and on one that only hashes tokens.

mod hashing;
mod real;

use super::*;
use crate::Device;
use crate::testing::{Folder, folder};

fn policy(folder: &Folder, device: &Device) -> Policy {
    Policy::random(folder.path(), device, 5).unwrap()
}

fn group(prompt: Vec<u32>, seeds: impl IntoIterator<Item = u64>) -> Group {
    Group {
        prompt,
        seeds: seeds.into_iter().collect(),
        ..Group::default()
    }
}

fn groups() -> Vec<Group> {
    let prompt = |length: u32| (0..length).map(|i| i * 3 % 17 + 2).collect();
    vec![
        group(prompt(3), 1..5),
        group(prompt(11), [5]),
        group(prompt(1), []),
        group(prompt(7), [6, 7]),
    ]
}

fn params(temperature: f32) -> SamplingParams {
    SamplingParams {
        temperature,
        max_new_tokens: 24,
        ..SamplingParams::default()
    }
}
