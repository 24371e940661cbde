//! Which side an answer takes, and which words say the contrary of others.

use std::collections::BTreeSet;

use super::context::Context;
use super::tokens::Token;
use super::vocabulary::{is_negation, is_no, is_yes};

/// Beginnings of words that say the contrary of the rest.
const CONTRARY: [&str; 9] = ["un", "in", "im", "il", "ir", "non", "dis", "anti", "counter"];

/// Words at the beginning among which a side is taken.
const EARLY: usize = 4;

/// The side that the first word takes by itself.
pub(super) fn start(words: &[&Token]) -> Option<bool> {
    match words.first()?.word.as_str() {
        "yes" | "yeah" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

/// The side that an answer to a yes/no question takes by its words, of which `stems` are those that say something: `a
/// myth` says no, `It is safe` says yes to `Is it safe?`.
pub(super) fn side(
    words: &[&Token],
    stems: &BTreeSet<String>,
    negated: bool,
    claim: &BTreeSet<String>,
) -> Option<bool> {
    let first = &words.first()?.word;
    if words.iter().take(EARLY).any(|token| is_no(&token.word)) {
        return Some(false);
    }
    if is_yes(first) {
        return Some(true);
    }
    if is_negation(first) {
        return Some(false);
    }
    (!stems.is_disjoint(claim)).then_some(!negated)
}

/// The word of which this one says the contrary, if the group has that word: `safe` of `unsafe`.
pub(super) fn contrary(word: &str, context: &Context<'_>) -> Option<String> {
    let rest = CONTRARY.iter().filter_map(|prefix| word.strip_prefix(prefix));
    let long = rest.filter(|rest| rest.chars().count() >= 4);
    let without = word.strip_suffix("less").filter(|rest| rest.chars().count() > 2);
    let forms = without
        .into_iter()
        .flat_map(|rest| ["ful", "", "s"].map(|end| format!("{rest}{end}")));
    long.map(str::to_owned).chain(forms).find(|form| context.knows(form))
}
