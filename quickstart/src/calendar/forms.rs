//! The sentence forms of the grammar: what a question can say, and what each sentence does to the day.
//!
//! Knows no days and no people: slots stand for them (see `story/template.rs`).

use super::lexicon::LEXICON;
use crate::story::grammar::{Form, Grammar, form};

/// What a sentence does to the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Opening: it is the day said.
    Start,
    /// Opening: it is the number of days said after the day said.
    StartLater,
    /// Opening: it is the number of days said before the day said.
    StartEarlier,
    /// It moves to a later day, by the number said.
    Later,
    /// It moves to an earlier day, by the number said.
    Earlier,
    /// It moves by this many days; no number is said.
    By(i32),
    /// Closing: asks for the day in words that invite a worked solution.
    Ask,
    /// Closing: asks for the day in quick words, after which a policy may be taught to answer off-hand.
    AskQuick,
}

/// All of it.
pub const GRAMMAR: Grammar<Effect> = Grammar {
    openings: OPENINGS,
    changes: CHANGES,
    closings: CLOSINGS,
    lexicon: LEXICON,
};

const OPENINGS: &[Form<Effect>] = &[
    form(Effect::Start, "{N} plans the {o} for {d}."),
    form(Effect::Start, "{N} wants to hold the {o} on {d} {p}."),
    form(Effect::Start, "The {o} that {N} plans is on {d}."),
    form(Effect::Start, "At first {N} sets the {o} for {d}."),
    form(Effect::Start, "{N} invites {f} to the {o} on {d}."),
    form(Effect::Start, "{F} and {N} agree on {d} for the {o}."),
    form(Effect::Start, "The {o} of {N} {p} should be on {d}."),
    form(Effect::StartLater, "{N} plans the {o} {n} days after {d}."),
    form(Effect::StartLater, "{N} holds the {o} {p} {n} days after {d}."),
    form(Effect::StartEarlier, "{N} wants the {o} {n} days before {d}."),
    form(Effect::StartEarlier, "The {o} of {N} is {n} days before {d}."),
];

const CHANGES: &[Form<Effect>] = &[
    form(Effect::Later, "{N} moves the {o} {n} days later."),
    form(Effect::Later, "Because of {r} the {o} slips by {n} days."),
    form(Effect::Later, "{F} asks {N} to wait {n} days more."),
    form(Effect::Later, "Then {N} puts the {o} off by {n} days."),
    form(Effect::Later, "{R} delays the {o} by {n} days."),
    form(Effect::Later, "{He} needs {n} extra days for the {o} {p}."),
    form(Effect::Later, "Later {f} begs {him} to wait {n} days."),
    form(Effect::Later, "After that {N} delays {his} plans by {n} days."),
    form(Effect::Earlier, "{N} brings the {o} forward by {n} days."),
    form(Effect::Earlier, "Then the {o} moves {n} days earlier."),
    form(Effect::Earlier, "{F} asks {N} to come {n} days sooner."),
    form(Effect::Earlier, "{He} decides to hold the {o} {n} days earlier {p}."),
    form(Effect::Earlier, "Because of {r} {N} makes it {n} days sooner."),
    form(Effect::Earlier, "Thanks to {f} the {o} can be {n} days earlier."),
    form(Effect::Earlier, "Later {f} tells {him} to hurry by {n} days."),
    form(Effect::By(7), "Then {N} puts the {o} off by a week."),
    form(Effect::By(1), "{R} delays the {o} by a day."),
    form(Effect::By(-1), "Then the {o} moves to the day before."),
];

const CLOSINGS: &[Form<Effect>] = &[
    form(Effect::AskQuick, "Which day is that?"),
    form(Effect::AskQuick, "So what day is the {o}?"),
    form(Effect::AskQuick, "On which day does the {o} fall?"),
    form(Effect::AskQuick, "What is the day of the {o}?"),
    form(Effect::Ask, "On which day is the {o} of {N} in the end?"),
    form(Effect::Ask, "On which day does {N} hold the {o}?"),
    form(Effect::Ask, "Find the day on which {N} holds the {o}."),
    form(Effect::Ask, "Work out on which day {he} holds the {o}."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_known() {
        for form in GRAMMAR.forms() {
            assert_eq!(LEXICON.unknown_slot(form.template), None, "{}", form.template);
        }
    }
}
