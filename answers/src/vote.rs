//! Majority vote over the final answers of one instruction.
//!
//! Knows no gold answer: the majority is taken as the truth (SeRL, arXiv 2505.20347, section 3.2).
//!
//! ```
//! use serl_answers::vote::{Ballot, vote};
//! use serl_answers::{Choices, DEFAULT_ORDER};
//!
//! let responses = ["It is 1/2.", r"\boxed{0.5}", "#### 2", "I do not know."];
//! let read = |response| Ballot::read(response, &Choices::new(&[]), &DEFAULT_ORDER);
//! let outcome = vote(&responses.map(read));
//! assert_eq!(outcome.majority.unwrap().answer, "1/2");
//! assert_eq!((outcome.rewards, outcome.r_mean), (vec![1.0, 1.0, 0.0, 0.0], 0.5));
//! ```

use std::collections::HashMap;

use crate::{Choices, Method};

/// The final answer of one response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// The answer as written.
    pub answer: String,
    /// Its canonical form: answers are equal where this is.
    pub canonical: String,
}

impl Ballot {
    /// The answer of `response`, one of `choices` if it means one of them; none where there is no answer that can be
    /// compared.
    pub fn read(response: &str, choices: &Choices, order: &[Method]) -> Option<Self> {
        let answer = choices.extract(response, order).answer?;
        let canonical = choices.canonical(&answer).ok()?;
        Some(Self { answer, canonical })
    }
}

/// The outcome of a vote.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The majority's answer as first written in its shortest form; none where no response had an answer.
    pub majority: Option<Ballot>,
    /// Responses that agree with the majority.
    pub count: u32,
    /// Responses with an answer.
    pub parsed: u32,
    /// Distinct answers.
    pub distinct: u32,
    /// Whether another answer had as many votes.
    pub tie: bool,
    /// Share of all responses, unparsed ones included, that agree with the majority; 0..=1.
    pub r_mean: f32,
    /// Entropy of the distribution of answers, with all unparsed responses as one class, in nats.
    pub entropy: f32,
    /// 1 for each response that agrees with the majority, else 0.
    pub rewards: Vec<f32>,
}

/// One of the answers to an instruction, with its votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Number of votes.
    pub count: u32,
    /// The ballot that wrote it shortest.
    pub shortest: usize,
    /// The first ballot that gave it.
    pub first: usize,
}

/// The answers among `ballots` in the order in which ties are decided: the one with the shortest text first, of equally
/// short ones that given first.
pub fn candidates(ballots: &[Option<Ballot>]) -> Vec<Candidate> {
    let length = |i: usize| ballots[i].as_ref().map_or(0, |ballot| ballot.answer.chars().count());
    let mut of: HashMap<&str, Candidate> = HashMap::new();
    for (i, ballot) in ballots.iter().enumerate() {
        let Some(ballot) = ballot else { continue };
        let new = Candidate {
            count: 0,
            shortest: i,
            first: i,
        };
        let candidate = of.entry(&ballot.canonical).or_insert(new);
        candidate.count += 1;
        if length(i) < length(candidate.shortest) {
            candidate.shortest = i;
        }
    }
    let mut all: Vec<Candidate> = of.into_values().collect();
    all.sort_unstable_by_key(|candidate| (length(candidate.shortest), candidate.first));
    all
}

/// The place of the answer with the highest score among `candidates`, and whether another one has the same.
pub fn winner(candidates: &[Candidate], score: impl Fn(&Candidate) -> f64) -> Option<(usize, bool)> {
    let scores: Vec<f64> = candidates.iter().map(score).collect();
    let top = scores.iter().copied().max_by(f64::total_cmp)?;
    let mut places = (0..scores.len()).filter(|&place| scores[place].total_cmp(&top).is_eq());
    let first = places.next()?;
    Some((first, places.next().is_some()))
}

/// Counts the votes: `ballots[i]` is the answer of response `i`, none where it has none.
///
/// An unparsed response stays in the denominator and never wins. Of answers with equal votes the one with the shortest
/// text wins, then the one given first.
pub fn vote(ballots: &[Option<Ballot>]) -> Outcome {
    vote_by(ballots, votes)
}

/// The score of an answer in [`vote`]: how often it is given.
pub fn votes(candidate: &Candidate) -> f64 {
    f64::from(candidate.count)
}

