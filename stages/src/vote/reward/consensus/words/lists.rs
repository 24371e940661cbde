//! Answers that list things.

use std::collections::BTreeSet;

use super::context::Context;
use super::tokens::Piece;
use super::vocabulary::is_content;

/// The stems of `red and green` or `red, green and blue`: things of one word each, joined by the first `and` or `&`.
/// None: the answer is no such list.
pub(super) fn list(core: &[Piece], context: &Context<'_>) -> Option<BTreeSet<String>> {
    let joint = core
        .iter()
        .position(|piece| piece.word().is_some_and(|word| ["and", "&"].contains(&word)))?;
    let before = core[..joint].strip_suffix(&[Piece::Comma]).unwrap_or(&core[..joint]);
    let items = before.split(|piece| *piece == Piece::Comma).chain([&core[joint + 1..]]);
    let stems = |item: &[Piece]| -> BTreeSet<String> {
        let words = item.iter().filter_map(Piece::word).filter(|word| is_content(word));
        words
            .map(|word| context.stem(word))
            .filter(|stem| !context.asks(stem))
            .collect()
    };
    let items: Vec<BTreeSet<String>> = items.map(stems).collect();
    let single = items.iter().all(|item| item.len() == 1);
    single.then(|| items.into_iter().flatten().collect())
}

/// Whether one answer is a list and the other, of the stems `said`, another or a part of it.
pub(super) fn differ(list: &BTreeSet<String>, other: Option<&BTreeSet<String>>, said: &BTreeSet<String>) -> bool {
    match other {
        Some(other) => list != other,
        None => !said.is_empty() && said.len() < list.len() && said.is_subset(list),
    }
}
