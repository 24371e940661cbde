//! Flaws of arithmetic questions.

use serl_random::Stream32;

use super::forms::GRAMMAR;
use super::lexicon::{LEXICON, OBJECTS};
use crate::domain::Flaw;
use crate::problem::Problem;
use crate::story::spoil;
use crate::story::template::Scene;

/// Takes away more than there is: the count falls below zero.
const NEGATIVE: &str = "Then {N} sells {n} {o} {p}.";
/// Halves an odd count: no whole number of objects is left.
const FRACTIONAL: &str = "Then the number of {o} halves.";

/// The question with the flaw.
pub fn spoil(flaw: Flaw, problem: &Problem, draw: &mut Stream32) -> Option<String> {
    let question = &problem.question;
    match flaw {
        Flaw::Thing => spoil::thing(question, OBJECTS, draw),
        Flaw::Person => spoil::person(question, draw),
        Flaw::Unsolvable => {
            let count: u32 = problem.answer.parse().ok()?;
            let sentence = match count % 2 == 1 && draw.chance(0.5) {
                true => FRACTIONAL,
                false => NEGATIVE,
            };
            let number = (count + draw.between(1, 9)).to_string();
            let said = LEXICON.fill(sentence, &scene(question)?, &[number], draw);
            Some(spoil::insert(question, &said))
        }
        Flaw::Closing => {
            let first = GRAMMAR.closings.first()?;
            let said = LEXICON.fill(first.template, &scene(question)?, &[], draw);
            Some(spoil::closing(question, &said))
        }
    }
}

fn scene(question: &str) -> Option<Scene> {
    let (_, mentions) = GRAMMAR.read(question).ok()?.into_iter().next()?;
    Some(Scene {
        person: *mentions.people.first()?,
        thing: mentions.things.first()?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::arithmetic::check::solve;
    use crate::arithmetic::generate::problem;
    use crate::story::grammar::Incoherence;

    proptest! {
        #[test]
        fn each_flaw_is_noticed_for_what_it_is(seed: u64) {
            let mut draw = Stream32::new(seed, 0);
            let made = problem(&mut draw, &[1, 2, 3]);
            let mut reason = |flaw| spoil(flaw, &made, &mut draw).map(|question| solve(&question).err());
            prop_assert_eq!(reason(Flaw::Thing), Some(Some(Incoherence::Things)));
            let unsolvable = reason(Flaw::Unsolvable).flatten();
            prop_assert!(matches!(unsolvable, Some(Incoherence::Range | Incoherence::Change)), "{:?}", unsolvable);
            prop_assert_eq!(reason(Flaw::Closing), Some(None));
        }
    }

    #[test]
    fn the_two_ways_of_being_unsolvable_both_occur() {
        let made = solve("Mia has 12 apples. She throws away 7 apples. How many apples are left?");
        let spoilt: Vec<String> = (0..20)
            .filter_map(|seed| spoil(Flaw::Unsolvable, made.as_ref().ok()?, &mut Stream32::new(seed, 0)))
            .collect();
        assert!(spoilt.iter().any(|question| question.contains("halves")), "{spoilt:?}");
        assert!(
            spoilt.iter().any(|question| question.contains("Then Mia sells")),
            "{spoilt:?}"
        );
    }
}
