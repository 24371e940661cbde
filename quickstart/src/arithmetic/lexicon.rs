//! The words of the domain: objects and the phrases that fill a sentence form.
//!
//! Knows no sentence and no arithmetic.

use crate::story::people::OTHERS;
use crate::story::template::Lexicon;

/// What fills the slots of the sentence forms.
pub const LEXICON: Lexicon = Lexicon {
    things: OBJECTS,
    values: &[],
    phrases: &[
        ("t", TIMES),
        ("p", PLACES),
        ("c", CONTAINERS),
        ("g", GROUPS),
        ("f", OTHERS),
    ],
};

/// Everything a question can count.
pub const OBJECTS: &[&str] = &[
    "apples", "pens", "books", "coins", "cards", "shells", "eggs", "toys", "stamps", "balls", "cups", "keys",
];

/// When something happens.
const TIMES: &[&str] = &[
    "on Monday",
    "on Friday",
    "last week",
    "this morning",
    "after lunch",
    "in the summer",
    "at noon",
    "yesterday",
];

/// Where something happens.
const PLACES: &[&str] = &[
    "at the market",
    "at the fair",
    "in the park",
    "at school",
    "at the beach",
    "on the bus",
    "in the garden",
    "at home",
];

/// What the objects lie in.
const CONTAINERS: &[&str] = &["in a box", "in a bag", "in a jar", "in a basket"];

/// What equal groups of objects are put into.
const GROUPS: &[&str] = &["boxes", "bags", "rows", "piles"];
