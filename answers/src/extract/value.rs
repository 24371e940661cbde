//! The value at the start of a text that an announcement introduced.

use std::borrow::Cow;

use super::found::Found;
use super::words::{WEIGHING, strip_any_word, strip_phrase, strip_word};
use super::{boxed, lead, math, notation, option, quantity, reason, sentence, tail, together};
use crate::budget::MAX_ANSWER_BYTES;

/// With more plain words than this, a text is a sentence about the answer rather than the answer.
const MAX_WORDS: usize = 12;

/// Text that ends a value without a full stop. Solutions that imitate Minerva close with it.
const CLOSING: &str = "I hope it is correct";

/// Words after "not" that say only that the options have no such answer: "not listed".
const MISSING: [&str; 11] = [
    "listed",
    "provided",
    "among the",
    "among these",
    "in the options",
    "in the choices",
    "in the list",
    "on the list",
    "one of the options",
    "one of the choices",
    "an option",
];

/// Words between a number with its unit and another number that is no part of the answer.
const ADJUNCTS: [&str; 8] = ["in", "for", "at", "on", "after", "over", "during", "with"];

/// Answers in one word that words about them may follow: "Yes, it is".
const VERDICTS: [&str; 4] = ["yes", "no", "true", "false"];

/// The value at the start of `rest`, announced at `at`: an option, formulas, or what the first sentence of the first
/// line that has one says.
pub(super) fn leading(at: usize, rest: &str) -> Option<Found<'_>> {
    let below = rest.trim_start_matches([' ', '*', '_', ':']).starts_with(['\n', '\r']);
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
    let item = rest
        .strip_prefix("- ")
        .or_else(|| rest.strip_prefix("• "))
        .filter(|_| below);
    let rest = item.unwrap_or(rest);
    let rest = lead::skip(&rest[..rest.floor_char_boundary(MAX_ANSWER_BYTES)]);
    let firm = |text| Some(Found { at, text, firm: true });
    if let Some(letter) = named_option(rest) {
        return firm(Cow::Borrowed(letter));
    }
    if let Some((environment, _)) = math::environment(rest) {
        return firm(Cow::Borrowed(environment));
    }
    if let Some((first, after)) = math::leading(rest) {
        return firm(formulas(first, after)?);
    }
    let line = rest.lines().next()?;
    let line = line.split(CLOSING).next().unwrap_or(line).trim_end();
    let text = match without_emphasis(line) {
        Cow::Borrowed(line) => said(sentence::first(line).0).map(|(text, firm)| (Cow::Borrowed(text), firm)),
        Cow::Owned(line) => said(sentence::first(&line).0).map(|(text, firm)| (Cow::Owned(text.to_owned()), firm)),
    };
    let (text, firm) = text?;
    Some(Found { at, text, firm })
}

/// The line without the stars of `**34** apples`; those of `x**2` stay.
fn without_emphasis(line: &str) -> Cow<'_, str> {
    let is_power = |at: usize| {
        let base = line[..at].ends_with(|c: char| c.is_alphanumeric() || c == ')');
        base && line[at + 2..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '(' | '-'))
    };
    let inner = line.trim_matches('*').contains("**");
    if !inner || line.match_indices("**").any(|(at, _)| is_power(at)) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(line.replace("**", ""))
}

/// What a sentence says, and whether that is an answer for certain.
pub(super) fn said(sentence: &str) -> Option<(&str, bool)> {
    let whole = plain(tail::cut(reason::cut(sentence)))?;
    if let Some(letter) = option::letter(whole) {
        let after = letter.after.trim_start_matches([',', ' ']);
        let marked = letter.marked && strip_any_word(after, &WEIGHING).is_some();
        if marked {
            return None;
        }
        if explains(letter) {
            return Some((letter.letter, true));
        }
        if letter.marked {
            return Some((whole, true));
        }
    }
    let seen = notation::read(whole);
    if seen.content && !seen.prose {
        let number = has_adjunct(whole).then(|| quantity::announced(whole)).flatten();
        return Some((number.unwrap_or(whole), true));
    }
    if let Some(value) = quantity::announced(whole) {
        return Some((value, true));
    }
    let words = whole.split_whitespace();
    let plain = words.filter(|word| word.chars().count() > 1 && word.chars().all(char::is_alphabetic));
    (plain.count() <= MAX_WORDS).then(|| (whole, is_name(whole)))
}

