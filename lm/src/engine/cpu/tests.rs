//! The engine against the model's forward pass, and what a row's logits may not depend on.

use std::sync::Arc;

use super::*;
use crate::config::{Config, LayerKind, Norms, QkNorms, Rotation};
use crate::model::init::{normal, random};
use crate::model::params::params;
use crate::ops::gate::Gate;
use crate::ops::host;
use crate::testing::{config, folder};
use crate::{Device, Policy, Precision};

/// A model of a shape, its biases and norms random too.
fn model(config: Config) -> Model {
    model_in(config, Precision::F32)
}

fn model_in(config: Config, precision: Precision) -> Model {
    let device = Device::flex().with_precision(precision);
    let mut weights = random(&config, 7, &device.burn());
    let params = params(&config, None);
    for (tensor, param) in weights.iter_mut().zip(params.iter()) {
        if !param.decays() {
            let values = normal(tensor.dims()[1], 0.5, 7, &param.label);
            *tensor = host::tensor(values, tensor.dims(), &device.burn());
        }
    }
    Model::new(config, weights, &device)
}

fn packed(model: &Model) -> Arc<Packed> {
    Arc::new(Packed::new(model))
}

/// Grouped heads with biases; one head for each key, not filling a panel; all heads for one key; normalised heads wider
/// than a panel; norms around everything, with windows and two rotations; norms after everything, with heads that are
/// normalised together and rotated in part.
fn shapes() -> [Config; 6] {
    let window = |window, rotation| LayerKind {
        window: Some(window),
        rotation,
    };
    [
        config(20),
        Config {
            hidden: 96,
            intermediate: 250,
            heads: 4,
            kv_heads: 4,
            head_dim: 24,
            qkv_bias: false,
            tied: true,
            ..config(70)
        },
        Config {
            hidden: 40,
            intermediate: 33,
            heads: 18,
            kv_heads: 1,
            head_dim: 6,
            out_bias: true,
            ..config(33)
        },
        Config {
            hidden: 64,
            intermediate: 48,
            heads: 6,
            kv_heads: 2,
            head_dim: 64,
            qk_norm: QkNorms::Head,
            tied: true,
            ..config(100)
        },
        Config {
            norms: Norms::Around,
            unit_offset: true,
            gate: Gate::Gelu,
            embed_scale: Some(4.0),
            score_scale: Some(0.3),
            kinds: vec![window(7, Rotation::Local), LayerKind::FULL],
            local_theta: 100.0,
            ..config(20)
        },
        Config {
            norms: Norms::After,
            qk_norm: QkNorms::Row,
            rotated: Some(2),
            kinds: vec![LayerKind::FULL, window(33, Rotation::None)],
            ..config(20)
        },
    ]
}

/// An engine in f32.
fn single(model: &Model, room: Room) -> CpuEngine<f32> {
    CpuEngine::new(model, packed(model), room, Isa::best())
}

fn tokens(seed: usize, length: usize, vocab: usize) -> Vec<u32> {
    let mixed = |i: usize| (i + 1).wrapping_mul(2_654_435_761) ^ (seed + 3).wrapping_mul(40_503);
    (0..length).map(|i| (mixed(i) % vocab) as u32).collect()
}

fn room(prompts: usize, slots: usize) -> Room {
    Room {
        prompts,
        slots,
        new_tokens: 64,
    }
}

/// A sequence to run: its prompt's length, and where it goes.
#[derive(Clone, Copy)]
struct Sequence<'a> {
    tokens: &'a [u32],
    prompt: usize,
    place: usize,
    slot: usize,
}

/// Logits after the prompt and after each further token, of every sequence, all decoding in step.
fn run<N: Number>(engine: &mut CpuEngine<N>, sequences: &[Sequence]) -> Vec<Vec<f32>> {
    let vocab = engine.config.vocab;
    let mut places: Vec<Sequence> = sequences.to_vec();
    places.sort_by_key(|sequence| sequence.place);
    places.dedup_by_key(|sequence| sequence.place);
    let prompts: Vec<Prompt> = places
        .iter()
        .map(|sequence| Prompt {
            place: sequence.place,
            tokens: &sequence.tokens[..sequence.prompt],
        })
        .collect();
    let mut logits = Logits::default();
    engine.prefill(&prompts, &mut logits);
    let row_of = |place| prompts.iter().position(|prompt| prompt.place == place).unwrap();
    let mut all: Vec<Vec<f32>> = sequences
        .iter()
        .map(|sequence| logits.values()[row_of(sequence.place) * vocab..][..vocab].to_vec())
        .collect();
    for new in 0.. {
        let going: Vec<usize> = (0..sequences.len())
            .filter(|i| sequences[*i].prompt + new < sequences[*i].tokens.len())
            .collect();
        if going.is_empty() {
            return all;
        }
        let step = |i: &usize| Step {
            slot: sequences[*i].slot,
            place: sequences[*i].place,
            position: sequences[*i].prompt + new,
            token: sequences[*i].tokens[sequences[*i].prompt + new],
        };
        let steps: Vec<Step> = going.iter().map(step).collect();
        engine.decode(&steps, &mut logits);
        for (i, row) in going.into_iter().zip(logits.values().chunks_exact(vocab)) {
            all[i].extend(row);
        }
    }
    all
}

