//! Drawing a token for many responses at once, where their logits are.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::distribution::Scratch;
use super::remote::{self, Ask};
use super::row::{Response, Rules};
use crate::engine::Logits;
use crate::ops::host;
use crate::profile::{self, Section};

/// Draws the next token of each response from the row of `logits` `[.., vocab]` beside it.
pub(super) fn draw(rows: Vec<(&mut Response, usize)>, logits: &Logits, vocab: usize, rules: &Rules) {
    if rows.is_empty() {
        return;
    }
    let _section = profile::section(Section::Sampling);
    match logits {
        Logits::Device(logits) => draw_remote(rows, logits, rules),
        Logits::Host(logits) => draw_host(rows, logits, vocab, rules),
    }
}

fn draw_remote(mut rows: Vec<(&mut Response, usize)>, logits: &Tensor<2>, rules: &Rules) {
    let greedy = rules.params.temperature == 0.0;
    let ask = |(response, row): &mut (&mut Response, usize)| Ask {
        row: *row,
        penalties: response.penalties(rules).collect(),
        uniform: (!greedy).then(|| response.uniform()),
    };
    let asks: Vec<Ask> = rows.iter_mut().map(ask).collect();
    let drawn = remote::choose(logits, &asks, rules.params);
    for ((response, _), drawn) in rows.into_iter().zip(drawn) {
        response.accept(drawn, rules);
    }
}

fn draw_host(rows: Vec<(&mut Response, usize)>, logits: &[f32], vocab: usize, rules: &Rules) {
    rows.into_par_iter()
        .with_min_len(host::rows_per_task(vocab))
        .for_each_init(Scratch::default, |scratch, (response, row)| {
            response.extend(&logits[row * vocab..][..vocab], rules, scratch);
        });
}
