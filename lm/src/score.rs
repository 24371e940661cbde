//! Scoring given sequences: log-probabilities and entropies of their tokens, and whole logits.

use std::ops::Range;

use burn::tensor::Tensor;

use crate::device::Path;
use crate::micro_batch::{Group, micro_batches};
use crate::model::Model;
use crate::ops::attention::Layout;
use crate::ops::host::pool::Pool;
use crate::ops::{embed, head, host};
use crate::profile::{self, Section};
use crate::{LmError, Policy};

/// Logits that are in memory at once: 64 MiB, or 256 MiB on a device, which is waited for once for each part.
fn head_elements(path: Path) -> usize {
    match path {
        Path::Host => 16 << 20,
        Path::Plain => 64 << 20,
    }
}

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
/// Sequences are computed in micro-batches of at most `micro_batch_tokens` tokens (a longer sequence is one of its
/// own); a prompt that several of a micro-batch's sequences share is computed, and counted, once. Off the CPU the
/// attention of a micro-batch is padded, and is held to the scores that `micro_batch_tokens` tokens of its longest
/// sequence would have.
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
    let nothing = TokenScores {
        logprobs: Vec::new(),
        entropies: Vec::new(),
    };
    let mut scores = vec![nothing; sequences.len()];
    host::pool::within(&mut Pool::default(), || {
        let path = policy.model.device.path();
        for batch in micro_batches(sequences, micro_batch_tokens, path) {
            score(policy, &Batch::new(&policy.model, sequences, &batch), &mut scores);
        }
    });
    Ok(scores)
}

fn score(policy: &Policy, batch: &Batch, scores: &mut [TokenScores]) {
    let (model, path) = (&policy.model, policy.model.device.path());
    let hidden = model.forward(&batch.ids, &batch.layout);
    for chunk in batch.chunks(policy.vocab_size(), path) {
        let logits = model.logits(&chunk.select(&hidden));
        let scored = head::score(logits, &chunk.targets, path);
        host::give(scored.probabilities);
        for (sequence, range) in chunk.members {
            scores[sequence] = TokenScores {
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
/// As [`logprobs`].
pub fn logits(policy: &Policy, sequences: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, LmError> {
    for (index, tokens) in sequences.iter().enumerate() {
        policy.check(index, tokens, 0)?;
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

/// Packed sequences, and which hidden rows predict which response tokens.
///
/// A prompt that several members share lies there once, its responses after it. The last token of a response predicts
/// nothing, so it has no row.
pub(crate) struct Batch {
    pub ids: Vec<u32>,
    pub layout: Layout,
    responses: Vec<Response>,
}

struct Response {
    sequence: usize,
    /// The hidden row that predicts the first token: the prompt's last.
    first: u32,
    /// Those that predict the others.
    others: Range<usize>,
    targets: Vec<u32>,
}

/// Some whole responses whose logits fit in memory.
pub(crate) struct Chunk {
    /// Hidden rows.
    pub rows: Vec<u32>,
    pub targets: Vec<u32>,
    /// Index of the sequence and its part of `rows`.
    pub members: Vec<(usize, Range<usize>)>,
}

impl Batch {
    pub fn new(model: &Model, sequences: &[Sequence], groups: &[Group]) -> Self {
        let mut spans = Vec::new();
        let (mut ids, mut responses) = (Vec::new(), Vec::new());
        for group in groups {
            let prompt = group.prompt(sequences);
            let alone = group.members.len() == 1;
            let (start, prefix) = (ids.len(), (!alone).then_some(spans.len()));
            ids.extend(prompt);
            if !alone {
                spans.push((prompt.len(), None));
            }
            for member in &group.members {
                let response = sequences[*member].response();
                let first = ids.len();
                ids.extend(&response[..response.len() - 1]);
                let length = ids.len() - if alone { start } else { first };
                if length > 0 {
                    spans.push((length, prefix));
                }
                responses.push(Response {
                    sequence: *member,
                    first: (start + prompt.len() - 1) as u32,
                    others: first..ids.len(),
                    targets: response.to_vec(),
                });
            }
        }
        Self {
            ids,
            layout: model.layout_continuing(spans.into_iter()),
            responses,
        }
    }

    /// Responses in groups of bounded logits; a response is never cut, since objectives see it whole.
    pub fn chunks(&self, vocab: usize, path: Path) -> Vec<Chunk> {
        let limit = (head_elements(path) / vocab).max(1);
        let mut chunks: Vec<Chunk> = Vec::new();
        for response in &self.responses {
            let fits = chunks
                .last()
                .is_some_and(|chunk| chunk.rows.len() + response.targets.len() <= limit);
            if !fits {
                chunks.push(Chunk {
                    rows: Vec::new(),
                    targets: Vec::new(),
                    members: Vec::new(),
                });
            }
            if let Some(chunk) = chunks.last_mut() {
                let start = chunk.rows.len();
                chunk.rows.push(response.first);
                chunk.rows.extend(response.others.clone().map(|row| row as u32));
                chunk.targets.extend(&response.targets);
                chunk.members.push((response.sequence, start..chunk.rows.len()));
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