/// Whether a number with an adjunct, "34 apples in 5 boxes", only looks like a number with its unit.
fn has_adjunct(text: &str) -> bool {
    let counts = text
        .trim_start_matches(['$', '-'])
        .starts_with(|c: char| c.is_ascii_digit());
    let mut words = text.split(' ').skip_while(|word| !ADJUNCTS.contains(word));
    counts && words.any(|word| word.contains(|c: char| c.is_ascii_digit()))
}

/// Whether the text of an option or a condition follows a letter that is chosen: "D, Spanish club", "(J) if we round".
fn explains(letter: option::Letter<'_>) -> bool {
    let after = letter.after;
    let text = after.trim_start_matches([',', ' ']);
    if letter.marked && is_explained(letter.letter, text) {
        return true;
    }
    let listed = strip_any_word(text, &["and", "or"]).is_some() || option::letter(text).is_some();
    let named = after.starts_with(',') && text.starts_with(char::is_alphabetic);
    let run_on = text.starts_with(option::is_ideograph);
    !listed && (named || run_on)
}

/// Whether the text behind a marked letter says more about this option and names no other one: "(J) if we round",
/// "(J) (approximately)", "(J) and the cost is 5", "(J) and (J)".
fn is_explained(letter: &str, text: &str) -> bool {
    let others = text.split(' ').any(|word| {
        let found = option::letter(word).filter(|found| found.letter != letter && found.after.trim_end().is_empty());
        found.is_some_and(|found| found.marked || !matches!(found.letter, "A" | "I"))
    });
    let next = strip_any_word(text, &["and", "or"]).map(str::trim_start);
    let repeated = next
        .and_then(option::letter)
        .is_some_and(|found| found.letter == letter);
    let clause = next.is_some_and(|next| strip_any_word(next, &["the", "its", "their"]).is_some());
    let qualified = text.starts_with('(') || strip_any_word(text, &["if", "when", "unless", "for"]).is_some();
    let long = text.starts_with(char::is_alphabetic) && next.is_none() && text.split(' ').nth(MAX_WORDS).is_some();
    !others && (repeated || clause || qualified || long)
}

/// Whether a text without numbers looks like an answer rather than words about one: "Paris", "yes", "never" alone, but
/// not "reasonable because it is positive".
fn is_name(text: &str) -> bool {
    let first = text.chars().next().unwrap_or(' ');
    first.is_uppercase() || !first.is_ascii() || VERDICTS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// "option C", "choice (B)": the letter.
fn named_option(rest: &str) -> Option<&str> {
    let after = strip_any_word(rest, &["option", "choice"])?;
    Some(option::letter(after)?.letter)
}

/// The first formula, or all formulas of a sentence that lists nothing else: "$2$ and $3$."
fn formulas<'a>(first: &'a str, mut after: &'a str) -> Option<Cow<'a, str>> {
    let first = plain(first)?;
    let mut listed = vec![first];
    while let Some((formula, rest)) = next_formula(after) {
        listed.push(formula);
        after = rest;
    }
    let after = after.trim_start_matches([' ', '\t', '*', '_']);
    let ends = after.is_empty() || after.starts_with(['.', '\n', '\r', '。']) || reason::follows(after);
    Some(if ends {
        together::list(&listed)
    } else {
        Cow::Borrowed(first)
    })
}

/// Skips separators and one formula.
fn next_formula(text: &str) -> Option<(&str, &str)> {
    let mut text = together::separator(text.trim_start_matches(' '))?;
    loop {
        text = text.trim_start_matches(' ');
        match together::separator(text) {
            Some(after) => text = after,
            None => break,
        }
    }
    let (inside, after) = math::leading(text)?;
    Some((inside.trim(), after))
}

/// The text without surrounding marks, unless it is empty or a denial.
fn plain(text: &str) -> Option<&str> {
    let text =
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '`' | '"' | ',' | ';' | ':' | '，'));
    let text = bracketed_letter(text).unwrap_or(text);
    let empty = matches!(text, "$" | "$$" | "\\(" | "\\[" | "\\$")
        || text
            .chars()
            .all(|c| matches!(c, '.' | '…' | '_' | '-' | '?' | '*' | '(' | ')' | ' '));
    let blank = text.starts_with("\\boxed{") && boxed::find(text).is_none();
    (!empty && !blank && !denies(text)).then_some(text)
}

