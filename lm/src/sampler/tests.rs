//! Sampling as a whole, on tiny random models.

use super::*;
use crate::testing::{Folder, folder};
use crate::{Device, Sequence, logits, logprobs};

fn policy(folder: &Folder, device: &Device) -> Policy {
    Policy::random(folder.path(), device, 5).unwrap()
}

fn groups() -> Vec<Group> {
    let prompt = |length: u32| (0..length).map(|i| i * 3 % 17 + 2).collect();
    vec![
        Group {
            prompt: prompt(3),
            seeds: vec![1, 2, 3, 4],
            ..Group::default()
        },
        Group {
            prompt: prompt(11),
            seeds: vec![5],
            ..Group::default()
        },
        Group {
            prompt: prompt(1),
            seeds: vec![],
            ..Group::default()
        },
        Group {
            prompt: prompt(7),
            seeds: vec![6, 7],
            ..Group::default()
        },
    ]
}

fn params(temperature: f32) -> SamplingParams {
    SamplingParams {
        temperature,
        max_new_tokens: 24,
        ..SamplingParams::default()
    }
}

fn draw(policy: &Policy, groups: &[Group], params: &SamplingParams) -> Vec<Vec<Sample>> {
    sample(policy, groups, params, &mut |_| {}).unwrap()
}

#[test]
fn greedy_is_the_argmax_of_the_whole_forward_pass() {
    for device in [Device::flex(), Device::plain()] {
        let folder = folder("qwen2", false);
        let policy = policy(&folder, &device);
        for (group, samples) in groups().iter().zip(draw(&policy, &groups(), &params(0.0))) {
            for sample in samples {
                let mut tokens = group.prompt.clone();
                for token in &sample.tokens {
                    let all = logits(&policy, std::slice::from_ref(&tokens)).unwrap();
                    let last = &all[0][all[0].len() - policy.vocab_size()..];
                    let best = (0..last.len())
                        .max_by(|a, b| last[*a].total_cmp(&last[*b]))
                        .unwrap();
                    assert_eq!(*token as usize, best);
                    tokens.push(*token);
                }
            }
        }
    }
}

#[test]
fn a_sample_depends_on_its_prompt_and_seed_alone() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let together = draw(&policy, &groups(), &params(1.0));
    for (group, samples) in groups().iter().zip(&together) {
        for (seed, sample) in group.seeds.iter().zip(samples) {
            let alone = Group {
                prompt: group.prompt.clone(),
                seeds: vec![*seed],
                ..Group::default()
            };
            assert_eq!(
                draw(&policy, &[alone], &params(1.0))[0][0].tokens,
                sample.tokens
            );
        }
    }
    assert_ne!(together[0][0].tokens, together[0][1].tokens);
    assert_eq!(draw(&policy, &groups(), &params(1.0)), together);
}

#[test]
fn sampled_logprobs_are_those_of_scoring() {
    for device in [Device::flex(), Device::plain()] {
        let folder = folder("llama", true);
        let policy = policy(&folder, &device);
        for (group, samples) in groups().iter().zip(draw(&policy, &groups(), &params(1.0))) {
            for sample in samples {
                let sequence = Sequence {
                    tokens: [group.prompt.clone(), sample.tokens.clone()].concat(),
                    prompt_len: group.prompt.len(),
                };
                let scores = logprobs(&policy, &[sequence], 100).unwrap().remove(0);
                assert_eq!(scores.logprobs.len(), sample.logprobs.len());
                for (scored, sampled) in scores.logprobs.iter().zip(&sample.logprobs) {
                    assert!((scored - sampled).abs() < 1e-4, "{scored} {sampled}");
                }
            }
        }
    }
}

#[test]
fn both_paths_draw_the_same_tokens() {
    let folder = folder("qwen2", true);
    let [host, plain] = [Device::flex(), Device::plain()].map(|device| {
        let samples = draw(&policy(&folder, &device), &groups(), &params(0.8));
        samples
            .concat()
            .into_iter()
            .map(|sample| sample.tokens)
            .collect::<Vec<_>>()
    });
    assert_eq!(host, plain);
}