/// As [`vote`], but the answer with the highest score wins. `count` and `r_mean` are still of responses, whatever they
/// weigh.
pub fn vote_by(ballots: &[Option<Ballot>], score: impl Fn(&Candidate) -> f64) -> Outcome {
    let candidates = candidates(ballots);
    let winner = winner(&candidates, score);
    let first = winner.map(|(place, _)| &candidates[place]);
    let majority = first.and_then(|winner| ballots[winner.shortest].clone());
    let agrees = |ballot: &Option<Ballot>| match (ballot, &majority) {
        (Some(ballot), Some(majority)) => ballot.canonical == majority.canonical,
        _ => false,
    };
    let parsed: u32 = candidates.iter().map(|candidate| candidate.count).sum();
    let count = first.map_or(0, |winner| winner.count);
    Outcome {
        rewards: ballots.iter().map(|b| f32::from(u8::from(agrees(b)))).collect(),
        count,
        parsed,
        distinct: candidates.len() as u32,
        tie: winner.is_some_and(|(_, tie)| tie),
        r_mean: if ballots.is_empty() {
            0.0
        } else {
            count as f32 / ballots.len() as f32
        },
        entropy: entropy(&candidates, ballots.len() as u32 - parsed),
        majority,
    }
}

fn entropy(candidates: &[Candidate], unparsed: u32) -> f32 {
    let counts = candidates.iter().map(|candidate| candidate.count);
    let mut counts: Vec<u32> = counts.chain([unparsed]).filter(|&n| n > 0).collect();
    // The smallest first, whatever the answers are: equal counts give equal bits.
    counts.sort_unstable();
    let total = f64::from(counts.iter().sum::<u32>());
    counts
        .iter()
        .map(|&n| f64::from(n) / total)
        .map(|p| -p * p.ln())
        .sum::<f64>() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ballots(answers: &[&str]) -> Vec<Option<Ballot>> {
        let ballot = |a: &str| Ballot {
            answer: a.into(),
            canonical: a.trim_start_matches('0').into(),
        };
        answers.iter().map(|&a| (a != "-").then(|| ballot(a))).collect()
    }

    #[test]
    fn the_majority_is_rewarded() {
        let outcome = vote(&ballots(&["7", "8", "7", "-"]));
        assert_eq!(outcome.majority.unwrap().answer, "7");
        assert_eq!(outcome.rewards, [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(
            (outcome.r_mean, outcome.parsed, outcome.distinct, outcome.tie),
            (0.5, 3, 2, false)
        );
        // Shares 1/2, 1/4, 1/4: 0.5 ln 2 + 0.5 ln 4.
        assert!((outcome.entropy - 1.039_720_8).abs() < 1e-6);
    }

    #[test]
    fn a_tie_goes_to_the_shortest_then_the_first() {
        let outcome = vote(&ballots(&["123", "45", "123", "45", "67", "67"]));
        assert_eq!((outcome.majority.unwrap().answer.as_str(), outcome.tie), ("45", true));
        assert_eq!(outcome.rewards, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn equal_answers_are_one_and_shown_in_their_shortest_text() {
        let outcome = vote(&ballots(&["007", "7", "8"]));
        assert_eq!((outcome.majority.unwrap().answer.as_str(), outcome.count), ("7", 2));
    }

    #[test]
    fn an_option_and_its_text_are_one_vote_and_answers_over_budget_are_none() {
        let choices = Choices::new(&["3", "4"].map(String::from));
        let read = |response: &str| Ballot::read(response, &choices, &crate::DEFAULT_ORDER);
        let long = "9".repeat(crate::budget::MAX_DIGITS + 1);
        let outcome = vote(&["I choose (B).", "The answer is 4.", &long].map(read));
        assert_eq!((outcome.majority.unwrap().canonical.as_str(), outcome.count), ("B", 2));
        assert_eq!((outcome.parsed, outcome.rewards), (2, vec![1.0, 1.0, 0.0]));
    }

    #[test]
    fn unparsed_responses_never_win() {
        let outcome = vote(&ballots(&["-", "-", "-", "5"]));
        assert_eq!((outcome.majority.unwrap().answer.as_str(), outcome.r_mean), ("5", 0.25));
        let none = vote(&ballots(&["-", "-"]));
        assert_eq!((none.majority, none.r_mean, none.rewards), (None, 0.0, vec![0.0, 0.0]));
    }

    proptest! {
        #[test]
        fn r_mean_is_the_mean_reward(answers in prop::collection::vec(prop::option::of(0u8..5), 1..40)) {
            let ballots: Vec<_> = answers
                .iter()
                .map(|a| a.map(|a| Ballot { answer: "x".repeat(usize::from(a)), canonical: a.to_string() }))
                .collect();
            let outcome = vote(&ballots);
            let mean = outcome.rewards.iter().sum::<f32>() / outcome.rewards.len() as f32;
            prop_assert!((mean - outcome.r_mean).abs() < 1e-6);
        }
    }
}
