//! Scores of a round's responses, kept as parts, so that an interrupted train node does not compute them twice.
//!
//! A part is all log-probabilities, then all entropies, in the order of the responses, as little-endian 32-bit floats.
//! The tokens of a response say how many it has.

use serl_lm::{Policy, TokenScores};
use serl_pipeline::{NodeContext, Parts};

use super::round::Round;
use crate::error::StageError;

/// Scores the responses of one round.
pub(super) struct Scorer<'a> {
    round: &'a Round,
    micro_batch_tokens: usize,
    parts: Parts,
    ctx: &'a NodeContext<'a>,
}

impl<'a> Scorer<'a> {
    pub(super) fn open(
        round: &'a Round,
        micro_batch_tokens: usize,
        ctx: &'a NodeContext<'a>,
    ) -> Result<Self, StageError> {
        Ok(Self {
            round,
            micro_batch_tokens,
            parts: ctx.parts("scores")?,
            ctx,
        })
    }

    /// The scores saved as part `index`, if there are any.
    pub(super) fn saved(&self, index: usize) -> Result<Option<Vec<TokenScores>>, StageError> {
        let lengths: Vec<usize> = self.round.responses().map(|response| response.tokens.len()).collect();
        Ok(self.parts.get(index)?.and_then(|part| decode(&part, &lengths)))
    }

    /// The scores under `policy`, saved as part `index`.
    pub(super) fn scores(&self, index: usize, policy: &Policy) -> Result<Vec<TokenScores>, StageError> {
        self.ctx.check_cancelled()?;
        let scores = serl_lm::logprobs(policy, &self.round.scored(), self.micro_batch_tokens)?;
        self.parts.put(index, &encode(&scores))?;
        Ok(scores)
    }
}

fn encode(scores: &[TokenScores]) -> Vec<u8> {
    let logprobs = scores.iter().flat_map(|score| &score.logprobs);
    let entropies = scores.iter().flat_map(|score| &score.entropies);
    logprobs
        .chain(entropies)
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// None unless there are as many numbers as `lengths` asks for.
fn decode(part: &[u8], lengths: &[usize]) -> Option<Vec<TokenScores>> {
    let (numbers, rest) = part.as_chunks::<4>();
    let tokens: usize = lengths.iter().sum();
    if !rest.is_empty() || numbers.len() != 2 * tokens {
        return None;
    }
    let mut values = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let mut take = || -> Vec<Vec<f32>> {
        lengths
            .iter()
            .map(|&length| values.by_ref().take(length).collect())
            .collect()
    };
    let (logprobs, entropies) = (take(), take());
    let scores = logprobs.into_iter().zip(entropies);
    Some(
        scores
            .map(|(logprobs, entropies)| TokenScores { logprobs, entropies })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_back_to_the_bit_and_only_for_the_same_lengths() {
        let scores = vec![
            TokenScores {
                logprobs: vec![-0.1, f32::MIN_POSITIVE],
                entropies: vec![0.3, 1.0 / 3.0],
            },
            TokenScores {
                logprobs: vec![-7.5],
                entropies: vec![0.0],
            },
        ];
        let part = encode(&scores);
        let read = decode(&part, &[2, 1]).unwrap();
        assert_eq!(read[0].logprobs, scores[0].logprobs);
        assert_eq!(read[0].entropies, scores[0].entropies);
        assert_eq!(read[1].entropies, scores[1].entropies);
        assert!(decode(&part, &[2, 2]).is_none());
        assert!(decode(&part[1..], &[2, 1]).is_none());
    }
}
