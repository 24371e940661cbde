//! One problem's responses, counted.

use std::collections::HashMap;

use serl_answers::vote::{Ballot, Candidate, candidates, votes, winner};
use serl_artifacts::tables::{GradedResponse, ParseStatus, Problem};

use super::maj::maj_at_k;
use super::metrics::pass_at_k;

/// The responses to a problem, counted.
#[derive(Default)]
pub(super) struct Tally {
    /// Whether the greedy response is correct.
    pub(super) greedy_correct: bool,
    /// Responses with an answer, of all.
    pub(super) parsed: u32,
    /// All responses.
    pub(super) responses: u32,
    /// Responses that were sampled.
    pub(super) samples: u32,
    /// Of these, correct ones.
    pub(super) correct: u32,
    /// The answers among the sampled responses, in the order in which ties are decided, and whether each is right.
    candidates: Vec<Candidate>,
    right: Vec<bool>,
    /// Sampled responses without an answer.
    unparsed: u32,
}

impl Tally {
    /// The responses of each problem that has any, by benchmark and id.
    pub(super) fn all(responses: &[GradedResponse]) -> HashMap<(&str, &str), Self> {
        let mut of: HashMap<(&str, &str), Vec<&GradedResponse>> = HashMap::new();
        for response in responses {
            of.entry((&response.benchmark, &response.problem_id))
                .or_default()
                .push(response);
        }
        of.into_iter()
            .map(|(problem, responses)| (problem, Self::of(&responses)))
            .collect()
    }

    /// The tallies of `problems` that have responses.
    pub(super) fn pick<'t, 'p>(
        tallies: &'t HashMap<(&'p str, &'p str), Self>,
        problems: &[&'p Problem],
    ) -> Vec<&'t Self> {
        let of = |problem: &&'p Problem| tallies.get(&(problem.benchmark.as_str(), problem.id.as_str()));
        problems.iter().filter_map(of).collect()
    }

    fn of(responses: &[&GradedResponse]) -> Self {
        let sampled: Vec<&GradedResponse> = responses.iter().copied().filter(|response| !response.greedy).collect();
        let ballots: Vec<Option<Ballot>> = sampled.iter().copied().map(ballot).collect();
        let candidates = candidates(&ballots);
        // An answer is right if any of its wordings was graded so.
        let right = |candidate: &Candidate| {
            let of = &ballots[candidate.first];
            let same =
                |ballot: &Option<Ballot>| ballot.as_ref().map(|b| &b.canonical) == of.as_ref().map(|b| &b.canonical);
            ballots
                .iter()
                .zip(&sampled)
                .any(|(ballot, response)| response.correct && same(ballot))
        };
        Self {
            greedy_correct: responses.iter().any(|response| response.greedy && response.correct),
            parsed: count(responses, |response| response.parse_status == ParseStatus::Parsed),
            responses: responses.len() as u32,
            samples: sampled.len() as u32,
            correct: count(&sampled, |response| response.correct),
            unparsed: ballots.iter().filter(|ballot| ballot.is_none()).count() as u32,
            right: candidates.iter().map(right).collect(),
            candidates,
        }
    }

    /// [`pass_at_k`], with at most all samples.
    pub(super) fn pass_at(&self, k: u32) -> f64 {
        pass_at_k(self.samples, self.correct, k.min(self.samples))
    }

    /// [`maj_at_k`], with at most all samples.
    pub(super) fn maj_at(&self, k: u32) -> f64 {
        if k < self.samples {
            return maj_at_k(&self.candidates, &self.right, self.unparsed, k);
        }
        let right = winner(&self.candidates, votes).is_some_and(|(place, _)| self.right[place]);
        f64::from(u8::from(right))
    }

    /// Whether the majority of all samples hangs on how ties are decided.
    pub(super) fn tie(&self) -> bool {
        winner(&self.candidates, votes).is_some_and(|(_, tie)| tie)
    }
}

fn count(responses: &[&GradedResponse], of: impl Fn(&GradedResponse) -> bool) -> u32 {
    responses.iter().filter(|response| of(response)).count() as u32
}

fn ballot(response: &GradedResponse) -> Option<Ballot> {
    Some(Ballot {
        answer: response.answer.clone()?,
        canonical: response.canonical.clone()?,
    })
}
