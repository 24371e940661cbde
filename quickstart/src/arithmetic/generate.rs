//! Sampling of problems from the grammar.
//!
//! Knows neither splits nor documents. Numbers are drawn so that a question that merely follows the same
//! distribution seldom leaves the range: starts of at least 9, at most 9 added or taken at a time.

use serl_random::Stream32;

use super::equation::{Equation, Operation};
use super::forms::{Effect, GRAMMAR};
use super::lexicon::{LEXICON, OBJECTS};
use crate::problem::Problem;
use crate::story::grammar::Form;
use crate::story::people::PEOPLE;
use crate::story::template::Scene;

/// Values above this are not multiplied by two; above two thirds of it not by three.
const LARGEST_DOUBLED: u32 = 24;
/// Values above this are not added to.
const LARGEST_ADDED_TO: u32 = 51;

/// A problem whose number of operations is drawn from `lengths` (each at least 1).
pub fn problem(draw: &mut Stream32, lengths: &[usize]) -> Problem {
    let operations = *draw.pick(lengths);
    loop {
        if let Some(problem) = attempt(draw, operations) {
            return problem;
        }
    }
}

/// A sentence with its effect, before its words are drawn.
struct Said {
    form: Form<Effect>,
    numbers: Vec<u32>,
}

fn attempt(draw: &mut Stream32, operations: usize) -> Option<Problem> {
    let (opening, mut value, mut chain) = opening(draw)?;
    let mut said = vec![opening];
    while chain.len() < operations {
        let (change, equation) = change(draw, value, &said)?;
        value = equation.result();
        said.push(change);
        chain.push(equation);
    }
    if chain.len() != operations {
        return None;
    }
    let form = *draw.pick(GRAMMAR.closings);
    said.push(Said {
        form,
        numbers: Vec::new(),
    });
    let scene = Scene {
        person: *draw.pick(PEOPLE),
        thing: draw.pick::<&str>(OBJECTS),
    };
    let mut fill = |said: &Said| {
        let numbers: Vec<String> = said.numbers.iter().map(u32::to_string).collect();
        LEXICON.fill(said.form.template, &scene, &numbers, draw)
    };
    let sentences: Vec<String> = said.iter().map(&mut fill).collect();
    let last = said.iter().flat_map(|said| &said.numbers).last();
    Some(Problem {
        question: sentences.join(" "),
        working: chain.iter().map(ToString::to_string).collect(),
        answer: value.to_string(),
        last_said: last.map(u32::to_string).unwrap_or_default(),
        quick: form.effect == Effect::AskQuick,
    })
}

fn opening(draw: &mut Stream32) -> Option<(Said, u32, Vec<Equation>)> {
    let form = *draw.pick(GRAMMAR.openings);
    let (numbers, operation) = match form.effect {
        Effect::StartSum => (vec![draw.between(5, 14), draw.between(5, 14)], Operation::Add),
        Effect::StartProduct => (vec![draw.between(3, 6), draw.between(3, 6)], Operation::Multiply),
        _ => {
            let start = draw.between(10, 25);
            let numbers = vec![start];
            return Some((Said { form, numbers }, start, Vec::new()));
        }
    };
    let equation = Equation::new(numbers[0], operation, numbers[1])?;
    Some((Said { form, numbers }, equation.result(), vec![equation]))
}

/// A change of the value by a form not used yet, or `None` when the drawn one does not fit.
fn change(draw: &mut Stream32, value: u32, said: &[Said]) -> Option<(Said, Equation)> {
    let multiply = draw.chance(0.14);
    let add = draw.chance(0.5);
    let of_kind = |form: &&Form<Effect>| match form.effect {
        Effect::Times(_) => multiply,
        Effect::Add => add && !multiply,
        Effect::Subtract => !add && !multiply,
        _ => false,
    };
    let candidates: Vec<Form<Effect>> = GRAMMAR.changes.iter().filter(of_kind).copied().collect();
    let form = *draw.pick(&candidates);
    let repeated = said.iter().any(|earlier| match form.effect {
        Effect::Times(_) => matches!(earlier.form.effect, Effect::Times(_)),
        _ => earlier.form == form,
    });
    if repeated {
        return None;
    }
    let amount = draw.between(2, 9);
    let (numbers, operation, right) = match form.effect {
        Effect::Add if value <= LARGEST_ADDED_TO => (vec![amount], Operation::Add, amount),
        Effect::Subtract if value > amount => (vec![amount], Operation::Subtract, amount),
        Effect::Times(factor) if value * factor <= 2 * LARGEST_DOUBLED => (Vec::new(), Operation::Multiply, factor),
        _ => return None,
    };
    let equation = Equation::new(value, operation, right)?;
    Some((Said { form, numbers }, equation))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::arithmetic::check::solve;

    proptest! {
        #[test]
        fn every_problem_is_coherent_and_solved(seed: u64) {
            let mut draw = Stream32::new(seed, 0);
            for length in 1..=3 {
                let made = problem(&mut draw, &[length]);
                prop_assert_eq!(made.working.len(), length);
                prop_assert_eq!(solve(&made.question), Ok(made));
            }
        }

        #[test]
        fn changing_one_word_of_the_scene_is_noticed(seed: u64) {
            let made = problem(&mut Stream32::new(seed, 1), &[1, 2, 3]);
            let object = OBJECTS.iter().find(|object| made.question.contains(*object));
            let Some(object) = object else { return Err(TestCaseError::fail("no object")) };
            let other = OBJECTS.iter().find(|other| *other != object).copied().unwrap_or_default();
            prop_assert!(solve(&made.question.replacen(object, other, 1)).is_err());
        }
    }
}
