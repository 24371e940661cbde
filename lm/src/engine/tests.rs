//! What every engine must do, compared with the model's whole forward pass.

use super::*;
use crate::ops::host;
use crate::testing::{Folder, folder};
use crate::{Device, Policy, Precision};

/// An engine to test.
pub(crate) struct Opened {
    /// The device of the policy that it runs.
    pub device: Device,
    pub open: for<'a> fn(&'a Policy, Room) -> Box<dyn Engine + 'a>,
    /// Whether a row's logits are the same to the bit among any neighbours. If not, products of other shapes round
    /// differently.
    pub exact: bool,
}

/// Every engine: the CPU's own, and both paths of burn's.
pub(crate) fn engines() -> Vec<Opened> {
    fn on_burn(policy: &Policy, room: Room) -> Box<dyn Engine + '_> {
        Box::new(burn::BurnEngine::new(&policy.model, room))
    }
    let on = |device, open, exact| Opened { device, open, exact };
    vec![
        on(Device::flex(), Policy::engine, true),
        on(Device::flex(), on_burn, false),
        on(Device::plain(), on_burn, false),
        #[cfg(feature = "wgpu")]
        on(Device::parse("wgpu").unwrap(), on_burn, false),
    ]
}

const ROOM: Room = Room {
    prompts: 3,
    slots: 6,
    new_tokens: 40,
};

/// Models of all families: tied and untied, with and without biases, with normalised heads, with a window and with
/// heads that are rotated in part.
fn folders() -> Vec<Folder> {
    vec![
        folder("llama", true),
        folder("qwen2", false),
        folder("qwen3", true),
        folder("mistral", false).with("sliding_window", 12),
        folder("phi3", false).with("partial_rotary_factor", 0.5),
        folder("gemma3_text", true)
            .with("head_dim", 8)
            .with("query_pre_attn_scalar", 16)
            .with("sliding_window", 12)
            .with("layer_types", vec!["sliding_attention", "full_attention"])
            .with("rope_local_base_freq", 10000.0)
            .with("hidden_activation", "gelu_pytorch_tanh"),
    ]
}

/// Tokens that look random but are the same every time.
fn tokens(seed: u32, length: usize) -> Vec<u32> {
    (0..length as u32)
        .map(|i| (i * i + 3 * i * seed + seed) % 18 + 2)
        .collect()
}

/// Logits after the last of `tokens`, by the whole forward pass.
fn expected(policy: &Policy, tokens: &[u32]) -> Vec<f32> {
    let layout = policy.model.layout([tokens.len()].into_iter());
    let hidden = policy.model.forward(tokens, &layout);
    let last = hidden.narrow(0, tokens.len() - 1, 1);
    host::values(&last.matmul(policy.model.head()))
}

/// Rounded sums that differ in their last bits become neighbouring values, which shows in this model of 16 channels. In
/// int8, `expected` is that of bf16.
#[track_caller]
fn assert_logits(got: &[f32], expected: &[f32], precision: Precision) {
    assert_eq!(got.len(), expected.len());
    let bound = match precision {
        Precision::F32 => None,
        Precision::Bf16 => Some(0.05),
        Precision::Int8 => Some(0.12),
    };
    if let Some(bound) = bound {
        let square = |(got, expected): (&f32, &f32)| (got - expected).powi(2);
        let sum: f32 = got.iter().zip(expected).map(square).sum();
        let error = (sum / got.len() as f32).sqrt();
        return assert!(error < bound, "error {error}");
    }
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-4, "{got}, expected {expected}");
    }
}

/// Sequences on an engine, each with the number of tokens that are its prompt.
struct Driver<'a> {
    policy: &'a Policy,
    engine: Box<dyn Engine + 'a>,
}

/// A sequence in a place and a slot.
#[derive(Clone)]
struct Sequence {
    place: usize,
    slot: usize,
    prompt: usize,
    tokens: Vec<u32>,
}

