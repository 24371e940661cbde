//! The scheduler with an engine whose logits are a hash of a row's tokens: what rows get is exact, and misuse panics.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::engine::{Engine, Logits, Prompt, Room, Step};

/// What an engine saw.
#[derive(Debug, Default)]
struct Seen {
    prefills: Cell<usize>,
    steps: Cell<usize>,
    rows: Cell<usize>,
}

/// Keeps the tokens of places and slots, as an engine keeps keys and values.
struct Hashing {
    room: Room,
    vocab: usize,
    places: BTreeMap<usize, Vec<u32>>,
    slots: BTreeMap<usize, (usize, Vec<u32>)>,
    seen: Rc<Seen>,
}

impl Hashing {
    /// Logits within -4..4 that differ whenever a token differs.
    fn logits(&self, tokens: &[u32], out: &mut Vec<f32>) {
        let bytes: Vec<u8> = tokens.iter().flat_map(|token| token.to_le_bytes()).collect();
        let mut hash = blake3::Hasher::new().update(&bytes).finalize_xof();
        let mut values = vec![0; self.vocab];
        hash.fill(&mut values);
        out.extend(values.iter().map(|value| f32::from(*value) / 32.0 - 4.0));
    }
}

impl Engine for Hashing {
    fn prefill(&mut self, prompts: &[Prompt], logits: &mut Logits) {
        let logits = logits.memory();
        logits.clear();
        self.seen.prefills.set(self.seen.prefills.get() + prompts.len());
        for prompt in prompts {
            assert!(prompt.place < self.room.prompts && !prompt.tokens.is_empty());
            self.places.insert(prompt.place, prompt.tokens.to_vec());
            self.logits(prompt.tokens, logits);
        }
    }

    fn decode(&mut self, steps: &[Step], logits: &mut Logits) {
        let logits = logits.memory();
        logits.clear();
        self.seen.steps.set(self.seen.steps.get() + 1);
        self.seen.rows.set(self.seen.rows.get() + steps.len());
        assert!(steps.is_sorted_by(|a, b| a.slot < b.slot), "slots out of order");
        let slots: BTreeSet<usize> = steps.iter().map(|step| step.slot).collect();
        self.slots.retain(|slot, _| slots.contains(slot));
        for step in steps {
            assert!(step.slot < self.room.slots);
            let prompt = &self.places[&step.place];
            if step.position == prompt.len() {
                self.slots.insert(step.slot, (step.place, prompt.clone()));
            }
            let (place, tokens) = self.slots.get_mut(&step.slot).expect("a row that goes on");
            assert_eq!((*place, tokens.len()), (step.place, step.position));
            assert_eq!(tokens[..prompt.len()], prompt[..], "the prompt was replaced");
            tokens.push(step.token);
            assert!(tokens.len() - prompt.len() <= self.room.new_tokens);
            let tokens = tokens.clone();
            self.logits(&tokens, logits);
        }
    }
}

fn draw(policy: &Policy, requests: &[Request], params: &SamplingParams, seen: &Rc<Seen>) -> Vec<Vec<Response>> {
    let open = |policy: &Policy, room| -> Box<dyn Engine> {
        Box::new(Hashing {
            room,
            vocab: policy.vocab_size(),
            places: BTreeMap::new(),
            slots: BTreeMap::new(),
            seen: Rc::clone(seen),
        })
    };
    sample_on(policy, open, requests, params, &mut |_| {}).unwrap()
}