#[test]
fn responses_end_at_end_tokens_stop_strings_and_the_limit() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let samples = draw(&policy, &groups(), &params(1.5)).concat();
    for sample in &samples {
        let ended = sample.tokens.last() == Some(&1);
        assert_eq!(sample.finish == Finish::Stop, ended);
        assert!(ended || sample.tokens.len() == 24);
        assert!(!sample.tokens[..sample.tokens.len() - 1].contains(&1));
    }
    assert!(samples.iter().any(|sample| sample.finish == Finish::Stop));
    let texts = samples[0]
        .tokens
        .iter()
        .map(|token| policy.tokenizer().decode(&[*token]));
    let word = texts.filter(|text| !text.is_empty()).nth(1).unwrap();
    let with_stop = SamplingParams {
        stop: vec![word.clone()],
        ..params(1.5)
    };
    let stopped = draw(&policy, &groups(), &with_stop).concat();
    assert_eq!(stopped[0].finish, Finish::Stop);
    assert!(
        policy
            .tokenizer()
            .decode(&stopped[0].tokens)
            .contains(&word)
    );
    assert!(stopped[0].tokens.len() <= samples[0].tokens.len());
}

#[test]
fn a_sample_with_a_limit_is_the_beginning_of_the_one_without() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let whole = draw(&policy, &groups(), &params(1.0));
    let mut limited = groups();
    limited[0].limits = vec![1, 24, 100, 5];
    let cut = draw(&policy, &limited, &params(1.0));
    let tokens = |samples: &[Vec<Sample>]| -> Vec<Vec<u32>> {
        samples.concat().into_iter().map(|s| s.tokens).collect()
    };
    assert_eq!(tokens(&cut[1..]), tokens(&whole[1..]));
    for ((cut, whole), limit) in cut[0].iter().zip(&whole[0]).zip([1, 24, 24, 5]) {
        let length = whole.tokens.len().min(limit);
        assert_eq!(cut.tokens, whole.tokens[..length]);
        let ended = whole.finish == Finish::Stop && whole.tokens.len() == length;
        assert_eq!(cut.finish == Finish::Stop, ended);
    }
}

#[test]
fn progress_counts_every_row_and_token() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let mut last = None;
    let samples = sample(&policy, &groups(), &params(1.0), &mut |progress| {
        last = Some(progress)
    })
    .unwrap();
    let tokens = samples
        .iter()
        .flatten()
        .map(|sample| sample.tokens.len())
        .sum();
    assert_eq!(
        last,
        Some(SampleProgress {
            rows_done: 7,
            rows: 7,
            tokens
        })
    );
}

#[test]
fn what_cannot_be_sampled_is_refused() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let refused = |groups: &[Group], params: SamplingParams| {
        let error = sample(&policy, groups, &params, &mut |_| {}).unwrap_err();
        assert!(error.is_user_error());
        error.to_string()
    };
    let group = |prompt: Vec<u32>| {
        vec![Group {
            prompt,
            seeds: vec![1],
            ..Group::default()
        }]
    };
    assert!(refused(&group(vec![2; 50]), params(1.0)).contains("context of 64"));
    assert!(refused(&group(vec![20]), params(1.0)).contains("token id 20"));
    assert!(refused(&group(vec![]), params(1.0)).contains("empty"));
    assert!(refused(&groups(), params(-1.0)).contains("temperature"));
    let limits = |limits: &[usize]| {
        let mut groups = groups();
        groups[3].limits = limits.to_vec();
        refused(&groups, params(1.0))
    };
    assert!(limits(&[3]).contains("group 3 has 1 limits for 2 seeds"));
    assert!(limits(&[3, 0]).contains("group 3 has a limit of 0 tokens"));
    assert!(
        refused(
            &groups(),
            SamplingParams {
                top_p: 0.0,
                ..params(1.0)
            }
        )
        .contains("top_p")
    );
}
