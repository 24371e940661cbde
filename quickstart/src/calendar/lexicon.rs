//! The words of the domain: events, places and reasons.

use super::day::NAMES;
use crate::story::people::OTHERS;
use crate::story::template::Lexicon;

/// What fills the slots of the sentence forms.
pub const LEXICON: Lexicon = Lexicon {
    things: EVENTS,
    values: NAMES,
    phrases: &[("p", PLACES), ("r", REASONS), ("f", OTHERS)],
};

/// Everything that can be planned.
pub const EVENTS: &[&str] = &[
    "picnic", "party", "concert", "wedding", "race", "dinner", "match", "play", "trip", "sale", "lesson", "meeting",
];

/// Where it is held.
const PLACES: &[&str] = &[
    "at school",
    "at home",
    "in the park",
    "at the beach",
    "in the garden",
    "at the hall",
    "in the village",
    "by the lake",
];

/// Why it is moved.
const REASONS: &[&str] = &["rain", "a storm", "snow", "a strike", "the heat", "a cold"];
