//! From scores to weights; the division by their sum comes at the end.

use super::{Scratch, Task};
use crate::ops::host::math;
use crate::ops::host::tiles::{Number, WIDE};

impl<N: Number> Task<'_, '_, N> {
    /// Scores become weights `e^(score - max)`, rounded to numbers, those of positions that a query does not see 0.
    #[inline(always)]
    pub(super) fn softmax(&mut self) {
        let (queries, group) = (self.queries(), self.input.heads.group());
        let [_, scale] = self.scales();
        let blocks = self.shared().1.div_ceil(WIDE);
        self.scratch.sums.clear();
        for query in 0..queries {
            let row = *self.row(query / group);
            let scores = &mut self.scratch.scores[query * WIDE..];
            let seen = Seen {
                blocks,
                prompt: row.seen,
                own: row.own(),
                first: self.input.spec.first_seen(row.position),
            };
            let sum = softmax_row::<N>(scores, queries * WIDE, seen, scale);
            self.scratch.sums.push(sum);
        }
        let Scratch { scores, weights, .. } = &mut *self.scratch;
        if N::same(scores).is_none() {
            weights.set_len(scores.len());
            weights
                .iter_mut()
                .zip(&**scores)
                .for_each(|(weight, score)| *weight = N::nearest(*score));
        }
    }
}

/// What a query sees: `blocks` panels of the prompt, of which it sees `prompt` positions, then panels of `own`
/// positions; those before the position `first` are hidden.
#[derive(Clone, Copy)]
struct Seen {
    blocks: usize,
    prompt: usize,
    own: usize,
    first: usize,
}

/// Softmax without the division of one query, whose scores lie in panels `stride` apart and are multiplied by `scale`.
/// Returns the sum.
#[inline(always)]
fn softmax_row<N: Number>(scores: &mut [f32], stride: usize, seen: Seen, scale: f32) -> f32 {
    let Seen {
        blocks,
        prompt: seen,
        own,
        first: visible,
    } = seen;
    let seen_blocks = seen.div_ceil(WIDE);
    hide(scores, 0, stride, visible.min(seen));
    hide(scores, blocks, stride, visible.saturating_sub(seen));
    let parts = [(0, seen), (blocks, own)];
    let mut largest = [f32::NEG_INFINITY; WIDE];
    for (first, positions) in parts {
        for block in 0..positions.div_ceil(WIDE) {
            let panel = panel(scores, (first + block) * stride);
            panel[(positions - block * WIDE).min(WIDE)..].fill(f32::NEG_INFINITY);
            for (largest, score) in largest.iter_mut().zip(&*panel) {
                *largest = if *score > *largest { *score } else { *largest };
            }
        }
    }
    let largest = math::largest(largest);
    let mut sums = [0.0f32; WIDE];
    for (first, positions) in parts {
        for block in 0..positions.div_ceil(WIDE) {
            let panel = panel(scores, (first + block) * stride);
            for (sum, score) in sums.iter_mut().zip(panel) {
                *score = N::nearest(math::exp((*score - largest) * scale)).value();
                *sum += *score;
            }
        }
    }
    for block in seen_blocks..blocks {
        panel(scores, block * stride).fill(0.0);
    }
    sums.iter().sum()
}

/// Hides the first `positions` of a query's panels from panel `first` on.
#[inline(always)]
fn hide(scores: &mut [f32], first: usize, stride: usize, positions: usize) {
    for block in 0..positions.div_ceil(WIDE) {
        let hidden = (positions - block * WIDE).min(WIDE);
        panel(scores, (first + block) * stride)[..hidden].fill(f32::NEG_INFINITY);
    }
}

#[inline(always)]
fn panel(scores: &mut [f32], start: usize) -> &mut [f32; WIDE] {
    match scores[start..].first_chunk_mut() {
        Some(panel) => panel,
        None => unreachable!("panels are whole"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sees_only_its_positions() {
        // Two panels of a prompt, of which 5 positions are seen, then 1 own position, 2 queries interleaved.
        let mut scores = vec![9.0f32; 3 * 2 * WIDE];
        scores[..5].copy_from_slice(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        scores[4 * WIDE] = 2.0;
        let seen = Seen {
            blocks: 2,
            prompt: 5,
            own: 1,
            first: 0,
        };
        let sum = softmax_row::<f32>(&mut scores, 2 * WIDE, seen, 1.0);
        let weights: Vec<f32> = [0.0f32, 1.0, 2.0, 3.0, 4.0, 2.0]
            .iter()
            .map(|score| (score - 4.0).exp())
            .collect();
        assert!((sum - weights.iter().sum::<f32>()).abs() < 1e-6);
        for (got, expected) in scores[..5].iter().zip(&weights) {
            assert!((got - expected).abs() < 1e-6);
        }
        assert!((scores[4 * WIDE] - weights[5]).abs() < 1e-6);
        let unseen = scores[5..WIDE]
            .iter()
            .chain(&scores[2 * WIDE..3 * WIDE])
            .chain(&scores[4 * WIDE + 1..5 * WIDE]);
        assert!(unseen.copied().all(|weight| weight == 0.0));
        assert!(scores[WIDE..2 * WIDE].iter().all(|other| *other == 9.0));
    }

    #[test]
    fn a_window_hides_what_lies_before_it() {
        // 40 positions of a prompt, then 3 own: the query at position 42.
        for (visible, in_prompt, own) in [(35, 35..40, 0..3), (42, 40..40, 2..3), (0, 0..40, 0..3)] {
            let mut scores = vec![1.0f32; 3 * WIDE];
            let seen = Seen {
                blocks: 2,
                prompt: 40,
                own: 3,
                first: visible,
            };
            let sum = softmax_row::<f32>(&mut scores, WIDE, seen, 1.0);
            assert_eq!(sum, (in_prompt.len() + own.len()) as f32);
            for (position, weight) in scores.iter().enumerate() {
                let seen =
                    in_prompt.contains(&position) || position >= 2 * WIDE && own.contains(&(position - 2 * WIDE));
                assert_eq!(*weight, f32::from(u8::from(seen)), "{position}");
            }
        }
    }
}
