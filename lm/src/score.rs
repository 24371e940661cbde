//! Scoring given sequences: log-probabilities and entropies of their tokens, and whole logits.

use burn::tensor::Tensor;

use crate::model::Model;
use crate::ops::attention::Layout;
use crate::ops::{embed, head, host};
use crate::profile::{self, Section};
use crate::{LmError, Policy};

/// Logits that are in memory at once: 64 MiB.
const HEAD_ELEMENTS: usize = 16 * 1024 * 1024;

/// A prompt with its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// Prompt and response tokens.
    pub tokens: Vec<u32>,
    /// How many of them are the prompt: at least 1, since the first token of all is predicted by nothing.
    pub prompt_len: usize,
}

impl Sequence {
    /// The tokens after the prompt.
    pub fn response(&self) -> &[u32] {
        &self.tokens[self.prompt_len.min(self.tokens.len())..]
    }
}

/// Scores of a response, one value per response token.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenScores {
    /// Log-probability of the token at temperature 1, in nats.
    pub logprobs: Vec<f32>,
    /// Entropy of the distribution that the token was drawn from, in nats.
    pub entropies: Vec<f32>,
}

/// Scores the responses of `sequences` under `policy`, in the order given.
///
/// Sequences are computed in micro-batches of at most `micro_batch_tokens` tokens (a longer sequence is one of its own).
///
/// # Errors
/// A sequence that is empty, has no prompt, exceeds the context or has ids outside the vocabulary.
pub fn logprobs(
    policy: &Policy,
    sequences: &[Sequence],
    micro_batch_tokens: usize,
) -> Result<Vec<TokenScores>, LmError> {
    let _section = profile::section(Section::Score);
    check(policy, sequences)?;
    let mut scores = vec![
        TokenScores {
            logprobs: Vec::new(),
            entropies: Vec::new()
        };
        sequences.len()
    ];
    let lengths: Vec<usize> = sequences
        .iter()
        .map(|sequence| sequence.tokens.len())
        .collect();
    for members in micro_batches(&lengths, micro_batch_tokens) {
        let batch = Batch::new(&policy.model, sequences, &members);
        let hidden = policy.model.forward(&batch.ids, &batch.layout);
        for chunk in batch.chunks(policy.vocab_size()) {
            let logits = policy.model.logits(chunk.select(&hidden));
            let scored = head::score(logits, &chunk.targets, policy.model.device.path());
            for (sequence, range) in chunk.members {
                scores[sequence] = TokenScores {
                    logprobs: scored.logprobs[range.clone()].to_vec(),
                    entropies: scored.entropies[range].to_vec(),
                };
            }
        }
    }
    Ok(scores)
}

/// The logits of every position of every sequence, `[length * vocab]` row-major each, computed as one batch.
///
/// # Errors
/// As [`logprobs`].
pub fn logits(policy: &Policy, sequences: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, LmError> {
    for (index, tokens) in sequences.iter().enumerate() {
        policy.check(index, tokens, 0)?;
    }
    let ids: Vec<u32> = sequences.concat();
    let layout = policy.model.layout(sequences.iter().map(Vec::len));
    let hidden = policy.model.forward(&ids, &layout);
    let rows = |start: usize, length: usize| {
        host::values(&policy.model.logits(hidden.clone().narrow(0, start, length)))
    };
    Ok(layout
        .spans
        .iter()
        .map(|span| rows(span.start, span.len()))
        .collect())
}

/// Refuses sequences that cannot be scored.
pub(crate) fn check(policy: &Policy, sequences: &[Sequence]) -> Result<(), LmError> {
    for (index, sequence) in sequences.iter().enumerate() {
        policy.check(index, &sequence.tokens, 0)?;
        if sequence.prompt_len == 0 || sequence.prompt_len > sequence.tokens.len() {
            let (prompt, length) = (sequence.prompt_len, sequence.tokens.len());
            return Err(LmError::Invalid(format!(
                "sequence {index} has prompt_len {prompt}; it must be between 1 and its {length} tokens"
            )));
        }
    }
    Ok(())
}

/// Cuts sequences into batches of at most `budget` tokens, padding to the longest counted: longest first, ties in the
/// order given, so that batches do not depend on anything else.
pub(crate) fn micro_batches(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(lengths[*index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match batches.last_mut() {
            Some(batch) if lengths[batch[0]] * (batch.len() + 1) <= budget => batch.push(index),
            _ => batches.push(vec![index]),
        }
    }
    batches
}

/// Packed sequences, and which hidden rows predict which response tokens.
pub(crate) struct Batch {
    pub ids: Vec<u32>,
    pub layout: Layout,
    /// Index of the sequence, hidden rows, targets.
    responses: Vec<(usize, std::ops::Range<usize>, Vec<u32>)>,
}

/// Some whole responses whose logits fit in memory.
pub(crate) struct Chunk {
    /// Hidden rows.
    pub rows: Vec<u32>,
    pub targets: Vec<u32>,
    /// Index of the sequence and its part of `rows`.
    pub members: Vec<(usize, std::ops::Range<usize>)>,
}

impl Batch {
    pub fn new(model: &Model, sequences: &[Sequence], members: &[usize]) -> Self {
        let ids: Vec<u32> = members
            .iter()
            .flat_map(|index| sequences[*index].tokens.clone())
            .collect();
        let layout = model.layout(members.iter().map(|index| sequences[*index].tokens.len()));
        let responses = members
            .iter()
            .zip(&layout.spans)
            .map(|(index, span)| {
                let sequence = &sequences[*index];
                // The row before a token predicts it.
                let rows = span.start + sequence.prompt_len - 1..span.end - 1;
                (*index, rows, sequence.response().to_vec())
            })
            .collect();
        Self {
            ids,
            layout,
            responses,
        }
    }

    /// Responses in groups of bounded logits; a response is never cut, since objectives see it whole.
    pub fn chunks(&self, vocab: usize) -> Vec<Chunk> {
        let limit = (HEAD_ELEMENTS / vocab).max(1);
        let mut chunks: Vec<Chunk> = Vec::new();
        for (sequence, rows, targets) in &self.responses {
            if rows.is_empty() {
                continue;
            }
            let fits = chunks
                .last()
                .is_some_and(|chunk| chunk.rows.len() + rows.len() <= limit);
            if !fits {
                chunks.push(Chunk {
                    rows: Vec::new(),
                    targets: Vec::new(),
                    members: Vec::new(),
                });
            }
            if let Some(chunk) = chunks.last_mut() {
                let start = chunk.rows.len();
                chunk.rows.extend(rows.clone().map(|row| row as u32));
                chunk.targets.extend(targets);
                chunk.members.push((*sequence, start..chunk.rows.len()));
            }
        }
        chunks
    }
}

impl Chunk {
    /// The hidden states of the chunk's rows.
    pub fn select(&self, hidden: &Tensor<2>) -> Tensor<2> {
        embed::forward(hidden, &self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn micro_batches_hold_the_budget_and_everything_once() {
        let batches = micro_batches(&[3, 9, 4, 4, 1], 8);
        assert_eq!(batches, [vec![1], vec![2, 3], vec![0, 4]]);
        assert!(micro_batches(&[], 8).is_empty());
    }
}
