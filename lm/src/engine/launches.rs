//! How many kernels a decoding step launches on a GPU, and how often the host waits for it.

use super::*;
use crate::ops::host;
use crate::testing::folder;
use crate::testing::launches::{Launches, launches};
use crate::{Device, Policy, Request, Sampler, SamplingParams};

/// A model of so many layers.
fn policy(layers: usize) -> Policy {
    let folder = folder("llama", false).with("num_hidden_layers", layers);
    Policy::random(folder.path(), &Device::parse("wgpu").unwrap(), 5).unwrap()
}

/// The launches of a decoding step of two rows of one prompt, one of which is in the middle.
fn of_step(layers: usize) -> Launches {
    let policy = policy(layers);
    let room = Room {
        prompts: 1,
        slots: 2,
        new_tokens: 8,
    };
    let mut engine = policy.engine(room);
    let mut logits = Logits::default();
    engine.prefill(
        &[Prompt {
            place: 0,
            tokens: &[2, 3, 4],
        }],
        &mut logits,
    );
    let steps = |position: usize| {
        [0, 1].map(|slot| Step {
            slot,
            place: 0,
            position,
            token: 5,
        })
    };
    engine.decode(&steps(3), &mut logits);
    launches(|| engine.decode(&steps(4), &mut logits))
}

#[test]
fn a_decoding_step_launches_few_kernels() {
    let [two, five] = [2, 5].map(of_step);
    let [all_of_two, all_of_five]: [usize; 2] = [&two, &five].map(|launches| launches.values().sum());
    let layer = (all_of_five - all_of_two) / 3;
    println!("{layer} a layer, {} beside them: {five:#?}", all_of_two - 2 * layer);
    assert_eq!(all_of_five - all_of_two, 3 * layer);
    assert!(layer <= 10, "{layer} launches a layer: {five:#?}");
}

#[test]
fn the_host_waits_once_for_a_token_of_all_rows() {
    let policy = policy(2);
    let waits = |max_new_tokens: usize| {
        let params = SamplingParams {
            max_new_tokens,
            ..SamplingParams::default()
        };
        let request = Request {
            prompt: vec![2, 3, 4],
            seeds: vec![1, 2, 3],
            ..Request::default()
        };
        let before = host::waits();
        policy.sample(&[request], &params, &mut |_| {}).unwrap();
        host::waits() - before
    };
    assert_eq!(waits(9) - waits(4), 5);
}
