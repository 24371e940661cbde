//! What every engine gives when it is sampled from.

use super::*;
use crate::engine::tests::{Opened, engines, in_every_precision};
use crate::ops::host;
use crate::{Group, logits, logprobs};

fn draw(policy: &Policy, requests: &[Request], params: &SamplingParams) -> Vec<Vec<Response>> {
    policy.sample(requests, params, &mut |_| {}).unwrap()
}

/// Runs `test` with a policy and what samples from it, for every engine.
fn on_every_engine(
    folder: &Folder,
    test: impl Fn(&Policy, &dyn Fn(&[Request], &SamplingParams) -> Vec<Vec<Response>>),
) {
    for Opened { device, open, .. } in engines() {
        let policy = policy(folder, &device);
        test(&policy, &|requests, params| {
            sample_on(&policy, open, requests, params, &mut |_| {}).unwrap()
        });
    }
}

#[test]
fn greedy_is_the_argmax_of_the_whole_forward_pass() {
    on_every_engine(&folder("qwen2", false), |policy, draw| {
        for (request, responses) in requests().iter().zip(draw(&requests(), &params(0.0))) {
            for response in responses {
                let mut tokens = request.prompt.clone();
                for token in &response.tokens {
                    let all = logits(policy, std::slice::from_ref(&tokens)).unwrap();
                    let last = &all[0][all[0].len() - policy.vocab_size()..];
                    let best = (0..last.len()).max_by(|a, b| last[*a].total_cmp(&last[*b])).unwrap();
                    assert_eq!(*token as usize, best);
                    tokens.push(*token);
                }
            }
        }
    });
}

/// A policy that computes nothing finite after a prompt with token 15, which only prompt 1 of [`requests`] has.
fn broken(folder: &Folder, device: &Device, value: f32) -> Policy {
    let mut policy = policy(folder, device);
    let embed = &mut policy.weights_mut().embed;
    let width = embed.dims()[1];
    let mut values = host::values(embed);
    values[15 * width..][..width].fill(value);
    *embed = host::tensor(values, embed.dims(), &embed.device());
    policy
}

#[test]
fn logits_that_are_not_finite_are_refused_with_their_prompt() {
    let folder = folder("llama", false);
    for engine in in_every_precision() {
        for (value, temperature) in [(f32::NAN, 0.0), (f32::INFINITY, 1.0), (f32::NAN, 0.7)] {
            let policy = broken(&folder, &engine.device, value);
            let sampled = sample_on(&policy, engine.open, &requests(), &params(temperature), &mut |_| {});
            let told = sampled.unwrap_err().to_string();
            assert!(
                told.starts_with("prompt 1: the policy's logits are not finite"),
                "{told}"
            );
        }
    }
}

#[test]
fn log_probabilities_that_are_not_finite_are_refused_with_their_prompt() {
    let policy = broken(&folder("llama", false), &Device::flex(), f32::NAN);
    let requests = requests();
    let response = [3, 4];
    let groups = requests.iter().map(|request| Group {
        prompt: &request.prompt,
        responses: vec![&response[..]],
    });
    let groups: Vec<Group> = groups.collect();
    let told = logprobs(&policy, &groups, 1000).unwrap_err().to_string();
    assert!(
        told.starts_with("prompt 1: the policy's log-probabilities are not finite"),
        "{told}"
    );
}

#[test]
fn a_response_depends_on_its_prompt_and_seed_alone() {
    let folder = folder("llama", true);
    for engine in engines() {
        let policy = policy(&folder, &engine.device);
        let draw = |requests: &[Request]| sample_on(&policy, engine.open, requests, &params(1.0), &mut |_| {}).unwrap();
        let together = draw(&requests());
        for (request, responses) in requests().iter().zip(&together) {
            for (seed, response) in request.seeds.iter().zip(responses) {
                let alone = Request {
                    seeds: vec![*seed],
                    ..request.clone()
                };
                let alone = draw(&[alone]).remove(0).remove(0);
                assert_eq!(alone.tokens, response.tokens);
                assert!(alone == *response || !engine.exact);
            }
        }
        assert_ne!(together[0][0].tokens, together[0][1].tokens);
    }
}

#[test]
fn the_same_call_gives_the_same_bits_again_and_on_any_number_of_threads() {
    on_every_engine(&folder("qwen2", true), |_, draw| {
        let first = draw(&requests(), &params(1.0));
        assert_eq!(draw(&requests(), &params(1.0)), first);
    });
    let folder = folder("qwen2", true);
    for Opened { device, open, .. } in engines() {
        let policy = policy(&folder, &device);
        let [one, three] = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| sample_on(&policy, open, &requests(), &params(1.0), &mut |_| {}).unwrap())
        });
        assert_eq!(one, three);
    }
}

#[test]
fn policy_logprobs_are_those_of_scoring_whatever_is_drawn_from() {
    on_every_engine(&folder("llama", true), |policy, draw| {
        let narrow = SamplingParams {
            top_k: 6,
            top_p: 0.9,
            presence_penalty: 0.4,
            frequency_penalty: 0.2,
            ..params(0.7)
        };
        for params in [params(1.0), narrow] {
            let plain = params.top_k == 0;
            for (request, responses) in requests().iter().zip(draw(&requests(), &params)) {
                for response in responses {
                    let group = Group {
                        prompt: &request.prompt,
                        responses: vec![&response.tokens],
                    };
                    let scores = logprobs(policy, &[group], 100).unwrap().remove(0);
                    let sampled = response.policy_logprobs.as_ref().unwrap();
                    assert_eq!(scores.logprobs.len(), sampled.len());
                    for (scored, sampled) in scores.logprobs.iter().zip(sampled) {
                        assert!((scored - sampled).abs() < 1e-4, "{scored} {sampled}");
                    }
                    assert_eq!(plain, response.logprobs == *sampled);
                }
            }
        }
    });
}

