//! Scoring given sequences: log-probabilities and entropies of their tokens, and whole logits.

use crate::device::Path;
use crate::group::{self, Group};
use crate::micro_batch::micro_batches;
use crate::ops::head;
use crate::ops::host::{self, pool::Pool};
use crate::packing::Packing;
use crate::profile::{self, Section};
use crate::{LmError, Policy};

/// Scores of a response, one value per response token.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TokenScores {
    /// Log-probability of the token at temperature 1, in nats.
    pub logprobs: Vec<f32>,
    /// Entropy of the distribution that the token was drawn from, in nats.
    pub entropies: Vec<f32>,
}

/// Scores the responses of `groups` under `policy`. The result is flat: responses are numbered through the groups.
///
/// They are computed in micro-batches of at most `micro_batch_tokens` tokens (a longer sequence has one to itself); a
/// prompt is computed, and counted, once for all of its responses in a micro-batch. Off the CPU, attention pads a
/// micro-batch; its padded scores are at most those of `micro_batch_tokens` tokens in sequences as long as the longest.
///
/// # Errors
/// A prompt that is empty, a sequence that exceeds the context or has ids outside the vocabulary, a log-probability
/// that is not finite.
pub fn logprobs(policy: &Policy, groups: &[Group<'_>], micro_batch_tokens: usize) -> Result<Vec<TokenScores>, LmError> {
    let _section = profile::section(Section::Score);
    group::check(policy, groups)?;
    let responses = groups.iter().map(|group| group.responses.len()).sum();
    let mut scores = vec![TokenScores::default(); responses];
    // Nothing couples responses here: each is a unit.
    let unit = |response| response;
    let batches = micro_batches(groups, &unit, micro_batch_tokens, policy.device().path())?;
    let mut run = || {
        host::pool::within(&mut Pool::default(), || {
            for batch in &batches {
                score(policy, &Packing::new(&policy.model, batch), &mut scores);
            }
        });
    };
    match policy.device().path() {
        Path::Host => host::awake_here(run),
        Path::Plain => run(),
    }
    check_finite(groups, &scores)?;
    Ok(scores)
}

/// Refuses log-probabilities that are no numbers.
fn check_finite(groups: &[Group<'_>], scores: &[TokenScores]) -> Result<(), LmError> {
    let finite = |scores: &TokenScores| scores.logprobs.iter().chain(&scores.entropies).all(|x| x.is_finite());
    let mut rest = scores;
    for (prompt, group) in groups.iter().enumerate() {
        let of_group = rest.split_off(..group.responses.len()).unwrap_or_default();
        if !of_group.iter().all(finite) {
            let what = "log-probabilities";
            return Err(LmError::Overflow { prompt, what });
        }
    }
    Ok(())
}

fn score(policy: &Policy, packing: &Packing, scores: &mut [TokenScores]) {
    let (model, path) = (&policy.model, policy.device().path());
    let hidden = model.forward(&packing.ids, &packing.layout);
    for chunk in packing.chunks(policy.vocab_size(), path) {
        let logits = model.logits(&chunk.select(&hidden));
        let scored = head::score(logits, &chunk.targets, path);
        host::give(scored.probabilities);
        for (response, range) in chunk.units.into_iter().flatten() {
            scores[response] = TokenScores {
                logprobs: scored.logprobs[range.clone()].to_vec(),
                entropies: scored.entropies[range].to_vec(),
            };
        }
    }
    host::give(hidden);
}

/// The logits of every position of every sequence, `[length * vocab]` row-major each, computed as one batch.
///
/// # Errors
/// A sequence that is empty, exceeds the context or has ids outside the vocabulary.
pub fn logits(policy: &Policy, sequences: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, LmError> {
    for (index, tokens) in sequences.iter().enumerate() {
        policy.extent().check_sequence(index, tokens, 0)?;
    }
    let ids: Vec<u32> = sequences.concat();
    let layout = policy.model.layout(sequences.iter().map(Vec::len));
    let hidden = policy.model.forward(&ids, &layout);
    let rows = |start: usize, length: usize| {
        let hidden = hidden.clone().narrow(0, start, length);
        host::values(&policy.model.logits(&hidden))
    };
    Ok(layout.spans.iter().map(|span| rows(span.start, span.len())).collect())
}
