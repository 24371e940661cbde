//! The number that the last sentence with numbers states, the last resort.
//!
//! Digits inside a name (`x2`) are not a number.

use super::quantity::{self, Reading};
use super::sentence::{self, offset};
use super::words::strip_word;
use super::{label, literal};

/// Suffixes of a time of day.
const HALVES: [&str; 4] = ["a.m.", "p.m.", "am", "pm"];

/// The number that the last sentence with numbers states, with its sign and percent mark. One that numbers a part of
/// the text counts only if there is no other.
pub(super) fn find(response: &str) -> Option<&str> {
    let mut label = None;
    for line in response.lines().rev() {
        for sentence in sentences(line).into_iter().rev() {
            match quantity::stated(&response[..offset(response, sentence)], sentence) {
                Reading::Value(value) => return Some(with_half(response, value)),
                Reading::Refused => match only_label(sentence) {
                    Some(number) => label = label.or(Some(number)),
                    None => return None,
                },
                Reading::Nothing => {}
            }
        }
    }
    label
}

/// The sentences of a line, without the number of an item: "3. The sum is odd."
fn sentences(line: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let item = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let after = item
        .strip_prefix(". ")
        .filter(|after| after.starts_with(|c: char| !c.is_ascii_digit()));
    let mut rest = after.filter(|_| item.len() < line.trim_start().len()).unwrap_or(line);
    while !rest.is_empty() {
        let (first, after) = sentence::first(rest);
        sentences.push(first);
        rest = after;
    }
    sentences
}

/// The number of a sentence that has no other than labels.
fn only_label(sentence: &str) -> Option<&str> {
    let bytes = sentence.as_bytes();
    let mut found = None;
    let mut at = 0;
    while at < bytes.len() {
        if let Some(end) = literal::end(bytes, at) {
            if !label::precedes(&sentence[..at]) {
                return None;
            }
            found = Some(&sentence[at..end]);
            at = end;
        } else if bytes[at].is_ascii_alphabetic() {
            at += literal::count(bytes, at, u8::is_ascii_alphanumeric);
        } else {
            at += 1;
        }
    }
    found
}

/// Extends a time by the half of the day: "3:45 p.m."
fn with_half<'a>(response: &'a str, value: &'a str) -> &'a str {
    let start = offset(response, value);
    let end = start + value.len();
    let after = response[end..].trim_start_matches(' ');
    let spaces = response.len() - end - after.len();
    let is_time = value.contains(':') && spaces <= 1;
    match HALVES.iter().find(|half| strip_word(after, half).is_some()) {
        Some(half) if is_time => &response[start..end + spaces + half.len()],
        _ => value,
    }
}