impl Driver<'_> {
    fn prefill(&mut self, prompts: &[(usize, &[u32])]) {
        let prompts: Vec<Prompt> = prompts
            .iter()
            .map(|(place, tokens)| Prompt { place: *place, tokens })
            .collect();
        let mut logits = Logits::Host(vec![7.0; 3]);
        self.engine.prefill(&prompts, &mut logits);
        let logits = logits.values();
        let vocab = self.policy.vocab_size();
        assert_eq!(logits.len(), prompts.len() * vocab);
        for (prompt, got) in prompts.iter().zip(logits.chunks_exact(vocab)) {
            let expected = expected(self.policy, prompt.tokens);
            assert_logits(got, &expected, self.policy.device().precision());
        }
    }

    /// Appends token number `position` to each sequence that has it.
    fn decode(&mut self, sequences: &[Sequence], position: impl Fn(&Sequence) -> usize) {
        let going = sequences.iter().filter(|s| position(s) < s.tokens.len());
        let steps: Vec<Step> = going
            .clone()
            .map(|s| Step {
                slot: s.slot,
                place: s.place,
                position: position(s),
                token: s.tokens[position(s)],
            })
            .collect();
        let mut logits = Logits::Host(vec![7.0; 3]);
        self.engine.decode(&steps, &mut logits);
        let logits = logits.values();
        let vocab = self.policy.vocab_size();
        assert_eq!(logits.len(), steps.len() * vocab);
        for (sequence, got) in going.zip(logits.chunks_exact(vocab)) {
            let so_far = &sequence.tokens[..=position(sequence)];
            let expected = expected(self.policy, so_far);
            assert_logits(got, &expected, self.policy.device().precision());
        }
    }
}

/// Every engine in every precision of its device.
pub(crate) fn in_every_precision() -> impl Iterator<Item = Opened> {
    Precision::ALL.into_iter().flat_map(|precision| {
        let supported = move |engine: &Opened| engine.device.supports(precision);
        let with = move |engine: Opened| Opened {
            device: engine.device.with_precision(precision),
            ..engine
        };
        engines().into_iter().filter(supported).map(with)
    })
}

fn on_every_engine(test: impl Fn(Driver)) {
    for folder in folders() {
        for Opened { device, open, .. } in in_every_precision() {
            let policy = Policy::random(folder.path(), &device, 5).unwrap();
            let engine = open(&policy, ROOM);
            test(Driver {
                policy: &policy,
                engine,
            });
        }
    }
}

/// A sequence of `prompt` + `new` tokens in a place and a slot.
fn sequence(place: usize, slot: usize, prompt: &[u32], new: usize) -> Sequence {
    Sequence {
        place,
        slot,
        prompt: prompt.len(),
        tokens: [prompt, &tokens(100 + slot as u32, new)].concat(),
    }
}

#[test]
fn logits_are_those_of_the_whole_sequence() {
    on_every_engine(|mut driver| {
        let prompts = [tokens(1, 9), tokens(2, 1), tokens(3, 23)];
        driver.prefill(&[(0, &prompts[0]), (1, &prompts[1]), (2, &prompts[2])]);
        // Unequal numbers of rows per prompt, of unequal lengths: they leave one by one.
        let rows = [(0, 0, 4), (2, 1, 40), (0, 2, 17), (1, 3, 1), (0, 4, 9), (2, 5, 30)];
        let rows = rows.map(|(place, slot, new)| sequence(place, slot, &prompts[place], new));
        for step in 0..40 {
            driver.decode(&rows, |s| s.prompt + step);
        }
    });
}

#[test]
fn places_and_slots_are_used_again() {
    on_every_engine(|mut driver| {
        let first = [tokens(1, 4), tokens(2, 30)];
        driver.prefill(&[(1, &first[1])]);
        driver.prefill(&[(0, &first[0])]);
        let mut rows: Vec<Sequence> = [(1, 0, 6), (1, 1, 30), (0, 2, 6), (0, 4, 12)]
            .map(|(place, slot, new)| sequence(place, slot, &first[place], new))
            .to_vec();
        for step in 0..6 {
            driver.decode(&rows, |s| s.prompt + step);
        }
        // The rows of place 0 end; a prompt of another length takes it while the row in slot 1 goes on.
        rows.retain(|row| row.slot == 1);
        let second = tokens(9, 11);
        driver.prefill(&[(0, &second)]);
        for slot in [0, 2, 3, 4, 5] {
            rows.push(sequence(0, slot, &second, 4 + slot));
        }
        rows.sort_by_key(|row| row.slot);
        for step in 0..9 {
            let old = |s: &Sequence| if s.slot == 1 { 6 } else { 0 };
            driver.decode(&rows, |s| s.prompt + old(s) + step);
        }
    });
}
