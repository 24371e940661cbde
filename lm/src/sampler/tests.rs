//! Sampling as a whole: on every engine with tiny random models, and on one that only hashes tokens.

mod hashing;
mod real;

use super::local::sample_on;
use super::*;
use crate::testing::{Folder, folder};
use crate::{Batching, Device, Policy};

fn policy(folder: &Folder, device: &Device) -> Policy {
    Policy::random(folder.path(), device, 5).unwrap()
}

fn request(prompt: Vec<u32>, seeds: impl IntoIterator<Item = u64>) -> Request {
    Request {
        prompt,
        seeds: seeds.into_iter().collect(),
        ..Request::default()
    }
}

fn requests() -> Vec<Request> {
    let prompt = |length: u32| (0..length).map(|i| i * 3 % 17 + 2).collect();
    vec![
        request(prompt(3), 1..5),
        request(prompt(11), [5]),
        request(prompt(1), []),
        request(prompt(7), [6, 7]),
    ]
}

fn params(temperature: f32) -> SamplingParams {
    SamplingParams {
        temperature,
        max_new_tokens: 24,
        ..SamplingParams::default()
    }
}
