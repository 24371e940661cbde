//! Majority vote over the final answers of one instruction.
//!
//! Knows no gold answer: the majority is taken as the truth (SeRL, arXiv 2505.20347, section 3.2).

use std::collections::HashMap;

/// The final answer of one response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// The answer as written.
    pub answer: String,
    /// Its canonical form: answers are equal where this is.
    pub canonical: String,
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

struct Candidate {
    count: u32,
    shortest: usize,
    first: usize,
}

/// Counts the votes: `ballots[i]` is the answer of response `i`, none where it has none.
///
/// An unparsed response stays in the denominator and never wins. Of answers with equal votes the one with the shortest
/// text wins, then the one given first.
pub fn vote(ballots: &[Option<Ballot>]) -> Outcome {
    let candidates = count(ballots);
    let top = candidates.values().map(|c| c.count).max().unwrap_or(0);
    let length = |i: usize| ballots[i].as_ref().map_or(0, |b| b.answer.chars().count());
    let winner = candidates
        .iter()
        .filter(|(_, c)| c.count == top)
        .min_by_key(|(_, c)| (length(c.shortest), c.first))
        .map(|(&canonical, c)| (canonical, c.shortest));
    let majority = winner.and_then(|(_, shortest)| ballots[shortest].clone());

    let agrees = |b: &Option<Ballot>| {
        b.as_ref()
            .is_some_and(|b| winner.is_some_and(|(w, _)| w == b.canonical))
    };
    let parsed: u32 = candidates.values().map(|c| c.count).sum();
    Outcome {
        majority,
        count: top,
        parsed,
        distinct: candidates.len() as u32,
        tie: candidates.values().filter(|c| c.count == top).count() > 1,
        r_mean: if ballots.is_empty() {
            0.0
        } else {
            top as f32 / ballots.len() as f32
        },
        entropy: entropy(&candidates, ballots.len() as u32 - parsed),
        rewards: ballots.iter().map(|b| f32::from(u8::from(agrees(b)))).collect(),
    }
}

fn count(ballots: &[Option<Ballot>]) -> HashMap<&str, Candidate> {
    let mut candidates: HashMap<&str, Candidate> = HashMap::new();
    for (i, ballot) in ballots.iter().enumerate() {
        let Some(ballot) = ballot else { continue };
        let shorter = |than: usize| {
            ballots[than]
                .as_ref()
                .is_some_and(|b| ballot.answer.chars().count() < b.answer.chars().count())
        };
        candidates
            .entry(&ballot.canonical)
            .and_modify(|c| {
                c.count += 1;
                if shorter(c.shortest) {
                    c.shortest = i;
                }
            })
            .or_insert(Candidate {
                count: 1,
                shortest: i,
                first: i,
            });
    }
    candidates
}

fn entropy(candidates: &HashMap<&str, Candidate>, unparsed: u32) -> f32 {
    let mut counts: Vec<u32> = candidates
        .values()
        .map(|c| c.count)
        .chain([unparsed])
        .filter(|&n| n > 0)
        .collect();
    // Sorted, because a hash map's order would change the last bit of the sum from run to run.
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
