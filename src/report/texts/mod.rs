//! What a policy wrote and answered: instructions with their votes, candidates with the filter's verdict, held-out
//! problems with the answers before and after.

mod candidates;
mod flips;
mod problems;
mod told;
mod votes;

pub use candidates::{Candidate, candidates};
pub use flips::{Flip, flips};
pub use problems::{Answered, problems};
pub use told::Told;
pub use votes::{Order, Voted, votes};

use std::collections::HashMap;

use serde::Serialize;

/// A response with what was read from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    /// Number of the response among those to its instruction, from 0.
    pub sample: u32,
    /// The response.
    pub text: String,
    /// The answer as written.
    pub answer: Option<String>,
}

/// An answer and how many responses gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The answer as one response wrote it; none for responses without an answer.
    pub answer: Option<String>,
    /// Responses.
    pub count: usize,
    /// Whether it is the majority answer.
    pub majority: bool,
}

/// Answers counted by their canonical form, the most frequent first, those without an answer last.
fn counted<'a>(
    answers: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
    majority: Option<&str>,
) -> Vec<Count> {
    let mut order: Vec<(Option<&str>, Count)> = Vec::new();
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    for (answer, canonical) in answers {
        let at = *places.entry(canonical).or_insert_with(|| {
            let answer = canonical.and(answer).map(str::to_owned);
            let majority = canonical.is_some() && canonical == majority;
            order.push((
                canonical,
                Count {
                    answer,
                    count: 0,
                    majority,
                },
            ));
            order.len() - 1
        });
        order[at].1.count += 1;
    }
    order.sort_by_key(|(canonical, count)| (canonical.is_none(), std::cmp::Reverse((count.majority, count.count))));
    order.into_iter().map(|(_, count)| count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_their_canonical_form() {
        let answers = [
            (Some("0.5"), Some("1/2")),
            (None, None),
            (Some("3"), Some("3")),
            (Some("3.0"), Some("3")),
            (Some("1/2"), Some("1/2")),
            (Some("4"), Some("4")),
        ];
        let count = |answer: Option<&str>, count, majority| Count {
            answer: answer.map(str::to_owned),
            count,
            majority,
        };
        // Of two answers with as many votes, the majority comes first.
        assert_eq!(
            counted(answers.into_iter(), Some("3")),
            [
                count(Some("3"), 2, true),
                count(Some("0.5"), 2, false),
                count(Some("4"), 1, false),
                count(None, 1, false),
            ]
        );
    }
}
