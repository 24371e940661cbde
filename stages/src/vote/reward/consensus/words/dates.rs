//! Months and days.

use serl_answers::english::MONTHS;

use super::tokens::Token;

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The number of the month that a token names, in full or by its first three letters.
///
/// What could be another word, `may` or `march`, is a month with a capital only.
pub(super) fn month(token: &Token) -> Option<u8> {
    let other = ["may", "mar", "march", "dec", "sep", "jan"].contains(&token.word.as_str());
    named(&token.word).filter(|_| !other || token.is_capital())
}

/// Whether a number beside this word is a day.
pub(super) fn is_month(word: &str) -> bool {
    named(word).is_some()
}

fn named(word: &str) -> Option<u8> {
    let names = |month: &str| month == word || &month[..3] == word;
    let place = MONTHS.iter().position(|month| names(month));
    place
        .or_else(|| (word == "sept").then_some(8))
        .map(|place| place as u8 + 1)
}

/// Whether a word is a day of the week.
pub(super) fn is_weekday(word: &str) -> bool {
    DAYS.contains(&word)
}
