//! Announcements in other languages: 答案是 34, "La respuesta es (B)", 정답은 B입니다.
//!
//! Knows the grammar that they share — a word for "answer", a joint, a value —, and not the words: `table` has these.

mod number;
mod table;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use self::number::{listed, with_point};
use self::table::{LANGUAGES, Language};
use super::found::Found;
use super::words::strip_word;
use super::{math, option, sentence, value};

/// Marks that join a noun to its value.
const MARKS: [&str; 11] = [":", "：", "=", "】", "]", "—", "–", "->", "→", "**:", "**："];

/// Ends of sentences that deny: "答えはBではない".
const DENYING: [&str; 10] = [
    "ではない",
    "ではありません",
    "じゃない",
    "가 아닙니다",
    "이 아닙니다",
    "가 아니다",
    "이 아니다",
    "değil",
    "değildir",
    "नहीं है",
];

/// Layout between words.
const LAYOUT: [char; 10] = [' ', '\t', '*', '_', '"', '“', '”', '「', '`', '\u{a0}'];

/// A word of a language, and the language.
type Start = (&'static str, &'static Language);

/// The words that may start an announcement, by their first letter: one list per ASCII letter, the others by letter.
struct Starts {
    ascii: [Vec<Start>; 128],
    others: HashMap<char, Vec<Start>>,
}

static STARTS: LazyLock<Starts> = LazyLock::new(|| {
    let mut starts = Starts {
        ascii: std::array::from_fn(|_| Vec::new()),
        others: HashMap::new(),
    };
    for language in &LANGUAGES {
        for word in [language.nouns, language.choosing, language.options].concat() {
            let first = word.chars().next().unwrap_or_default();
            match starts.ascii.get_mut(first as usize) {
                Some(list) => list.push((word, language)),
                None => starts.others.entry(first).or_default().push((word, language)),
            }
        }
    }
    starts
});

impl Starts {
    fn of(&self, first: char) -> &[Start] {
        let lower = match first.is_ascii() {
            true => first.to_ascii_lowercase(),
            false => first.to_lowercase().next().unwrap_or(first),
        };
        let list = self.ascii.get(lower as usize).or_else(|| self.others.get(&lower));
        list.map_or(&[], Vec::as_slice)
    }
}

/// An announcement, of which the value is not read yet, and where it starts.
pub(super) enum Announcement<'a> {
    /// The value is at the start of this text.
    Value(usize, &'static Language, &'a str),
    /// A letter that is chosen.
    Letter(Found<'a>),
}

impl<'a> Announcement<'a> {
    pub(super) fn at(&self) -> usize {
        match self {
            Self::Value(at, ..) => *at,
            Self::Letter(found) => found.at,
        }
    }

    /// The announced value.
    pub(super) fn read(self) -> Option<Found<'a>> {
        match self {
            Self::Value(at, language, rest) => valued(language, at, rest),
            Self::Letter(found) => Some(found),
        }
    }
}

/// The announcements in `text` from byte `from` on, in order.
pub(super) fn announcements(text: &str, from: usize) -> impl Iterator<Item = Announcement<'_>> {
    let from = text.ceil_char_boundary(from);
    let mut before = text[..from].chars().next_back().unwrap_or(' ');
    text[from..].char_indices().filter_map(move |(at, c)| {
        let within = c.is_ascii() && before.is_ascii_alphanumeric();
        before = c;
        if within || !c.is_alphabetic() {
            return None;
        }
        let at = from + at;
        let starts = STARTS
            .of(c)
            .iter()
            .filter(|(word, _)| strip(&text[at..], word).is_some());
        starts
            .map(|(_, language)| *language)
            .find_map(|language| announced(language, text, at))
    })
}

fn announced<'a>(language: &'static Language, text: &'a str, at: usize) -> Option<Announcement<'a>> {
    let noun = strip_any(&text[at..], language.nouns);
    match noun.and_then(|rest| after_noun(language, rest)) {
        Some(rest) => Some(Announcement::Value(at, language, rest)),
        None => chosen(language, text, at)
            .or_else(|| correct(language, text, at))
            .map(Announcement::Letter),
    }
}

/// Skips `word` at the start of `text` in any case, unless a longer word in Latin letters starts there.
fn strip<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    if word.is_ascii() {
        return strip_word(text, word);
    }
    let mut rest = text.chars();
    for expected in word.chars() {
        let c = rest.next()?;
        if c != expected && !c.to_lowercase().eq(std::iter::once(expected)) {
            return None;
        }
    }
    let rest = rest.as_str();
    let alphabet = word.ends_with(|c: char| c.is_alphabetic() && !option::is_ideograph(c));
    let goes_on = rest.starts_with(|c: char| c.is_alphabetic() && !option::is_ideograph(c));
    (!(alphabet && goes_on)).then_some(rest)
}

fn strip_any<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| strip(text, word))
}

fn undecorated(text: &str) -> &str {
    text.trim_start_matches(LAYOUT)
}

/// What follows the noun, its attributes and its joint.
fn after_noun<'a>(language: &Language, rest: &'a str) -> Option<&'a str> {
    let mut rest = undecorated(rest);
    while let Some(after) = strip_any(rest, language.attributes) {
        rest = undecorated(after);
    }
    let mark = MARKS.iter().find_map(|mark| rest.strip_prefix(mark));
    let joined = mark.or_else(|| strip_any(rest, language.joints));
    let direct = || {
        let starts = rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '\\' | '(' | '-'));
        let value = language.verb_last && (starts || option::letter(rest).is_some());
        value.then_some(rest)
    };
    let mut rest = undecorated(joined.or_else(direct)?);
    // "答案是：", "【答案】:"
    while let Some(after) = MARKS.iter().find_map(|mark| rest.strip_prefix(mark)) {
        rest = undecorated(after);
    }
    Some(rest)
}

