//! The rules by which all responses of a call are drawn, and where they end.

use super::{Finish, SamplingParams};
use crate::Tokenizer;

/// Tokens that may straddle a stop string's bytes: special and partial ones have no text of their own.
const SLACK: usize = 8;

/// The rules by which all responses of a call are drawn. A sampler of another process shares [`Rules::ending`], so that
/// a response ends at the same token wherever it was drawn.
pub struct Rules<'a> {
    pub(super) params: &'a SamplingParams,
    pub(super) tokenizer: &'a Tokenizer,
    ends: Vec<u32>,
}

impl<'a> Rules<'a> {
    /// The rules of `params`, with the end tokens of `tokenizer`.
    pub fn new(params: &'a SamplingParams, tokenizer: &'a Tokenizer) -> Self {
        let mut ends = [tokenizer.eos_ids(), &params.stop_tokens].concat();
        ends.sort_unstable();
        ends.dedup();
        Self {
            params,
            tokenizer,
            ends,
        }
    }

    /// Tokens that end a response, in ascending order: those of the model and those of the parameters.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// Where a response of at most `limit` tokens ends that goes on like `tokens`: after how many of them, and why.
    /// `None` if it does not end with any of them.
    pub fn ending(&self, tokens: &[u32], limit: usize) -> Option<(usize, Finish)> {
        let after = |length: usize| Some((length, self.finish(&tokens[..length], limit)?));
        (1..=tokens.len()).find_map(after)
    }

    /// Why a response of at most `limit` tokens ends with the last of `tokens`, if it does. It has not ended before.
    pub(super) fn finish(&self, tokens: &[u32], limit: usize) -> Option<Finish> {
        // Whether it may end with this token is decided with the token counted.
        let may_stop = tokens.len() >= self.params.min_new_tokens;
        let ended = tokens.last().is_some_and(|last| self.ends.contains(last));
        if ended || may_stop && self.stopped(tokens) {
            Some(Finish::Stop)
        } else {
            (tokens.len() >= limit).then_some(Finish::Length)
        }
    }

    /// Whether the last of `tokens` completes a stop string. A token has at least one byte, so few need decoding.
    fn stopped(&self, tokens: &[u32]) -> bool {
        let stop = &self.params.stop;
        let Some(longest) = stop.iter().map(String::len).max() else {
            return false;
        };
        let tail = &tokens[tokens.len().saturating_sub(longest + SLACK)..];
        let text = self.tokenizer.decode(tail);
        let before = self.tokenizer.decode(&tail[..tail.len() - 1]);
        let shared = text.bytes().zip(before.bytes()).take_while(|(a, b)| a == b);
        let old = shared.count();
        stop.iter()
            .any(|stop| text.rfind(stop).is_some_and(|at| at + stop.len() > old))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder;

    #[test]
    fn a_response_ends_at_its_limit_or_with_the_token_that_completes_a_stop_string() {
        let folder = folder("llama", true);
        let tokenizer = Tokenizer::load(folder.path()).unwrap();
        let ordinary = (2..9).filter(|id| !tokenizer.eos_ids().contains(id) && !tokenizer.decode(&[*id]).is_empty());
        let tokens: Vec<u32> = ordinary.take(4).collect();
        assert_eq!(tokens.len(), 4, "the test needs tokens with a text");
        let ending = |params: &SamplingParams, limit| Rules::new(params, &tokenizer).ending(&tokens, limit);

        let plain = SamplingParams::default();
        assert_eq!(ending(&plain, 8), None);
        assert_eq!(ending(&plain, 2), Some((2, Finish::Length)));
        let stop = SamplingParams {
            stop: vec![tokenizer.decode(&tokens[..3])],
            ..plain
        };
        assert_eq!(ending(&stop, 8), Some((3, Finish::Stop)));
        assert_eq!(ending(&stop, 3), Some((3, Finish::Stop)));
        assert_eq!(ending(&stop, 2), Some((2, Finish::Length)));
    }

    #[test]
    fn an_end_token_ends_a_response_even_before_the_fewest_tokens() {
        // A sampler cannot draw one there; what comes from elsewhere must not go on after it.
        let folder = folder("llama", true);
        let tokenizer = Tokenizer::load(folder.path()).unwrap();
        let end = tokenizer.eos_ids()[0];
        let params = SamplingParams {
            min_new_tokens: 5,
            ..SamplingParams::default()
        };
        let ending = Rules::new(&params, &tokenizer).ending(&[end, end], 8);
        assert_eq!(ending, Some((1, Finish::Stop)));
    }
}
