//! What stands behind a value and is no part of it: "12, right?", "12 (twelve)", "12 - that is all".
//!
//! Never cuts inside a formula, and never before another number.

use super::words::starts_roman;
use super::{math, notation};

/// Marks that surround a value without meaning.
const QUOTES: [char; 9] = ['\'', '"', '“', '”', '‘', '’', '«', '»', '`'];

/// Ornaments of several characters.
const ENDINGS: [&str; 5] = [":)", ":-)", "$\\blacksquare$", "$\\square$", "$\\Box$"];

/// Words that are an answer by themselves, whatever follows them.
const VERDICTS: [&str; 4] = ["yes", "no", "true", "false"];

/// The value at the start of `text`, which is one sentence.
pub(super) fn cut(text: &str) -> &str {
    let text = text.trim_end();
    let text = ENDINGS
        .iter()
        .find_map(|ending| text.strip_suffix(ending))
        .unwrap_or(text);
    let text = without_aside(without_ellipsis(text));
    let text = before_remark(text).unwrap_or(text);
    unquoted(without_ellipsis(text))
}

fn without_ellipsis(text: &str) -> &str {
    let text = text.trim_end_matches(|c: char| matches!(c, ' ' | '*' | '_') || is_ornament(c));
    match text.strip_suffix('…') {
        Some(rest) if !is_decimal(rest) => rest,
        _ if text.ends_with("..") => {
            let rest = text.trim_end_matches('.');
            if is_decimal(rest) { text } else { rest }
        }
        _ => text,
    }
}

/// Check marks, emoji, the box at the end of a proof and the like.
fn is_ornament(c: char) -> bool {
    matches!(c, '\u{220e}' | '\u{25a0}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f300}'..='\u{1faff}' | '\u{fe0f}')
}

/// `0.333...` continues.
fn is_decimal(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_digit());
    digits.len() < text.len() && digits.ends_with(['.', ','])
}

/// "12 apples (3 per box)" without its parenthesis. `5 (x + 1)` is a product, `f (2)` a value.
fn without_aside(text: &str) -> &str {
    let close = text.trim_end_matches([' ', '*', '_', '.']);
    let Some(inside) = close.strip_suffix(')') else {
        return text;
    };
    let Some(open) = opening(inside) else {
        return text;
    };
    let (before, inside) = (&inside[..open], &inside[open + 1..]);
    let value = before.trim_end_matches(' ');
    let apart = value.len() < before.len() && value.ends_with(|c: char| c.is_alphanumeric() || "*_$%}".contains(c));
    let joined = value.ends_with(" or") || value.ends_with(" and");
    let variable = value.ends_with(|c: char| c.is_alphabetic()) && is_single_letter(last_word(value));
    if apart && !joined && !variable && (is_calculation(inside) || has_word(inside)) {
        value
    } else {
        text
    }
}

/// Where the parenthesis opens that closes at the end of `text`.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn last_word(text: &str) -> &str {
    text.rsplit([' ', '$', '*']).next().unwrap_or(text)
}

fn is_single_letter(word: &str) -> bool {
    word.chars().nth(1).is_none()
}

/// `3*4`, `= 3 × 4`.
fn is_calculation(text: &str) -> bool {
    let operates = text.contains(['*', '×', '+', '/', '=', '÷', '·']);
    operates && !text.contains(char::is_alphabetic)
}

fn has_word(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphabetic());
    words.filter(|word| word.chars().count() > 2).count() > 0 && !text.contains(['\\', '$', '^'])
}

/// The text before a mark that is followed by words without any number: "12; we are done", "Yes, it is".
fn before_remark(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        if let Some((_, after)) = math::leading(rest) {
            rest = after;
            continue;
        }
        let before = text[..at].trim_end_matches([' ', '*', '_']);
        let apart = text[..at].ends_with(' ') && rest[c.len_utf8()..].trim_start_matches('-').starts_with(' ');
        let marks = match c {
            ',' | ';' => true,
            '-' | '–' | '—' | '|' | '→' => apart,
            '\\' | '{' => return None,
            _ => false,
        };
        if marks && !before.is_empty() && is_value(before) && is_remark(rest[c.len_utf8()..].trim_start_matches('-')) {
            return Some(before);
        }
        rest = &rest[c.len_utf8()..];
    }
    None
}

fn is_value(text: &str) -> bool {
    let text = text.trim_matches(['*', '_', ' ']);
    let seen = notation::read(text);
    (seen.content && !seen.prose) || VERDICTS.iter().any(|verdict| text.eq_ignore_ascii_case(verdict))
}

fn is_remark(text: &str) -> bool {
    let words = text.contains(|c: char| c.is_ascii_digit() || matches!(c, '\\' | '$' | '=' | '^'));
    let seen = notation::read(text.trim());
    !words && seen.prose && !starts_roman(text)
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inside = text.trim_matches(QUOTES);
    // The prime of `f'` is no quotation mark.
    if text.starts_with(QUOTES) { inside } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_before_a_remark() {
        let cases = [
            ("12; we are done", "12"),
            ("12, right", "12"),
            ("12 - that is all", "12"),
            ("12 -- done", "12"),
            ("12 ✓", "12"),
            ("12 ■", "12"),
            ("12 :)", "12"),
            ("12 $\\blacksquare$", "12"),
            ("12 — all of them", "12"),
            ("Yes, it is", "Yes"),
            ("12 (twelve)", "12"),
            ("12 apples (three per box)", "12 apples"),
            ("12 (3*4)", "12"),
            ("12...", "12"),
            ("12…", "12"),
            ("'34'", "34"),
            ("“34”", "34"),
            ("Paris (the capital)", "Paris"),
        ];
        for (text, expected) in cases {
            assert_eq!(cut(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_belongs_to_a_value_stays() {
        let texts = [
            "12, 13",
            "2, and x = 3",
            "3, 4, and 5 are the roots",
            "Paris, France",
            "I, II and III",
            "x - y",
            "5 - x",
            "f(2)",
            "f (two)",
            "5 (x + 1)",
            "(1, 2)",
            "(C) or (none of them)",
            "0.333...",
            "f'",
            "$x, right$",
            "\\frac{1}{2}, \\text{right}",
            "",
        ];
        for text in texts {
            assert_eq!(cut(text), text);
        }
    }
}