#[test]
fn all_engines_draw_the_same_tokens() {
    let folder = folder("qwen2", true);
    let drawn = engines().into_iter().map(|Opened { device, open, .. }| {
        let policy = policy(&folder, &device);
        let responses = sample_on(&policy, open, &requests(), &params(0.8), &mut |_| {}).unwrap();
        let responses = responses.concat().into_iter();
        responses.map(|response| response.tokens).collect::<Vec<_>>()
    });
    let drawn: Vec<_> = drawn.collect();
    assert!(drawn.iter().all(|tokens| *tokens == drawn[0]));
}

#[test]
fn responses_end_at_end_tokens_stop_strings_and_the_limit() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let responses = draw(&policy, &requests(), &params(1.5)).concat();
    for response in &responses {
        let ended = response.tokens.last() == Some(&1);
        assert_eq!(response.finish == Finish::Stop, ended);
        assert!(ended || response.tokens.len() == 24);
        assert!(!response.tokens[..response.tokens.len() - 1].contains(&1));
    }
    assert!(responses.iter().any(|response| response.finish == Finish::Stop));
    let texts = responses[0]
        .tokens
        .iter()
        .map(|token| policy.tokenizer().decode(&[*token]));
    let word = texts.filter(|text| !text.is_empty()).nth(1).unwrap();
    let with_stop = SamplingParams {
        stop: vec![word.clone()],
        ..params(1.5)
    };
    let stopped = draw(&policy, &requests(), &with_stop).concat();
    assert_eq!(stopped[0].finish, Finish::Stop);
    assert!(policy.tokenizer().decode(&stopped[0].tokens).contains(&word));
    assert!(stopped[0].tokens.len() <= responses[0].tokens.len());
}

#[test]
fn a_response_with_a_limit_is_the_beginning_of_the_one_without() {
    on_every_engine(&folder("llama", true), |_, draw| {
        let whole = draw(&requests(), &params(1.0));
        let mut limited = requests();
        limited[0].limits = vec![1, 24, 100, 5];
        let cut = draw(&limited, &params(1.0));
        let tokens = |responses: &[Vec<Response>]| -> Vec<Vec<u32>> {
            responses.concat().into_iter().map(|s| s.tokens).collect()
        };
        assert_eq!(tokens(&cut[1..]), tokens(&whole[1..]));
        for ((cut, whole), limit) in cut[0].iter().zip(&whole[0]).zip([1, 24, 24, 5]) {
            let length = whole.tokens.len().min(limit);
            assert_eq!(cut.tokens, whole.tokens[..length]);
            let ended = whole.finish == Finish::Stop && whole.tokens.len() == length;
            assert_eq!(cut.finish == Finish::Stop, ended);
        }
    });
}

#[test]
fn progress_counts_every_row_and_token() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let mut all = Vec::new();
    let responses = policy
        .sample(&requests(), &params(1.0), &mut |progress| {
            all.push(progress);
        })
        .unwrap();
    let tokens = responses.iter().flatten().map(|s| s.tokens.len()).sum();
    assert!(all.is_sorted_by_key(|progress| (progress.tokens, progress.rows_done)));
    assert!(all.iter().all(|progress| progress.rows == 7));
    let last = SampleProgress {
        rows_done: 7,
        rows: 7,
        tokens,
    };
    assert_eq!(all.last(), Some(&last));
}

#[test]
fn what_cannot_be_sampled_is_refused() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let refused = |requests: &[Request], params: SamplingParams| {
        let error = policy.sample(requests, &params, &mut |_| {}).unwrap_err();
        assert!(error.is_user_error());
        error.to_string()
    };
    let one = |prompt: Vec<u32>| [request(prompt, [1])];
    assert!(refused(&one(vec![2; 50]), params(1.0)).contains("context of 64"));
    assert!(refused(&one(vec![20]), params(1.0)).contains("token id 20"));
    assert!(refused(&one(vec![]), params(1.0)).contains("empty"));
    let limits = |limits: &[usize]| {
        let mut requests = requests();
        requests[3].limits = limits.to_vec();
        refused(&requests, params(1.0))
    };
    assert!(limits(&[3]).contains("request 3 has 1 limits for 2 seeds"));
    assert!(limits(&[3, 0]).contains("request 3 has a limit of 0 tokens"));
    let change = |change: fn(&mut SamplingParams)| {
        let mut params = params(1.0);
        change(&mut params);
        refused(&requests(), params)
    };
    let messages = [
        change(|p| p.temperature = -1.0),
        change(|p| p.temperature = f32::NAN),
        change(|p| p.top_p = 0.0),
        change(|p| p.presence_penalty = 2.5),
        change(|p| p.frequency_penalty = f32::NAN),
        change(|p| p.max_new_tokens = 0),
        change(|p| p.min_new_tokens = 25),
        change(|p| p.stop = vec![String::new()]),
        change(|p| p.stop_tokens = vec![3, 20]),
    ];
    let expected = [
        "temperature is -1.0; it must be 0 or within 1e-5..=1000000.0",
        "temperature is NaN; it must be 0 or within 1e-5..=1000000.0",
        "top_p is 0; it must be above 0 and at most 1",
        "presence_penalty is 2.5; it must be within -2..=2",
        "frequency_penalty is NaN; it must be within -2..=2",
        "max_new_tokens is 0; it must be at least 1",
        "min_new_tokens is 25; it must be at most max_new_tokens, 24",
        "stop has an empty string, which every text contains; leave it out",
        "stop_tokens has 20, but the model's vocabulary has 20 entries",
    ];
    assert_eq!(messages, expected);
}