/// Logits of the positions from `prompt - 1` on, by the model's own forward pass.
fn expected(model: &Model, sequence: &Sequence) -> Vec<f32> {
    let layout = model.layout(std::iter::once(sequence.tokens.len()));
    let hidden = model.forward(sequence.tokens, &layout);
    host::values(&hidden.matmul(model.head()))[(sequence.prompt - 1) * model.config.vocab..].to_vec()
}

/// Three prompts of unequal length with five continuations of unequal length.
fn continuations(vocab: usize) -> Vec<(usize, usize, Vec<u32>)> {
    let prompts = [tokens(0, 1, vocab), tokens(1, 33, vocab), tokens(2, 70, vocab)];
    [(0, 40), (1, 2), (1, 35), (2, 20), (2, 1)]
        .into_iter()
        .enumerate()
        .map(|(i, (place, new))| {
            let mut all = prompts[place].clone();
            all.extend(tokens(10 + i, new, vocab));
            (place, prompts[place].len(), all)
        })
        .collect()
}

fn sequences(all: &[(usize, usize, Vec<u32>)]) -> Vec<Sequence<'_>> {
    all.iter()
        .enumerate()
        .map(|(slot, (place, prompt, tokens))| Sequence {
            tokens,
            prompt: *prompt,
            place: *place,
            slot,
        })
        .collect()
}

/// Differences of all logits to those of the forward pass, relative to 1 or their magnitude.
fn errors<N: Number>(model: &Model, isa: Isa) -> Vec<f32> {
    let all = continuations(model.config.vocab);
    let sequences = sequences(&all);
    let mut engine = CpuEngine::<N>::new(model, packed(model), room(3, 5), isa);
    let got = run(&mut engine, &sequences);
    let compared = got.iter().zip(&sequences).flat_map(|(got, sequence)| {
        let expected = expected(model, sequence);
        assert_eq!(got.len(), expected.len());
        let error = |(got, expected): (&f32, f32)| (got - expected).abs() / expected.abs().max(1.0);
        got.iter().zip(expected).map(error).collect::<Vec<_>>()
    });
    compared.collect()
}

#[test]
fn logits_equal_those_of_the_forward_pass() {
    for config in shapes() {
        let model = model(config);
        for isa in Isa::all() {
            let errors = errors::<f32>(&model, isa);
            let largest = errors.iter().copied().fold(0.0, f32::max);
            assert!(largest < 1e-4, "{isa:?}: {largest}");
        }
    }
}

#[test]
fn rounded_logits_are_close_to_those_of_the_forward_pass() {
    // In bf16, softmax weights are rounded here and not there; in int8, so is much else.
    for (precision, bounds) in [(Precision::Bf16, [5e-3, 5e-2]), (Precision::Int8, [2e-2, 2e-1])] {
        for config in shapes() {
            let model = model_in(config, precision);
            for isa in Isa::all() {
                let errors = errors::<bf16>(&model, isa);
                let square: f32 = errors.iter().map(|error| error * error).sum();
                let rms = (square / errors.len() as f32).sqrt();
                let largest = errors.iter().copied().fold(0.0, f32::max);
                assert!(
                    rms < bounds[0] && largest < bounds[1],
                    "{precision} {isa:?}: {rms}, {largest}"
                );
            }
        }
    }
}

#[test]
fn rounded_logits_have_the_same_bits_on_instruction_sets_that_fuse() {
    for (precision, config) in [Precision::Bf16, Precision::Int8]
        .into_iter()
        .flat_map(|p| shapes().map(|c| (p, c)))
    {
        let model = model_in(config, precision);
        let all = continuations(model.config.vocab);
        let logits = |isa| {
            let mut engine = CpuEngine::<bf16>::new(&model, packed(&model), room(3, 5), isa);
            run(&mut engine, &sequences(&all))
        };
        let fusing = Isa::all().into_iter().filter(|isa| isa.fuses_pairs());
        let results: Vec<_> = fusing.map(logits).collect();
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{precision}");
    }
}