/// The value at the start of `rest`.
fn valued<'a>(language: &Language, at: usize, rest: &'a str) -> Option<Found<'a>> {
    let mut rest = undecorated(rest);
    if let Some(after) = strip_any(rest, language.options)
        && let Some(found) = option::letter(undecorated(after))
    {
        return Some(letter(at, found.letter));
    }
    if let Some(after) = strip_any(rest, language.options)
        && let Some(found) = small_letter(at, undecorated(after))
    {
        return Some(found);
    }
    if math::leading(rest.trim_start()).is_some() || rest.starts_with(['\n', '\r']) {
        rest = rest.trim_start();
        return value::leading(at, rest);
    }
    let line = rest.lines().next()?;
    let sentence = sentence::first(line).0;
    if DENYING.iter().any(|denial| sentence.ends_with(denial)) {
        return None;
    }
    let text = without_endings(language, sentence);
    if let Some(found) = option::letter(text)
        && !is_weighed(found.after)
    {
        return Some(letter(at, found.letter));
    }
    let found = value::leading(at, text)?;
    let text = match language.comma {
        true => listed(&found.text).map_or_else(|| with_point(found.text), Cow::Owned),
        false => found.text,
    };
    Some(Found { text, ..found })
}

fn letter(at: usize, letter: &str) -> Found<'_> {
    Found {
        at,
        text: Cow::Borrowed(letter),
        firm: true,
    }
}

/// `b)` behind a word for "option", with parentheses on both sides, without which it is a variable.
fn small_letter(at: usize, text: &str) -> Option<Found<'_>> {
    let [small @ b'a'..=b'j', b')', rest @ ..] = text.trim_start_matches('(').as_bytes() else {
        return None;
    };
    let ends = !rest.first().is_some_and(u8::is_ascii_alphanumeric);
    ends.then(|| Found {
        at,
        text: Cow::Owned(format!("({})", char::from(*small))),
        firm: true,
    })
}

/// Whether more than the text of the option or a reason follows a letter, such as another letter.
fn is_weighed(after: &str) -> bool {
    let rest = after.trim_start_matches([' ', ',', '、', '和', '或']);
    option::letter(rest).is_some() || rest.starts_with(['=', '+', '>', '<'])
}

fn without_endings<'a>(language: &Language, text: &'a str) -> &'a str {
    let mut text = text.trim_end_matches(LAYOUT);
    while let Some(rest) = language.endings.iter().find_map(|ending| text.strip_suffix(ending)) {
        text = rest.trim_end_matches(LAYOUT);
    }
    text
}

/// The letter behind a verb of choosing: 故选 B.
fn chosen<'a>(language: &Language, text: &'a str, at: usize) -> Option<Found<'a>> {
    let rest = strip_any(&text[at..], language.choosing)?;
    let rest = undecorated(rest).trim_start_matches([':', '：', ' ']);
    let rest = strip_any(rest, language.options).unwrap_or(rest);
    let found = option::letter(undecorated(rest))?;
    let ends = found.after.trim_start_matches(' ');
    let ends = strip_any(ends, &["选项", "選項", "项", "項"]).unwrap_or(ends);
    let alone = ends.is_empty() || ends.starts_with(|c: char| !c.is_alphanumeric());
    (alone && !is_weighed(found.after)).then(|| letter(at, found.letter))
}

/// The letter of a correct option: "la opción correcta es B", 选项B正确.
fn correct<'a>(language: &Language, text: &'a str, at: usize) -> Option<Found<'a>> {
    let rest = strip_any(&text[at..], language.options)?;
    if let Some(found) = named_before(language, &text[..at], rest) {
        return Some(found);
    }
    let before = &text[text.floor_char_boundary(at.saturating_sub(MAX_CORRECT))..at];
    let mut said = language
        .correct
        .iter()
        .any(|word| before.to_lowercase().trim_end().ends_with(word));
    let mut rest = undecorated(rest);
    while let Some(after) = strip_any(rest, language.correct) {
        (rest, said) = (undecorated(after), true);
    }
    let mark = MARKS.iter().find_map(|mark| rest.strip_prefix(mark));
    let joined = mark.or_else(|| strip_any(rest, language.joints));
    let rest = undecorated(joined.unwrap_or(rest));
    // "A alternativa correta é a letra B"
    let named = strip_any(rest, language.options)
        .filter(|_| joined.is_some())
        .map(undecorated);
    let found = named.and_then(option::letter).or_else(|| option::letter(rest))?;
    let verdict = strip_any(found.after.trim_start(), language.correct).is_some();
    let direct = joined.is_some() || language.verb_last;
    ((said && direct) || verdict)
        .then(|| letter(at, found.letter))
        .filter(|_| !is_weighed(found.after))
}

/// The letter of B选项正确.
fn named_before<'a>(language: &Language, before: &'a str, rest: &str) -> Option<Found<'a>> {
    let at = before.len().checked_sub(1)?;
    let named = language.verb_last && matches!(before.as_bytes()[at], b'A'..=b'J');
    let apart = !before[..at.min(before.floor_char_boundary(at))].ends_with(|c: char| c.is_ascii_alphanumeric());
    let correct = strip_any(rest, language.correct)?;
    let ends = !correct.starts_with(|c: char| c.is_alphanumeric());
    (named && apart && ends).then(|| letter(at, &before[at..]))
}

/// How many bytes before an option to look for a word that says it is correct.
const MAX_CORRECT: usize = 32;

#[cfg(test)]
mod tests;
