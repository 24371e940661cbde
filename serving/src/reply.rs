//! What makes a reply a response: nothing is taken from a server that has not been checked.

use serl_lm::{Extent, Finish, Response, Rules};

use crate::dialect::{Asked, Reply};

/// Below this, in nats, a token cannot have been drawn.
const LEAST: f64 = -1000.0;

/// Above this, in nats, a log-probability is not one of a rounding engine either.
const MOST: f64 = 1e-3;

/// `reply`, up to where the response ends by the rules of this program.
///
/// # Errors
/// Token ids outside the vocabulary, log-probabilities that are none, or an end that was not asked for.
pub(crate) fn checked(reply: Reply, asked: &Asked<'_>, rules: &Rules<'_>, extent: Extent) -> Result<Reply, String> {
    let Reply {
        mut tokens,
        mut logprobs,
        reason,
    } = reply;
    if tokens.len() != logprobs.len() {
        let (tokens, logprobs) = (tokens.len(), logprobs.len());
        return Err(format!("it has {tokens} tokens, but {logprobs} log-probabilities"));
    }
    if let Some(id) = tokens.iter().find(|id| **id as usize >= extent.vocab) {
        return Err(format!(
            "it has token id {id}, but the vocabulary has {} entries",
            extent.vocab
        ));
    }
    if let Some(wrong) = logprobs.iter().find(|logprob| !(LEAST..=MOST).contains(*logprob)) {
        return Err(format!("{wrong} is no log-probability of a token that was drawn"));
    }
    let Some((length, _)) = rules.ending(&tokens, asked.limit) else {
        return Err(format!(
            "it ends after {} of {} tokens (`{reason}`) with none that ends a response",
            tokens.len(),
            asked.limit
        ));
    };
    tokens.truncate(length);
    logprobs.truncate(length);
    Ok(Reply {
        tokens,
        logprobs,
        reason,
    })
}

/// Which distributions the log-probabilities of a reply belong to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    /// That of the policy itself.
    pub of_policy: bool,
    /// The one that the tokens were drawn from.
    pub of_draw: bool,
}

/// A reply that was [`checked`], as a response. Log-probabilities of another distribution are left out.
pub(crate) fn response(reply: Reply, limit: usize, rules: &Rules<'_>, meaning: Meaning) -> Response {
    let ending = rules.ending(&reply.tokens, limit);
    let logprobs: Vec<f32> = reply.logprobs.iter().map(|logprob| logprob.min(0.0) as f32).collect();
    Response {
        tokens: reply.tokens,
        policy_logprobs: meaning.of_policy.then(|| logprobs.clone()),
        logprobs: if meaning.of_draw { logprobs } else { Vec::new() },
        finish: ending.map_or(Finish::Length, |(_, finish)| finish),
    }
}