#[test]
fn logits_do_not_depend_on_neighbours_slots_places_or_threads() {
    rows_are_independent::<f32>(Precision::F32);
    rows_are_independent::<bf16>(Precision::Bf16);
    rows_are_independent::<bf16>(Precision::Int8);
}

fn rows_are_independent<N: Number>(precision: Precision) {
    for config in shapes() {
        let model = model_in(config, precision);
        let all = continuations(model.config.vocab);
        let together = sequences(&all);
        for isa in Isa::all() {
            let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut engine = CpuEngine::<N>::new(&model, packed(&model), room(3, 5), isa);
            let results = pool(2).install(|| run(&mut engine, &together));
            for (sequence, expected) in together.iter().zip(&results) {
                let moved = Sequence {
                    place: 4 - sequence.place,
                    slot: 9 - sequence.slot,
                    ..*sequence
                };
                let mut engine = CpuEngine::<N>::new(&model, packed(&model), room(5, 10), isa);
                let alone = pool(1).install(|| run(&mut engine, &[moved]));
                assert!(alone[0] == *expected, "{isa:?}");
            }
        }
    }
}

#[test]
fn places_and_slots_are_used_again() {
    let model = model(config(20));
    let all = continuations(20);
    let long = sequences(&all);
    let mut engine = single(&model, room(3, 5));
    let first = run(&mut engine, &long);
    let (prompt, short) = (5, tokens(50, 9, 20));
    let other: Vec<Sequence> = (0..3)
        .map(|place| Sequence {
            tokens: &short,
            prompt,
            place,
            slot: place + 1,
        })
        .collect();
    let reused = run(&mut engine, &other);
    let mut fresh = single(&model, room(3, 5));
    assert!(reused == run(&mut fresh, &other));
    assert!(run(&mut engine, &long) == first);
}

#[test]
fn long_prompts_do_not_depend_on_where_they_are_cut() {
    let model = model(Config {
        context: 1400,
        ..config(20)
    });
    let (short, long) = (tokens(1, 77, 20), tokens(2, 1300, 20));
    let alone = Sequence {
        tokens: &long,
        prompt: 1290,
        place: 1,
        slot: 1,
    };
    let beside = Sequence {
        tokens: &short,
        prompt: 70,
        place: 0,
        slot: 0,
    };
    let mut engine = single(&model, room(2, 2));
    let expected_bits = run(&mut engine, &[alone]).remove(0);
    assert!(run(&mut engine, &[beside, alone]).remove(1) == expected_bits);
    for (got, expected) in expected_bits.iter().zip(expected(&model, &alone)) {
        assert!((got - expected).abs() < 1e-3 * expected.abs().max(1.0));
    }
}

#[test]
fn chunks_are_bounded_and_hold_every_token_once() {
    let lengths = [3, 700, 1, 64, 511, 1100];
    let all: Vec<Vec<u32>> = lengths.iter().map(|length| tokens(0, *length, 9)).collect();
    let prompts: Vec<Prompt> = all
        .iter()
        .enumerate()
        .map(|(place, tokens)| Prompt { place, tokens })
        .collect();
    let mut done = [0; 6];
    for chunk in chunks(&prompts) {
        let rows: usize = chunk.iter().map(|piece| piece.range.len()).sum();
        assert!(rows > 0 && rows <= CHUNK);
        for piece in chunk {
            assert_eq!(piece.range.start, done[piece.prompt]);
            assert!(piece.range.start.is_multiple_of(CUT));
            done[piece.prompt] = piece.range.end;
        }
    }
    assert_eq!(done, lengths);
}

#[test]
fn weights_are_packed_once_and_again_when_they_change() {
    let folder = folder("llama", true);
    let mut policy = Policy::random(folder.path(), &Device::flex(), 1).unwrap();
    let clone = policy.clone();
    assert!(Arc::ptr_eq(&policy.packed(), &clone.packed()));
    let before = clone.packed();
    let norm = &mut policy.weights_mut().norm;
    *norm = norm.clone() * 2.0;
    assert!(!Arc::ptr_eq(&policy.packed(), &before) && Arc::ptr_eq(&clone.packed(), &before));
    assert_eq!(policy.packed().norm.vector()[0], 2.0 * before.norm.vector()[0]);
}
