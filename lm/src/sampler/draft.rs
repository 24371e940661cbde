//! One response in the making.

use serl_random::Stream;

use super::distribution::{Drawn, Scratch, choose};
use super::rules::Rules;
use super::{Finish, Response};

/// A response in the making, with its random stream.
pub(super) struct Draft {
    tokens: Vec<u32>,
    logprobs: Vec<f32>,
    policy_logprobs: Vec<f32>,
    /// How often the response has each of its tokens, by token; kept only for penalties.
    counts: Vec<(u32, u32)>,
    stream: Stream,
    limit: usize,
    finish: Option<Finish>,
}

impl Draft {
    /// An empty draft of at most `limit` tokens.
    pub fn new(seed: u64, limit: usize) -> Self {
        Self {
            tokens: Vec::new(),
            logprobs: Vec::new(),
            policy_logprobs: Vec::new(),
            counts: Vec::new(),
            stream: Stream::seeded(seed),
            limit,
            finish: None,
        }
    }

    /// Tokens so far.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The token drawn last; 0 before the first.
    pub fn last(&self) -> u32 {
        self.tokens.last().copied().unwrap_or_default()
    }

    /// Whether the token drawn last has log-probabilities. It has none where a logit is NaN or infinite, be it that of
    /// another token: the sum over all of them is then no number.
    pub fn is_finite(&self) -> bool {
        let last = [self.logprobs.last(), self.policy_logprobs.last()];
        last.into_iter().flatten().all(|logprob| logprob.is_finite())
    }

    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Penalties to subtract from the logits of the next token, each token once: one that the response has cannot be
    /// one that would have ended it.
    pub fn penalties<'r>(&'r self, rules: &'r Rules) -> impl Iterator<Item = (u32, f32)> + 'r {
        let params = rules.params;
        let may_end = self.tokens.len() >= params.min_new_tokens;
        let penalised = self.counts.iter().map(|(token, count)| {
            let penalty = params.presence_penalty + params.frequency_penalty * *count as f32;
            (*token, penalty)
        });
        let forbidden = if may_end { &[][..] } else { rules.ends() };
        penalised.chain(forbidden.iter().map(|token| (*token, f32::INFINITY)))
    }

    /// The next number of the response's stream, from `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        self.stream.uniform()
    }

    /// Draws the next token from `logits` and decides whether the response ends with it.
    pub fn extend(&mut self, logits: &[f32], rules: &Rules, scratch: &mut Scratch) {
        scratch.penalties.clear();
        scratch.penalties.extend(self.penalties(rules));
        let drawn = choose(logits, rules.params, scratch, || self.uniform());
        self.accept(drawn, rules);
    }

    /// Takes the token that was drawn and decides whether the response ends with it.
    pub fn accept(&mut self, drawn: Drawn, rules: &Rules) {
        self.push(drawn, rules.params.penalises());
        self.finish = rules.finish(&self.tokens, self.limit);
    }

    fn push(&mut self, drawn: Drawn, count: bool) {
        self.tokens.push(drawn.token);
        self.logprobs.push(drawn.logprob);
        self.policy_logprobs.push(drawn.policy_logprob);
        if count {
            match self.counts.binary_search_by_key(&drawn.token, |(token, _)| *token) {
                Ok(at) => self.counts[at].1 += 1,
                Err(at) => self.counts.insert(at, (drawn.token, 1)),
            }
        }
    }

    /// The response as it is.
    pub fn into_response(self) -> Response {
        Response {
            tokens: self.tokens,
            logprobs: self.logprobs,
            policy_logprobs: Some(self.policy_logprobs),
            finish: self.finish.unwrap_or(Finish::Length),
        }
    }
}