fn any_request() -> impl Strategy<Value = Request> {
    let prompt = proptest::collection::vec(2..20u32, 1..12);
    let responses = proptest::collection::vec((0..99u64, 1..30usize), 0..5);
    (prompt, responses, any::<bool>()).prop_map(|(prompt, responses, limited)| {
        let (seeds, limits): (Vec<u64>, Vec<usize>) = responses.into_iter().unzip();
        Request {
            prompt,
            seeds,
            limits: if limited { limits } else { Vec::new() },
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn responses_are_the_same_alone_and_among_others(
        requests in proptest::collection::vec(any_request(), 1..8),
        penalty in prop_oneof![Just(0.0f32), Just(0.7)],
    ) {
        let folder = folder("llama", true);
        let policy = policy(&folder, &Device::flex());
        let params = SamplingParams { frequency_penalty: penalty, top_k: 12, ..params(1.2) };
        let seen = Rc::default();
        let together = draw(&policy, &requests, &params, &seen);
        prop_assert_eq!(&draw(&policy, &requests, &params, &Rc::default()), &together);
        let used = requests.iter().filter(|request| !request.seeds.is_empty()).count();
        prop_assert_eq!(seen.prefills.get(), used, "each prompt is prefilled once");
        for (request, responses) in requests.iter().zip(&together) {
            prop_assert_eq!(responses.len(), request.seeds.len());
            for (index, response) in responses.iter().enumerate() {
                let alone = Request {
                    prompt: request.prompt.clone(),
                    seeds: vec![request.seeds[index]],
                    limits: request.limits.get(index).copied().into_iter().collect(),
                };
                let alone = draw(&policy, &[alone], &params, &Rc::default());
                prop_assert_eq!(&alone[0][0], response);
                prop_assert!(response.tokens.len() <= request.limit(index, &params));
            }
        }
    }
}

#[test]
fn more_rows_than_slots_keep_the_slots_full() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    // 40 prompts x 40 responses of 2 to 16 tokens on 512 slots.
    let requests: Vec<Request> = (0..40u32)
        .map(|i| Request {
            limits: (0..40).map(|response| 2 + (i as usize * 7 + response) % 15).collect(),
            ..request(vec![2 + i % 18, 2 + i / 18], 0..40)
        })
        .collect();
    let params = SamplingParams {
        min_new_tokens: 16,
        max_new_tokens: 16,
        ..params(1.0)
    };
    let seen: Rc<Seen> = Rc::default();
    let responses = draw(&policy, &requests, &params, &seen);
    for (request, responses) in requests.iter().zip(&responses) {
        let lengths: Vec<usize> = responses.iter().map(|response| response.tokens.len()).collect();
        assert_eq!(lengths, request.limits);
    }
    // The first token of a row needs no step. Slots are full but for the last row's time; waves would take twice as
    // long.
    let tokens: usize = responses
        .iter()
        .flatten()
        .map(|response| response.tokens.len() - 1)
        .sum();
    assert_eq!(seen.rows.get(), tokens);
    assert!(
        seen.steps.get() <= tokens.div_ceil(Batching::DEFAULT.rows) + 15,
        "{seen:?}"
    );
}

#[test]
fn no_more_is_sampled_at_once_than_asked_for_and_responses_stay_the_same() {
    let folder = folder("llama", true);
    let usual = policy(&folder, &Device::flex());
    let requests: Vec<Request> = (2..12).map(|token| request(vec![token; 5], 0..6)).collect();
    let params = SamplingParams {
        min_new_tokens: 16,
        max_new_tokens: 16,
        ..params(1.0)
    };
    let expected = draw(&usual, &requests, &params, &Rc::default());
    let token = 2 * usual.model.config.kv_width() * usual.model.config.layers * size_of::<f32>();
    // A prompt and a row have 21 tokens, each further row of the prompt 16 more.
    let bounds = [
        (7, None, 7),
        (512, Some(21), 1),
        (512, Some(37), 2),
        (512, Some(1), 1),
        (1, None, 1),
    ];
    for (rows, tokens, most) in bounds {
        let batching = Batching {
            rows,
            cache: tokens.map(|tokens| (tokens * token) as u64),
        };
        let bounded = policy(&folder, &Device::flex().with_batching(batching));
        let seen: Rc<Seen> = Rc::default();
        assert_eq!(draw(&bounded, &requests, &params, &seen), expected);
        // The first token of a row needs no step.
        assert_eq!(seen.rows.get(), 60 * 15);
        assert_eq!(seen.steps.get(), 60usize.div_ceil(most) * 15, "{batching:?}");
    }
}

#[test]
fn ends_are_impossible_before_the_minimum_and_stop_strings_end_nothing() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let requests = [request(vec![3, 4], 0..60)];
    let with = SamplingParams {
        min_new_tokens: 6,
        stop: vec!["w7".to_owned()],
        stop_tokens: vec![9, 11],
        ..params(1.5)
    };
    let responses = draw(&policy, &requests, &with, &Rc::default()).remove(0);
    let ends = [1, 9, 11, 7];
    for response in &responses {
        let last = response.tokens.len() - 1;
        assert!(response.tokens.len() >= 6);
        assert!(!response.tokens[..5].iter().any(|token| ends[..3].contains(token)));
        assert!(!response.tokens[5..last].iter().any(|token| ends.contains(token)));
        let ended = ends.contains(&response.tokens[last]);
        assert_eq!(response.finish == Finish::Stop, ended);
        assert!(ended || response.tokens.len() == 24);
        assert!(response.logprobs.iter().all(|logprob| logprob.is_finite()));
    }
    for end in ends {
        let ends_so = |response: &Response| response.tokens.last() == Some(&end);
        assert!(responses.iter().any(ends_so), "none ended with {end}");
    }
    assert!(responses.iter().any(|response| response.tokens[..5].contains(&7)));
}

#[test]
fn penalties_are_those_of_presence_and_frequency() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let requests = [request(vec![3, 4], [1, 2, 3])];
    let with = SamplingParams {
        presence_penalty: 0.5,
        frequency_penalty: -0.25,
        min_new_tokens: 24,
        ..params(0.8)
    };
    for response in draw(&policy, &requests, &with, &Rc::default()).remove(0) {
        let mut tokens = vec![3, 4];
        for (index, token) in response.tokens.iter().enumerate() {
            let engine = Hashing {
                room: Room {
                    prompts: 0,
                    slots: 0,
                    new_tokens: 0,
                },
                vocab: 20,
                places: BTreeMap::new(),
                slots: BTreeMap::new(),
                seen: Rc::default(),
            };
            let mut logits = Vec::new();
            engine.logits(&tokens, &mut logits);
            let log = |logits: &[f64], token: u32| {
                let sum: f64 = logits.iter().map(|x| x.exp()).sum();
                logits[token as usize] - sum.ln()
            };
            let raw: Vec<f64> = logits.iter().map(|x| f64::from(*x)).collect();
            assert!((f64::from(response.policy_logprobs.as_ref().unwrap()[index]) - log(&raw, *token)).abs() < 1e-5);
            let penalised = |id: u32| {
                let count = tokens[2..].iter().filter(|seen| **seen == id).count() as f64;
                let penalty = if count > 0.0 { 0.5 - 0.25 * count } else { 0.0 };
                let end = if id == 1 && index < 24 { f64::INFINITY } else { 0.0 };
                (raw[id as usize] - penalty - end) / f64::from(0.8f32)
            };
            let penalised: Vec<f64> = (0..20).map(penalised).collect();
            assert!((f64::from(response.logprobs[index]) - log(&penalised, *token)).abs() < 1e-5);
            tokens.push(*token);
        }
    }
}
