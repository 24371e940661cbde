//! The majority reward of SeRL (arXiv 2505.20347, section 3.2), and ways to count votes that are harder to deceive.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serl_answers::vote::{Ballot, Candidate, vote_by};
use serl_artifacts::tables::Response;

use super::method::{Judged, Reward, Verdict};
use crate::config::checker::{Checker, Range};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// What the vote of a response weighs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteWeight {
    /// All votes weigh the same, as in the paper.
    #[default]
    Equal,
    /// The geometric mean of its tokens' probabilities under the policy: confident responses weigh more
    /// (confidence-informed self-consistency, arXiv 2502.06233, with the length-normalised probability).
    Likelihood,
}

/// What a response is worth once the majority is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// 1 if it gives the majority answer, else 0, as in the paper.
    #[default]
    Agreement,
    /// The share of the responses that give the same answer: no answer is taken as truth, and a slim majority is worth
    /// little more than what it beats.
    Share,
}

/// The majority answer is taken as truth: a response that gives it is worth 1, any other 0. Without a single answer
/// there is no majority, and no verdict.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Majority {
    /// What a vote weighs: `equal` or `likelihood`.
    pub weight: VoteWeight,
    /// What a response is worth: `agreement` or `share`.
    pub worth: Worth,
    /// An answer wins by the share of votes that it has beyond `base_rate` times its share of the votes on the round's
    /// other instructions. An answer that is given to everything, such as a habitual 0, thus needs more votes than one
    /// that the instruction brings about. Without an answer above its base rate there is no verdict. 0, as in the
    /// paper, compares votes alone.
    pub base_rate: f32,
}

impl Reward for Majority {
    type Evidence = ();

    fn check(&self, c: &mut Checker) {
        let range = Range::from_to(0.0, 10.0);
        c.within("reward.base_rate", self.base_rate, range, "within 0..=10");
    }

    fn judge(&self, _at: At, groups: &[Judged<'_>], (): (), _work: &dyn Work) -> Result<Vec<Verdict>, StageError> {
        if *self == Self::default() {
            return Ok(groups.iter().map(plain).collect());
        }
        let ballots: Vec<Vec<Option<Ballot>>> = groups.iter().map(Judged::ballots).collect();
        let shares = groups.iter().zip(&ballots);
        let shares = shares.map(|(group, ballots)| self.shares(group, ballots));
        let shares: Vec<Shares<'_>> = shares.collect::<Result<_, _>>()?;
        let base = BaseRates::of(&shares);
        let verdict = |((group, ballots), shares): ((&Judged<'_>, &Vec<Option<Ballot>>), &Shares<'_>)| {
            let score = |answer: &str| shares.of(answer) - f64::from(self.base_rate) * base.without(shares, answer);
            self.verdict(group, ballots, shares, &score)
        };
        Ok(groups.iter().zip(&ballots).zip(&shares).map(verdict).collect())
    }
}

impl Majority {
    fn shares<'b>(&self, group: &Judged<'_>, ballots: &'b [Option<Ballot>]) -> Result<Shares<'b>, StageError> {
        let weights = match self.weight {
            VoteWeight::Equal => vec![1.0; ballots.len()],
            VoteWeight::Likelihood => group.responses.iter().map(likelihood).collect::<Result<_, _>>()?,
        };
        Ok(Shares::counted(ballots, &weights))
    }

    fn verdict(
        &self,
        group: &Judged<'_>,
        ballots: &[Option<Ballot>],
        shares: &Shares<'_>,
        score: &dyn Fn(&str) -> f64,
    ) -> Verdict {
        let of_answer = |candidate: &Candidate| ballots[candidate.first].as_ref().map_or(0.0, |b| score(&b.canonical));
        let vote = vote_by(ballots, of_answer);
        let won = vote
            .majority
            .as_ref()
            .is_some_and(|majority| score(&majority.canonical) > 0.0);
        if !won {
            return Verdict {
                rewards: None,
                ..plain(group)
            };
        }
        let rewards = match self.worth {
            Worth::Agreement => vote.rewards.clone(),
            Worth::Share => ballots
                .iter()
                .map(|ballot| {
                    ballot
                        .as_ref()
                        .map_or(0.0, |ballot| shares.of(&ballot.canonical) as f32)
                })
                .collect(),
        };
        Verdict {
            rewards: Some(rewards),
            r_mean: vote.r_mean,
            vote: Some(vote),
        }
    }
}

/// The verdict of the paper.
fn plain(group: &Judged<'_>) -> Verdict {
    Verdict {
        rewards: group.outcome.majority.is_some().then(|| group.outcome.rewards.clone()),
        r_mean: group.outcome.r_mean,
        vote: None,
    }
}

/// The geometric mean of the probabilities that the policy gave a response's tokens; 0..=1.
///
/// # Errors
/// The sampler has reported none.
fn likelihood(response: &Response) -> Result<f64, StageError> {
    let Some(logprobs) = response.reported_logprobs() else {
        return Err(StageError::unreported("reward.weight", "vote.temperature"));
    };
    let sum: f64 = logprobs.iter().map(|&logprob| f64::from(logprob)).sum();
    Ok((sum / logprobs.len().max(1) as f64).exp())
}

/// The share of the votes on one instruction that each answer has; those without an answer count, too.
struct Shares<'b>(HashMap<&'b str, f64>);

impl<'b> Shares<'b> {
    fn counted(ballots: &'b [Option<Ballot>], weights: &[f64]) -> Self {
        let mut shares: HashMap<&str, f64> = HashMap::new();
        let mut total = 0.0;
        for (ballot, weight) in ballots.iter().zip(weights) {
            total += weight;
            if let Some(ballot) = ballot {
                *shares.entry(&ballot.canonical).or_default() += weight;
            }
        }
        if total > 0.0 {
            shares.values_mut().for_each(|share| *share /= total);
        }
        Self(shares)
    }

    fn of(&self, answer: &str) -> f64 {
        self.0.get(answer).copied().unwrap_or(0.0)
    }
}

/// How often each answer is given to the instructions of a round.
struct BaseRates<'b> {
    sums: HashMap<&'b str, f64>,
    instructions: usize,
}

impl<'b> BaseRates<'b> {
    fn of(all: &[Shares<'b>]) -> Self {
        let mut sums: HashMap<&str, f64> = HashMap::new();
        for shares in all {
            for (answer, share) in &shares.0 {
                *sums.entry(answer).or_default() += share;
            }
        }
        Self {
            sums,
            instructions: all.len(),
        }
    }

    /// The mean share of `answer` among the instructions other than the one that has `shares`; 0 if it is the only one.
    fn without(&self, shares: &Shares<'_>, answer: &str) -> f64 {
        let others = self.instructions.saturating_sub(1).max(1) as f64;
        let rest = self.sums.get(answer).copied().unwrap_or(0.0) - shares.of(answer);
        // What is left of a sum that had only this term may be a rounding error below 0.
        rest.max(0.0) / others
    }
}

#[cfg(test)]
mod tests;
