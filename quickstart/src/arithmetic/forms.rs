//! The sentence forms of the grammar: what a question can say, and what each sentence does to the count.
//!
//! Knows no numbers and no people: slots stand for them (see `story/template.rs`).

use super::lexicon::LEXICON;
use crate::story::grammar::{Form, Grammar, form};

/// All of it.
pub const GRAMMAR: Grammar<Effect> = Grammar {
    openings: OPENINGS,
    changes: CHANGES,
    closings: CLOSINGS,
    lexicon: LEXICON,
};

/// What a sentence does to the number of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Opening: the count is the number said.
    Start,
    /// Opening: the count is the sum of the two numbers said.
    StartSum,
    /// Opening: the count is the product of the two numbers said.
    StartProduct,
    /// The number said is added.
    Add,
    /// The number said is taken away.
    Subtract,
    /// The count is multiplied by this factor; no number is said.
    Times(u32),
    /// Closing: asks for the count in words that invite a worked solution.
    Ask,
    /// Closing: asks for the count in quick words, after which the warm-started policy tends to answer off-hand.
    AskQuick,
}

/// First sentences: they introduce the person and the object.
const OPENINGS: &[Form<Effect>] = &[
    form(Effect::Start, "{N} has {n} {o}."),
    form(Effect::Start, "{N} starts with {n} {o}."),
    form(Effect::Start, "{N} collected {n} {o} {t}."),
    form(Effect::Start, "{T}, {N} had {n} {o}."),
    form(Effect::Start, "{N} keeps {n} {o} {c}."),
    form(Effect::Start, "{N} brings {n} {o} to {f}."),
    form(Effect::Start, "{N} got {n} {o} from {f} {t}."),
    form(Effect::Start, "{F} hands {N} {n} {o} {c}."),
    form(Effect::StartSum, "{N} counts {n} red {o} and {n} blue {o}."),
    form(Effect::StartSum, "{N} has {n} old {o} and {n} new {o}."),
    form(Effect::StartProduct, "{N} packs {n} {g} with {n} {o} each."),
    form(Effect::StartProduct, "{N} makes {n} {g} of {n} {o}."),
];

/// Middle sentences: each changes the count once. Most name the person again, so that a small policy has to
/// copy the name often enough to learn it; pronouns stand for it in the others.
pub const CHANGES: &[Form<Effect>] = &[
    form(Effect::Add, "{N} buys {n} more {o} {p}."),
    form(Effect::Add, "{N} finds {n} {o} {p} {t}."),
    form(Effect::Add, "{F} gives {N} {n} {o}."),
    form(Effect::Add, "Then {N} gets {n} {o} from {f}."),
    form(Effect::Add, "{T} {N} wins {n} more {o}."),
    form(Effect::Add, "{He} adds {n} {o} {t}."),
    form(Effect::Add, "After that {N} picks up {n} more {o}."),
    form(Effect::Add, "Later {f} brings {him} {n} extra {o}."),
    form(Effect::Add, "{N} also makes {n} {o} {p}."),
    form(Effect::Subtract, "{N} loses {n} {o} {p}."),
    form(Effect::Subtract, "{N} gives {n} of {his} {o} to {f}."),
    form(Effect::Subtract, "Then {N} sells {n} {o} {p}."),
    form(Effect::Subtract, "{F} takes {n} of the {o} from {N} {t}."),
    form(Effect::Subtract, "{T} {N} breaks {n} of {his} {o}."),
    form(Effect::Subtract, "Sadly {n} of the {o} get lost {p}."),
    form(Effect::Subtract, "{He} throws away {n} {o}."),
    form(Effect::Subtract, "Later {N} hands {n} {o} to {f}."),
    form(Effect::Subtract, "After that {N} drops {n} {o} {p}."),
    form(Effect::Times(2), "Then the number of {o} doubles."),
    form(Effect::Times(2), "A week later {N} has twice as many {o}."),
    form(Effect::Times(3), "Then the number of {o} triples."),
    form(Effect::Times(3), "A week later {N} has three times as many {o}."),
];

/// Last sentences: they ask for the count.
pub const CLOSINGS: &[Form<Effect>] = &[
    form(Effect::AskQuick, "How many {o} are left?"),
    form(Effect::AskQuick, "How many {o} are there now?"),
    form(Effect::AskQuick, "What is the total number of {o}?"),
    form(Effect::AskQuick, "So how many {o} is that?"),
    form(Effect::Ask, "How many {o} does {N} have in the end?"),
    form(Effect::Ask, "How many {o} does {N} have now?"),
    form(Effect::Ask, "Find the number of {o} that {N} has."),
    form(Effect::Ask, "Work out how many {o} {he} keeps."),
];

#[cfg(test)]
mod tests {
    use serl_random::Stream32;

    use super::*;
    use crate::story::people::PEOPLE;
    use crate::story::template::Scene;

    #[test]
    fn reading_gives_back_what_was_filled_in_for_every_form() {
        let scene = Scene {
            person: PEOPLE[6],
            thing: "apples",
        };
        let mut draw = Stream32::new(1, 0);
        for form in GRAMMAR.forms() {
            let values = ["12", "7"].map(str::to_owned);
            let said = LEXICON.fill(form.template, &scene, &values, &mut draw);
            assert!(!said.contains(['{', '}']), "{said}");
            let mentions = LEXICON.read(form.template, &said).unwrap_or_default();
            assert_eq!(
                mentions.numbers,
                [12, 7][..form.template.matches("{n}").count()],
                "{said}"
            );
            assert!(mentions.people.iter().all(|person| *person == scene.person));
            assert!(mentions.things.iter().all(|thing| *thing == "apples"));
        }
    }

    #[test]
    fn every_slot_is_known() {
        for form in GRAMMAR.forms() {
            assert_eq!(LEXICON.unknown_slot(form.template), None, "{}", form.template);
        }
    }
}
