//! Sampling of problems from the grammar.

use serl_random::Stream32;

use super::day::{Move, NAMES};
use super::forms::{Effect, GRAMMAR};
use super::lexicon::{EVENTS, LEXICON};
use crate::problem::Problem;
use crate::story::grammar::Form;
use crate::story::people::PEOPLE;
use crate::story::template::Scene;

/// Fewest days of a move that is said as a number, so that "days" is always right.
const FEWEST_DAYS: u32 = 2;
/// Most days of a move: less than a week. With up to 20, a policy of the size of the embedded one stayed at chance.
const MOST_DAYS: u32 = 6;

/// A sentence before its words are drawn, and by how many days it moves the event.
struct Said {
    form: Form<Effect>,
    days: Option<i32>,
}

/// A problem whose number of moves is drawn from `lengths` (each at least 1).
pub fn problem(draw: &mut Stream32, lengths: &[usize]) -> Problem {
    let moves = *draw.pick(lengths);
    loop {
        let opening = said(*draw.pick(GRAMMAR.openings), draw);
        let changes = moves - usize::from(opening.days.is_some());
        let mut forms: Vec<Form<Effect>> = Vec::new();
        while forms.len() < changes {
            let form = change(draw);
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        let mut story = vec![opening];
        story.extend(forms.into_iter().map(|form| said(form, draw)));
        // Two moves in a row that undo each other make a longer problem out of a shorter one.
        let days: Vec<i32> = story.iter().filter_map(|said| said.days).collect();
        if days.windows(2).all(|pair| pair[0] + pair[1] != 0) {
            return tell(&story, draw);
        }
    }
}

fn change(draw: &mut Stream32) -> Form<Effect> {
    let fixed = draw.chance(0.12);
    let later = draw.chance(0.5);
    let of_kind = |form: &&Form<Effect>| match form.effect {
        Effect::By(_) => fixed,
        Effect::Later => later && !fixed,
        _ => !later && !fixed,
    };
    let candidates: Vec<Form<Effect>> = GRAMMAR.changes.iter().filter(of_kind).copied().collect();
    *draw.pick(&candidates)
}

fn said(form: Form<Effect>, draw: &mut Stream32) -> Said {
    let number = draw.between(FEWEST_DAYS, MOST_DAYS) as i32;
    let days = match form.effect {
        Effect::StartLater | Effect::Later => Some(number),
        Effect::StartEarlier | Effect::Earlier => Some(-number),
        Effect::By(days) => Some(days),
        Effect::Start | Effect::Ask | Effect::AskQuick => None,
    };
    Said { form, days }
}

fn tell(story: &[Said], draw: &mut Stream32) -> Problem {
    let scene = Scene {
        person: *draw.pick(PEOPLE),
        thing: draw.pick::<&str>(EVENTS),
    };
    let closing = *draw.pick(GRAMMAR.closings);
    let start = draw.below(NAMES.len());
    let mut day = start;
    let mut working = Vec::new();
    let mut sentences = Vec::new();
    for said in story {
        let numbers = said.days.filter(|_| said.form.template.contains("{n}"));
        let values: Vec<String> = numbers
            .map(|days| days.abs().to_string())
            .into_iter()
            .chain([NAMES[start].to_owned()])
            .collect();
        sentences.push(LEXICON.fill(said.form.template, &scene, &values, draw));
        if let Some(days) = said.days {
            let step = Move::new(day, days);
            day = step.to();
            working.push(step.to_string());
        }
    }
    sentences.push(LEXICON.fill(closing.template, &scene, &[], draw));
    Problem {
        question: sentences.join(" "),
        working,
        answer: NAMES[day].to_owned(),
        last_said: NAMES[start].to_owned(),
        quick: closing.effect == Effect::AskQuick,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::check::solve;

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
    }
}
