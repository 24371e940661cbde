//! Flaws of calendar questions.

use serl_random::Stream32;

use super::forms::GRAMMAR;
use super::lexicon::EVENTS;
use crate::domain::Flaw;
use crate::problem::Problem;
use crate::story::spoil;

/// The question with the flaw.
pub fn spoil(flaw: Flaw, problem: &Problem, draw: &mut Stream32) -> Option<String> {
    let question = &problem.question;
    match flaw {
        Flaw::Thing => spoil::thing(question, EVENTS, draw),
        Flaw::Person => spoil::person(question, draw),
        Flaw::Unsolvable => without_a_number(question, draw),
        Flaw::Closing => Some(spoil::closing(question, GRAMMAR.closings.first()?.template)),
    }
}

/// Says "some days" in place of a number of days.
fn without_a_number(question: &str, draw: &mut Stream32) -> Option<String> {
    let mut words: Vec<&str> = question.split(' ').collect();
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Vec<usize> = (0..words.len()).filter(|place| is_number(words[*place])).collect();
    if numbers.is_empty() {
        return None;
    }
    words[*draw.pick(&numbers)] = "some";
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::check::solve;
    use crate::calendar::generate::problem;
    use crate::story::grammar::Incoherence;

    proptest! {
        #[test]
        fn each_flaw_is_noticed_for_what_it_is(seed: u64) {
            let mut draw = Stream32::new(seed, 0);
            let made = problem(&mut draw, &[2, 3]);
            if let Some(question) = spoil(Flaw::Unsolvable, &made, &mut draw) {
                let reason = solve(&question).err();
                prop_assert!(matches!(reason, Some(Incoherence::Opening | Incoherence::Change)), "{}", question);
            }
            let closed = spoil(Flaw::Closing, &made, &mut draw).unwrap_or_default();
            let solved = solve(&closed);
            prop_assert_eq!(solved.map(|problem| problem.answer), Ok(made.answer));
            prop_assert!(closed.ends_with("Which day is that?"));
        }
    }
}
