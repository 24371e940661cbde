//! "The (final) answer is x", "Answer: x", with the emphasis that models put around it, and the like in other
//! languages.
//!
//! Knows announcements; another module reads what is announced.

use std::borrow::Cow;

use super::found::Found;
use super::language::Announcement;
use super::sentence::offset;
use super::structured::Tag;
use super::words::{COPULAS, strip_any_word, strip_attribute, strip_phrase};
use super::{correction, language, notation, structured, value, verdict};

const KEYWORD: &str = "answer";

/// Most announcements to try from the end, which bounds the work on a response that repeats itself.
const MAX_TRIED: usize = 16;

/// How many bytes before the keyword a heading may start.
const MAX_HEADING: usize = 32;

/// How many bytes after the keyword its "is" may follow: "the answer to the second question is".
const MAX_TOPIC: usize = 80;

/// Words that lead from "the answer" to what it answers.
const TOPICS: [&str; 8] = ["to", "for", "of", "in", "that", "which", "we", "I"];

/// Words of a topic that ask or exclude: "the answer to what is asked" announces nothing.
const QUESTIONS: [&str; 8] = ["what", "which", "who", "how", "why", "rule", "exclude", "eliminate"];

/// Marks that join the keyword to its value.
const JOINTS: [&str; 10] = [":", "=>", "==", "=", "：", "->", "→", "⇒", "—", "–"];

/// Words before "answer" that make it another one, or none: "this answer is an estimate", "if the answer is 5".
const OTHERS: [&str; 29] = [
    "this",
    "that",
    "an",
    "your",
    "each",
    "another",
    "any",
    "every",
    "no",
    "which",
    "what",
    "his",
    "whose",
    "these",
    "wrong",
    "incorrect",
    "possible",
    "intermediate",
    "initial",
    "previous",
    "if",
    "whether",
    "suppose",
    "unless",
    "assuming",
    "when",
    "wrong",
    "expected",
    "estimated",
];

