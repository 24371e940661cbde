//! Answers in tags and fields: `<answer>12</answer>`, `{"answer": "12"}`.

use std::borrow::Cow;

use super::found::Found;
use super::{bare, choice, formula, number, value};
use crate::budget::MAX_ANSWER_BYTES;

/// Names of tags that enclose an answer.
const NAMES: [&str; 9] = [
    "|begin_of_box|",
    "final",
    "answer",
    "final_answer",
    "final-answer",
    "finalanswer",
    "ans",
    "solution",
    "result",
];

/// What closes the box of a model that marks its answer with tokens.
const BOX_END: &str = "<|end_of_box|>";

/// An answer tag.
pub(super) struct Tag<'a> {
    pub(super) at: usize,
    content: &'a str,
}

impl<'a> Tag<'a> {
    /// The answer that the tag encloses.
    pub(super) fn read(self) -> Option<Found<'a>> {
        let at = self.at;
        in_tag(self.content).map(|text| Found { at, text, firm: true })
    }
}

/// The tags from byte `from` on, in order.
pub(super) fn tags(text: &str, from: usize) -> impl Iterator<Item = Tag<'_>> {
    let from = text.ceil_char_boundary(from);
    text[from..].match_indices('<').filter_map(move |(at, _)| {
        let at = from + at;
        let (name, inside) = NAMES
            .iter()
            .find_map(|name| Some((*name, opened(&text[at + 1..], name)?)))?;
        let inside = &inside[..inside.floor_char_boundary(MAX_ANSWER_BYTES)];
        let content = match inside.find("</").or_else(|| inside.find(BOX_END)) {
            Some(end) => &inside[..end],
            // A tag that is never closed encloses the rest of its line.
            None => inside.trim_start().lines().next().unwrap_or(""),
        };
        // A whole solution in tags is searched like any other text.
        let whole = matches!(name, "solution" | "result") && content.trim().contains('\n');
        (!whole).then_some(Tag { at, content })
    })
}

/// The text after a tag called `name`, at the start of `text`.
fn opened<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(name.len())?;
    rest.strip_prefix('>').filter(|_| head.eq_ignore_ascii_case(name))
}

fn in_tag(content: &str) -> Option<Cow<'_, str>> {
    let content = content.trim();
    if content.is_empty() {
        return None;
    }
    if content.contains('\n') {
        let found = choice::find(content)
            .or_else(|| bare::find(content))
            .or_else(|| formula::find(content))
            .or_else(|| number::find(content));
        return found.map(Cow::Borrowed);
    }
    bare::find(content)
        .map(Cow::Borrowed)
        .or_else(|| value::leading(0, content).map(|found| found.text))
}

/// The value of a field whose name ends before `rest`: `": "12"}`.
pub(super) fn field(at: usize, rest: &str) -> Option<Found<'_>> {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = rest[quote.len_utf8()..].trim_start().strip_prefix(':')?.trim_start();
    let value = &value[..value.floor_char_boundary(MAX_ANSWER_BYTES)];
    let text = match value.chars().next()? {
        quote @ ('"' | '\'') => string(&value[1..], quote)?,
        // `{"answer": {"value": 12}}`: the first field of the object.
        '{' => return field_of(at, &value[1..]),
        '[' => Cow::Owned(value[1..].split_once(']')?.0.replace(['"', '\''], "")),
        _ => Cow::Borrowed(value.split([',', '}', '\n']).next()?.trim()),
    };
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    let empty = text.is_empty() || matches!(&*text, "null" | "None" | "...");
    (!empty).then_some(Found { at, text, firm: true })
}

/// The value of the first field in an object.
fn field_of(at: usize, inside: &str) -> Option<Found<'_>> {
    let (name, _) = inside.split_once(':')?;
    let quote = name.trim_end().len().checked_sub(1)?;
    field(at, inside.get(quote..)?)
}

/// A string up to its closing quote, without the backslashes that escape.
fn string(text: &str, quote: char) -> Option<Cow<'_, str>> {
    let mut escaped = false;
    let end = text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })?;
    let inside = &text[..end];
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    // A formula whose backslashes are not escaped, as models write it, stays as it is.
    if !inside.contains("\\\\") {
        return Some(Cow::Borrowed(inside));
    }
    let mut plain = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 't' | 'r') => plain.push(' '),
                escaped => plain.extend(escaped),
            },
            c => plain.push(c),
        }
    }
    Some(Cow::Owned(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_encloses_an_answer() {
        let cases = [
            ("<answer>Paris</answer>", Some("Paris")),
            ("<answer> 12 </answer>", Some("12")),
            ("<ANSWER>$x^2$</ANSWER>", Some("x^2")),
            ("<answer>x^2+1</answer>", Some("x^2+1")),
            ("<answer>She has 34 apples.</answer>", Some("34")),
            ("<answer>3 + 4\n= 7\n\n**7**</answer>", Some("7")),
            ("<answer>12", Some("12")),
            ("<solution>12</solution>", Some("12")),
            ("<solution>It is 3.\nSo 4.</solution>", None),
            ("<answer></answer>", None),
            ("<answers>12</answers>", None),
            ("<|begin_of_box|>12<|end_of_box|>", Some("12")),
        ];
        for (text, expected) in cases {
            let found = tags(text, 0).last().and_then(Tag::read).map(|found| found.text);
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_field_has_a_value() {
        let cases = [
            ("\": \"B\", \"x\": 3}", Some("B")),
            ("\": 12.5}", Some("12.5")),
            ("': 'two \"or\" three'}", Some("two \"or\" three")),
            ("\": \"\\\\frac{1}{2}\"}", Some("\\frac{1}{2}")),
            ("\": \"\\frac{1}{2}\"}", Some("\\frac{1}{2}")),
            ("\": [1, 2]}", Some("1, 2")),
            ("\": null}", None),
            ("\": \"\"}", None),
            ("\" is 5", None),
            (": 5", None),
        ];
        for (rest, expected) in cases {
            assert_eq!(field(0, rest).map(|found| found.text).as_deref(), expected, "{rest:?}");
        }
    }
}
