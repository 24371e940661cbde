//! The value at the start of a text that an announcement introduced.

use std::borrow::Cow;

use super::explained::{contrasted, denies, explains};
use super::found::Found;
use super::words::{WEIGHING, strip_any_word};
use super::{blank, lead, math, notation, option, quantity, reason, sentence, tail, together};
use crate::budget::MAX_ANSWER_BYTES;

/// With more plain words than this, a text is a sentence about the answer rather than the answer.
const MAX_WORDS: usize = 12;

/// Text that ends a value without a full stop. Solutions that imitate Minerva close with it.
const CLOSING: &str = "I hope it is correct";

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
    let numbered = rest.strip_prefix("1. ").filter(|_| below);
    // Of several items, none is the answer.
    if numbered.is_some_and(|items| items.contains("\n2.")) {
        return None;
    }
    let rest = item.or(numbered).unwrap_or(rest);
    let rest = after_struck(rest).unwrap_or(rest);
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
    let line = line.split(CLOSING).next().unwrap_or(line);
    // "<answer>The answer is B</answer>"
    let line = line.split("</").next().unwrap_or(line).trim_end();
    let text = match without_emphasis(line) {
        Cow::Borrowed(line) => said(sentence::first(line).0).map(|(text, firm)| (Cow::Borrowed(text), firm)),
        Cow::Owned(line) => said(sentence::first(&line).0).map(|(text, firm)| (Cow::Owned(text.to_owned()), firm)),
    };
    let (text, firm) = text?;
    Some(Found { at, text, firm })
}

/// "~~A~~ B"
fn after_struck(text: &str) -> Option<&str> {
    let (_, after) = text.strip_prefix("~~")?.split_once("~~")?;
    Some(after.trim_start())
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
    if let Some(instead) = contrasted(sentence) {
        return said(instead);
    }
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
    let boxed = text
        .strip_prefix("\\boxed{")
        .and_then(|inside| inside.strip_suffix('}'));
    let blank = boxed.is_some_and(blank::is);
    (!empty && !blank && !denies(text)).then_some(text)
}

/// The letter of `[C]`, which is an option rather than a list, and of 【C】.
fn bracketed_letter(text: &str) -> Option<&str> {
    let inside = [('[', ']'), ('【', '】'), ('「', '」'), ('《', '》')]
        .iter()
        .find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close))?;
    matches!(inside.as_bytes(), [b'A'..=b'J']).then_some(inside)
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
