//! Drawing a token for many drafts at once, where their logits are.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::distribution::Scratch;
use super::draft::Draft;
use super::remote::{self, Ask};
use super::rules::Rules;
use crate::engine::Logits;
use crate::ops::host;
use crate::profile::{self, Section};

/// Draws the next token of each draft from the row of `logits` `[.., vocab]` beside it.
pub(super) fn draw(rows: Vec<(&mut Draft, usize)>, logits: &Logits, vocab: usize, rules: &Rules) {
    if rows.is_empty() {
        return;
    }
    let _section = profile::section(Section::Sampling);
    match logits {
        Logits::Device(logits) => draw_remote(rows, logits, rules),
        Logits::Host(logits) => draw_host(rows, logits, vocab, rules),
    }
}

fn draw_remote(mut rows: Vec<(&mut Draft, usize)>, logits: &Tensor<2>, rules: &Rules) {
    let greedy = rules.params.temperature == 0.0;
    let ask = |(draft, row): &mut (&mut Draft, usize)| Ask {
        row: *row,
        penalties: draft.penalties(rules).collect(),
        uniform: (!greedy).then(|| draft.uniform()),
    };
    let asks: Vec<Ask> = rows.iter_mut().map(ask).collect();
    let drawn = remote::choose(logits, &asks, rules.params);
    for ((draft, _), drawn) in rows.into_iter().zip(drawn) {
        draft.accept(drawn, rules);
    }
}

fn draw_host(rows: Vec<(&mut Draft, usize)>, logits: &[f32], vocab: usize, rules: &Rules) {
    rows.into_par_iter()
        .with_min_len(host::rows_per_task(vocab))
        .for_each_init(Scratch::default, |scratch, (draft, row)| {
            draft.extend(&logits[row * vocab..][..vocab], rules, scratch);
        });
}
