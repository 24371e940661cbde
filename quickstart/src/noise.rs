//! Noisy seeds: a share of the questions is spoilt, in named kinds, and a list says what was done to each.
//!
//! Which questions are spoilt depends on the seed alone: more noise spoils those of less noise and others.

use serde::Serialize;
use serl_random::Stream32;

use crate::domain::{Domain, Flaw};
use crate::problem::Problem;

/// Stream of the noise.
const NOISE_STREAM: u64 = 2;
/// Attempts to give a question a flaw; a changed word may leave it coherent by chance.
const ATTEMPTS: usize = 20;

/// Kinds of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Noise {
    /// One mention of the thing is of another: apples become pens.
    Object,
    /// One name or pronoun is of somebody else.
    Person,
    /// No answer exists: the count becomes negative or a fraction, a number of days is not said.
    Unsolvable,
    /// The text stops in the middle.
    CutOff,
    /// The question ends with always the same phrase, and is otherwise sound.
    Closing,
    /// The text is of another subject and no question of the domain.
    OffTopic,
}

impl Noise {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Noise::Object,
        Noise::Person,
        Noise::Unsolvable,
        Noise::CutOff,
        Noise::Closing,
        Noise::OffTopic,
    ];
}

/// What was done to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spoilt {
    /// The row of the question, from 0.
    pub row: usize,
    /// The kind of noise.
    pub kind: Noise,
    /// The question before.
    pub before: String,
    /// The text after.
    pub after: String,
}

/// Spoils a share of the questions. The kinds take turns, so that each gets an equal part.
///
/// The list is in the order of the rows. It is shorter than asked for if too few questions can have the flaws.
pub fn spoil(domain: &dyn Domain, problems: &[Problem], share: f64, kinds: &[Noise], seed: u64) -> Vec<Spoilt> {
    let mut rows: Vec<usize> = (0..problems.len()).collect();
    Stream32::new(seed, NOISE_STREAM).shuffle(&mut rows);
    let wanted = (share * problems.len() as f64).round() as usize;
    let mut turns = kinds.iter().copied().cycle();
    let mut spoilt = Vec::new();
    let mut turn = turns.next();
    for row in rows {
        let Some(kind) = turn.filter(|_| spoilt.len() < wanted) else {
            break;
        };
        let problem = &problems[row];
        // A stream per row, so that a question is spoilt in the same way however many others are.
        let mut draw = Stream32::new(seed, NOISE_STREAM + 1 + row as u64);
        if let Some(after) = flawed(domain, kind, problem, &mut draw) {
            let before = problem.question.clone();
            spoilt.push(Spoilt {
                row,
                kind,
                before,
                after,
            });
            turn = turns.next();
        }
    }
    spoilt.sort_by_key(|spoilt| spoilt.row);
    spoilt
}

/// The text with the flaw, or `None` if the question cannot have it.
fn flawed(domain: &dyn Domain, kind: Noise, problem: &Problem, draw: &mut Stream32) -> Option<String> {
    (0..ATTEMPTS).find_map(|_| {
        let text = match kind {
            Noise::Object => domain.spoil(Flaw::Thing, problem, draw),
            Noise::Person => domain.spoil(Flaw::Person, problem, draw),
            Noise::Unsolvable => domain.spoil(Flaw::Unsolvable, problem, draw),
            Noise::Closing => domain.spoil(Flaw::Closing, problem, draw),
            Noise::CutOff => cut_off(&problem.question, draw),
            Noise::OffTopic => Some(off_topic(draw)),
        }?;
        let sound = domain.solve(&text).is_ok();
        (text != problem.question && sound == (kind == Noise::Closing)).then_some(text)
    })
}

/// The first third to two thirds of the words.
fn cut_off(question: &str, draw: &mut Stream32) -> Option<String> {
    let words: Vec<&str> = question.split(' ').collect();
    let kept = draw.between(words.len() as u32 / 3, 2 * words.len() as u32 / 3) as usize;
    (0 < kept && kept < words.len()).then(|| words[..kept].join(" "))
}

/// A sentence of another subject. Short, since a tiny tokenizer spells most of its words.
fn off_topic(draw: &mut Stream32) -> String {
    let who = draw.pick(&[
        "The sea",
        "My dog",
        "Our train",
        "The moon",
        "This song",
        "A red fox",
        "The mayor",
    ]);
    let does = draw.pick(&[
        "was late",
        "looks sad",
        "is loud",
        "went away",
        "may be ill",
        "likes rain",
        "feels cold",
    ]);
    let when = draw.pick(&[
        "today",
        "again",
        "at night",
        "in May",
        "as always",
        "in winter",
        "so it seems",
    ]);
    format!("{who} {does} {when}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::DOMAINS;

    fn problems(domain: &dyn Domain) -> Vec<Problem> {
        let mut draw = Stream32::new(5, 0);
        (0..100).map(|_| domain.problem(&mut draw, &[1, 2, 3])).collect()
    }

    #[test]
    fn the_share_asked_for_is_spoilt_in_equal_parts() {
        for domain in DOMAINS {
            let spoilt = spoil(*domain, &problems(*domain), 0.6, &Noise::ALL, 1);
            assert_eq!(spoilt.len(), 60, "{}", domain.name());
            for kind in Noise::ALL {
                let of_kind = spoilt.iter().filter(|spoilt| spoilt.kind == kind).count();
                assert_eq!(of_kind, 10, "{kind:?}");
            }
            for Spoilt {
                kind, before, after, ..
            } in &spoilt
            {
                assert_eq!(
                    domain.solve(after).is_ok(),
                    *kind == Noise::Closing,
                    "{before} / {after}"
                );
            }
        }
    }

    #[test]
    fn more_noise_leaves_less_noise_as_it_is() {
        for domain in DOMAINS {
            let problems = problems(*domain);
            let some = spoil(*domain, &problems, 0.1, &Noise::ALL, 7);
            let more = spoil(*domain, &problems, 0.3, &Noise::ALL, 7);
            assert_eq!((some.len(), more.len()), (10, 30));
            assert!(some.iter().all(|spoilt| more.contains(spoilt)));
            assert_ne!(some, spoil(*domain, &problems, 0.1, &Noise::ALL, 8));
        }
    }
}
