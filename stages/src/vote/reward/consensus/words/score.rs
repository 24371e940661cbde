//! How alike two answers are.

use super::answer::Answer;
use super::context::Context;
use super::lists::differ;

/// Tversky's weights (1977, Features of similarity), made symmetric as by Jimenez et al. (2013, SOFTCARDINALITY-CORE):
/// of the words that one answer alone has, those of the answer with fewer count most, so that the other may say more.
const FEWER: f64 = 0.5;
const MORE: f64 = 0.05;

/// The worth of a word that one of the answers only adds, and of an initial.
const ADDED: f64 = 0.5;

/// Letters at the beginning that two names share if they are forms of one: Netherlands, Netherlandish.
const SAME_NAME: usize = 5;

/// The likeness of two answers to one instruction, within 0..=1: symmetric, and 1 for equal ones.
pub(super) fn likeness(a: &Answer, b: &Answer, context: &Context<'_>) -> f64 {
    match (a.side, b.side) {
        (Some(a), Some(b)) if a != b => return 0.0,
        (Some(_), Some(_)) if context.claim().is_some() => return 1.0,
        (None, None) if a.negated != b.negated => return 0.0,
        _ => {}
    }
    let Some(figures) = a.figures.common(&b.figures, a.estimated || b.estimated) else {
        return 0.0;
    };
    let empty = |answer: &Answer| answer.said.is_empty() && answer.figures.is_empty();
    if empty(a) || empty(b) {
        let agree = a.side.is_some() && a.side == b.side;
        return f64::from(u8::from(agree || (empty(a) && empty(b))));
    }
    let (only_a, only_b) = (Only::of(a, b), Only::of(b, a));
    let renamed = !only_a.names.is_empty() && !only_b.names.is_empty() && !forms(&only_a.names, &only_b.names);
    let listed = |a: &Answer, b: &Answer| {
        a.list
            .as_ref()
            .is_some_and(|list| differ(list, b.list.as_ref(), &b.said))
    };
    if renamed || listed(a, b) || listed(b, a) {
        return 0.0;
    }
    let whole = a.said.intersection(&b.said).count() + figures;
    let common = whole as f64 + ADDED * (only_a.matched + only_b.matched) as f64;
    if common == 0.0 {
        return 0.0;
    }
    let missing =
        |only: &Only<'_>, answer: &Answer| only.words + usize::from(figures == 0 && !answer.figures.is_empty());
    let (x, y) = (missing(&only_a, a), missing(&only_b, b));
    common / (common + FEWER * x.min(y) as f64 + MORE * x.max(y) as f64)
}

/// What one answer says and the other does not.
struct Only<'a> {
    /// How many words, without those that are matched.
    words: usize,
    /// The names among them.
    names: Vec<&'a str>,
    /// How many words are among the additions or initials of the other.
    matched: usize,
}

impl<'a> Only<'a> {
    fn of(a: &'a Answer, b: &Answer) -> Self {
        let initial = |stem: &String| stem.chars().next().is_some_and(|first| b.initials.contains(&first));
        let alone = a.said.iter().filter(|&stem| !b.said.contains(stem));
        let (matched, words): (Vec<&String>, Vec<&String>) =
            alone.partition(|&stem| b.added.contains(stem) || initial(stem));
        Self {
            words: words.len(),
            names: words
                .into_iter()
                .filter(|&stem| a.names.contains(stem))
                .map(String::as_str)
                .collect(),
            matched: matched.len(),
        }
    }
}

/// Whether one of the names is another form of one of the others.
fn forms(names: &[&str], others: &[&str]) -> bool {
    let shared = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    names.iter().any(|a| others.iter().any(|b| shared(a, b) >= SAME_NAME))
}
