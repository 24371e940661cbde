//! The strict reading of a question: either it is coherent and has one answer, or a reason why not.

use super::day::{Move, NAMES};
use super::forms::{Effect, GRAMMAR};
use crate::problem::Problem;
use crate::story::grammar::Incoherence;
use crate::story::template::Mentions;

/// Reads a question as a problem.
///
/// # Errors
/// The first [`Incoherence`] found, in the order: sentences, event, person, pronouns, number of steps.
pub fn solve(question: &str) -> Result<Problem, Incoherence> {
    let sentences = GRAMMAR.read(question)?;
    let start = sentences.iter().flat_map(|(_, mentions)| &mentions.values).next();
    let start = start.ok_or(Incoherence::Opening)?;
    let mut day = NAMES
        .iter()
        .position(|name| name == start)
        .ok_or(Incoherence::Opening)?;
    let mut working = Vec::new();
    for days in sentences.iter().filter_map(days) {
        let step = Move::new(day, days);
        day = step.to();
        working.push(step.to_string());
    }
    if working.is_empty() {
        return Err(Incoherence::TooShort);
    }
    Ok(Problem {
        question: question.trim().to_owned(),
        working,
        answer: NAMES[day].to_owned(),
        last_said: (*start).to_owned(),
        quick: sentences.iter().any(|(effect, _)| matches!(effect, Effect::AskQuick)),
    })
}

/// By how many days the sentence moves the event.
fn days((effect, mentions): &(Effect, Mentions)) -> Option<i32> {
    let said = mentions.numbers.first().map(|number| *number as i32);
    match effect {
        Effect::Start | Effect::Ask | Effect::AskQuick => None,
        Effect::StartLater | Effect::Later => said,
        Effect::StartEarlier | Effect::Earlier => said.map(|days| -days),
        Effect::By(days) => Some(*days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coherent_question_is_solved() -> Result<(), Incoherence> {
        let problem = solve(
            "Mia plans the picnic 3 days after Tuesday. Rain delays the picnic by a day. She decides to hold the \
             picnic 12 days earlier at home. Which day is that?",
        )?;
        assert_eq!(
            problem.worked(),
            "Tuesday+3=Friday\nFriday+1=Saturday\nSaturday-12=Monday\n#### Monday"
        );
        assert_eq!(problem.last_said, "Tuesday");
        assert!(problem.quick);
        Ok(())
    }

    #[test]
    fn each_incoherence_is_named() {
        let cases = [
            (
                "Mia plans the picnic for Tuesday. Which day is that?",
                Incoherence::TooShort,
            ),
            (
                "Mia plans the picnic for 3. Snow delays the picnic by a day. Which day is that?",
                Incoherence::Opening,
            ),
            (
                "Mia plans the picnic for Tuesday. Snow delays the picnic by some days. Which day is that?",
                Incoherence::Change,
            ),
            (
                "Mia plans the picnic for Tuesday. Snow delays the picnic by a day. Which day?",
                Incoherence::Closing,
            ),
            (
                "Mia plans the picnic for Tuesday. Snow delays the race by a day. Which day is that?",
                Incoherence::Things,
            ),
            (
                "Mia plans the picnic for Tuesday. Tom moves the picnic 2 days later. Which day is that?",
                Incoherence::People,
            ),
            (
                "Mia plans the picnic for Tuesday. Later a friend begs him to wait 2 days. Which day is that?",
                Incoherence::Pronouns,
            ),
        ];
        for (question, expected) in cases {
            assert_eq!(solve(question).err(), Some(expected), "{question}");
        }
    }
}