/// The thing that is announced.
enum Announced<'a> {
    /// A value at the start of this text.
    Value(&'a str),
    /// A value below a heading, where there may also be prose.
    Below(&'a str),
    /// An option letter.
    Letter(&'a str),
    /// A value in another language.
    Foreign(Announcement<'a>),
    /// A value in a tag.
    Tag(Tag<'a>),
    /// The value of a field that is read already.
    Found(Found<'a>),
}

/// The value of the last announcement from byte `from` on that has one; one that is an answer for certain goes first.
pub(super) fn find(response: &str, from: usize) -> Option<Found<'_>> {
    let mut announced: Vec<(usize, Announced<'_>)> = (from..response.len())
        .filter_map(|at| Some((at, announced_at(response, at)?)))
        .collect();
    let foreign = language::announcements(response, from);
    announced.extend(foreign.map(|foreign| (foreign.at(), Announced::Foreign(foreign))));
    announced.extend(structured::tags(response, from).map(|tag| (tag.at, Announced::Tag(tag))));
    announced.sort_by_key(|(at, _)| *at);
    let mut vague = None;
    for (at, announced) in announced.into_iter().rev().take(MAX_TRIED) {
        let spoken = matches!(
            announced,
            Announced::Value(_) | Announced::Below(_) | Announced::Letter(_)
        );
        match read(at, announced) {
            Some(found) if found.firm && spoken => return Some(corrected(response, found)),
            Some(found) if found.firm => return Some(found),
            found => vague = vague.or(found),
        }
    }
    vague
}

/// What was found, or the answer that takes it back.
fn corrected<'a>(response: &'a str, found: Found<'a>) -> Found<'a> {
    match correction::find(&response[found.at..]) {
        Some(text) => Found {
            at: offset(response, text),
            text: Cow::Borrowed(text),
            firm: true,
        },
        None => found,
    }
}

fn read(at: usize, announced: Announced<'_>) -> Option<Found<'_>> {
    match announced {
        Announced::Value(rest) => value::leading(at, rest),
        Announced::Below(rest) => value::leading(at, rest).filter(|found| !notation::read(&found.text).prose),
        Announced::Letter(letter) => Some(Found {
            at,
            text: Cow::Borrowed(letter),
            firm: true,
        }),
        Announced::Foreign(foreign) => foreign.read(),
        Announced::Tag(tag) => tag.read(),
        Announced::Found(found) => Some(found),
    }
}

/// The thing announced by the keyword at byte `at`, if there is a keyword that is a separate word.
fn announced_at(response: &str, at: usize) -> Option<Announced<'_>> {
    // Two letters rule out most places.
    match response.as_bytes().get(at..at + 2)? {
        [b'a' | b'A', b'n' | b'N'] => {
            let rest = keyword(response, at, KEYWORD).or_else(|| abbreviated(response, at))?;
            if is_another(&response[..at]) {
                return None;
            }
            structured::field(at, rest)
                .map(Announced::Found)
                .or_else(|| after_answer(rest).map(Announced::Value))
                .or_else(|| below_heading(response, at, rest).map(Announced::Below))
        }
        [b'c' | b'C', b'l' | b'L'] => verdict::closest(keyword(response, at, "closest")?).map(Announced::Letter),
        [b'o' | b'O', b'p' | b'P'] | [b'c' | b'C', b'h' | b'H'] => {
            let rest = keyword(response, at, "option").or_else(|| keyword(response, at, "choice"))?;
            if let Some(found) = structured::field(at, rest) {
                return super::option::letter(&found.text)
                    .is_some()
                    .then_some(Announced::Found(found));
            }
            verdict::letter(&response[..at], rest).map(Announced::Letter)
        }
        _ => None,
    }
}

/// "Ans", where a mark or verb joins it to its value.
fn abbreviated(response: &str, at: usize) -> Option<&str> {
    let rest = keyword(response, at, "ans")?;
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    joined(undecorated(rest)).map(|_| rest)
}

/// Whether the words before the keyword make it another answer than the final one.
fn is_another(before: &str) -> bool {
    let start = before.floor_char_boundary(before.len().saturating_sub(MAX_HEADING));
    let line = before[start..].rsplit(['\n', '.', ':']).next().unwrap_or("");
    // "One might think the answer is 5."
    if ["might think", "may think", "might say", "would think"]
        .iter()
        .any(|words| line.contains(words))
    {
        return true;
    }
    let words = line.split([' ', ',', '*', '_', '(']).rev();
    words
        .filter(|word| !word.is_empty())
        .take(4)
        .take_while(|word| word.chars().all(|c| c.is_alphabetic()))
        .enumerate()
        // "If the answer is 5", and "this answer", but not "this is the answer".
        .any(|(i, word)| {
            let hypothetical = matches!(
                word.to_ascii_lowercase().as_str(),
                "if" | "whether" | "suppose" | "assuming"
            );
            (i == 0 || hypothetical) && OTHERS.iter().any(|other| word.eq_ignore_ascii_case(other))
        })
}

/// The text after `word` at byte `at`, unless that is the end of a longer word.
fn keyword<'a>(response: &'a str, at: usize, word: &str) -> Option<&'a str> {
    let (head, rest) = response.get(at..)?.split_at_checked(word.len())?;
    let starts = !response[..at].ends_with(|c: char| c.is_alphanumeric());
    (starts && head.eq_ignore_ascii_case(word)).then_some(rest)
}

/// The start of the value, if the text after the keyword announces one.
fn after_answer(rest: &str) -> Option<&str> {
    let rest = match rest.strip_prefix(['s', 'S']) {
        Some(rest) => {
            let rest = undecorated(rest);
            strip_any_word(rest, &["are"]).or_else(|| rest.strip_prefix([':', '：']))?
        }
        None if rest.starts_with(|c: char| c.is_alphanumeric()) => return None,
        None => {
            let rest = undecorated(without_aside(undecorated(rest)));
            joined(rest).or_else(|| after_topic(rest))?
        }
    };
    let rest = undecorated(rest);
    Some(rest.strip_prefix([':', '：']).unwrap_or(rest))
}

/// Skips "(rounded to two decimals)".
fn without_aside(rest: &str) -> &str {
    let window = &rest[..rest.floor_char_boundary(MAX_TOPIC)];
    match window.strip_prefix('(').and_then(|inside| inside.find([')', '\n'])) {
        Some(end) if rest[end + 1..].starts_with(')') => &rest[end + 2..],
        _ => rest,
    }
}

/// Skips the mark or the words that join the keyword to its value.
fn joined(rest: &str) -> Option<&str> {
    let copula = || COPULAS.iter().find_map(|words| strip_phrase(rest, words));
    let mark = || JOINTS.iter().find_map(|joint| rest.strip_prefix(joint));
    // "Answer-C", "Answer - 12"
    let dash = || {
        let after = rest.strip_prefix('-')?;
        (after.starts_with([' ', '(']) || super::option::letter(after).is_some()).then_some(after)
    };
    mark().or_else(copula).or_else(dash)
}

/// Skips "to this question is" and "for part 2:".
fn after_topic(rest: &str) -> Option<&str> {
    let topic = strip_any_word(rest, &TOPICS)?;
    let window = &topic[..topic.floor_char_boundary(MAX_TOPIC)];
    let window = window.split(['.', '?', '!', ';', '\n']).next()?;
    let (end, joint) = [" is ", ": "]
        .into_iter()
        .filter_map(|joint| Some((window.find(joint)?, joint)))
        .min()?;
    let asks = window[..end]
        .split(' ')
        .any(|word| QUESTIONS.iter().any(|asking| word.eq_ignore_ascii_case(asking)));
    (!asks).then_some(&topic[end + joint.len()..])
}

/// The text below the heading that the keyword ends: `## Final Answer`, `**Answer**`.
fn below_heading<'a>(response: &'a str, at: usize, rest: &'a str) -> Option<&'a str> {
    let below = undecorated(rest).trim_start_matches(['\r', '#']);
    let start = response.floor_char_boundary(at.saturating_sub(MAX_HEADING));
    let line = match response[start..at].rsplit_once('\n') {
        Some((_, line)) => line,
        None => (start == 0).then_some(&response[..at])?,
    };
    let mut line = line.trim_start_matches(['#', '*', '_', ' ', '\t', '>']);
    while let Some(after) = strip_attribute(line) {
        line = after.trim_start_matches(' ');
    }
    (line.is_empty() && below.starts_with('\n')).then_some(below)
}

/// Skips spaces and Markdown emphasis around a keyword.
fn undecorated(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '*', '_'])
}

#[cfg(test)]
mod tests;