/// The letter of `[C]`, which is an option rather than a list.
fn bracketed_letter(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    matches!(inside.as_bytes(), [b'A'..=b'J']).then_some(inside)
}

/// "not 5" says what the answer is not, and "not listed" nothing; "not a function" is an answer.
fn denies(text: &str) -> bool {
    strip_word(text.trim_start_matches('('), "not").is_some_and(|denied| {
        let denied = denied.trim_start();
        let missing = MISSING.iter().any(|words| strip_phrase(denied, words).is_some());
        missing || denied.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '\\' | '-' | '('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_cut_from_what_follows() {
        let cases = [
            ("5. Then", Some("5")),
            ("5 I hope it is correct.", Some("5")),
            ("5. I hope it is correct.", Some("5")),
            ("therefore 5.", Some("5")),
            ("thus, simply $5$.", Some("5")),
            ("option C.", Some("C")),
            ("[C].", Some("C")),
            ("[5].", Some("[5]")),
            ("choice (B) of these", Some("B")),
            ("optional", Some("optional")),
            ("$2$ and $3$.", Some("2, 3")),
            ("$2$, $3$, and $4$", Some("2, 3, 4")),
            ("$2$ and $3$ differ", Some("2")),
            ("$2$ and $3$, since $5$ is odd.", Some("2, 3")),
            ("C because B is false.", Some("C")),
            ("7 (since 3+4=7)", Some("7")),
            ("$\\text{C because}$", Some("\\text{C because}")),
            ("$2$ and $2$.", Some("2")),
            ("$5$ cm", Some("5")),
            ("\n\n$$\nx = 5\n$$\n", Some("x = 5")),
            ("\n\\[\n\\frac{1}{2}\n\\]", Some("\\frac{1}{2}")),
            (
                "\\begin{pmatrix} 1 \\\\\n2 \\end{pmatrix}.",
                Some("\\begin{pmatrix} 1 \\\\\n2 \\end{pmatrix}"),
            ),
            ("5。好", Some("5")),
            ("not a function", Some("not a function")),
            ("not 5", None),
            ("not $5$", None),
            ("not listed", None),
            ("(not among the options)", None),
            ("(", None),
            ("( )", None),
            ("... B", Some("B")),
            ("(B) (approximately)", Some("B")),
            ("(B) for the photon, and undefined otherwise", Some("B")),
            ("(B) and the cost is $5", Some("B")),
            ("(B) and (B)", Some("B")),
            (
                "(B) for part 1 and (C) for part 2",
                Some("(B) for part 1 and (C) for part 2"),
            ),
            ("$$$$", None),
            ("$\\boxed{}$", None),
            ("$\\$5$.", Some("\\$5")),
            ("\\[\ncut off", None),
            ("**", None),
            (".", None),
            ("", None),
        ];
        for (rest, expected) in cases {
            let found = leading(0, rest).map(|found| found.text);
            assert_eq!(found.as_deref(), expected, "{rest:?}");
        }
    }
}
