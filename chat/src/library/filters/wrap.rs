//! `wordwrap`.

use crate::error::{Error, Result};
use crate::library::call::{Call, text as as_text};
use crate::library::host::Host;
use crate::library::methods::lines;
use crate::value::{Text, TextBuf, Value};

/// Breaks lines that are longer than the width, between words and, unless told otherwise, after hyphens.
pub(super) fn word_wrap(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [width, break_long, separator, on_hyphens] = call.bind(
        "wordwrap",
        ["width", "break_long_words", "wrapstring", "break_on_hyphens"],
        0,
    )?;
    let width = super::sequence::count(width.or(Some(Value::Int(79))), "the width")?;
    let is_true = |value: Option<Value>| value.is_none_or(|value| value.truth());
    let (break_long, on_hyphens) = (is_true(break_long), is_true(on_hyphens));
    let separator = match separator {
        None | Some(Value::None) => Text::new("\n"),
        Some(separator) => as_text(&separator, "`wrapstring`")?,
    };
    let text = as_text(&value, "what `wordwrap` is applied to")?;
    host.budget().bytes(text.len())?;
    let mut wrapped: Vec<Vec<&str>> = Vec::new();
    for line in lines(text.as_str(), false) {
        let mut chunks: Vec<&str> = chunks(line, on_hyphens);
        chunks.reverse();
        let rows = rows(chunks, width, break_long);
        // A line without words is kept, as an empty one.
        wrapped.extend(if rows.is_empty() { vec![Vec::new()] } else { rows });
    }
    host.budget().bytes(separator.len().saturating_mul(wrapped.len()))?;
    let mut out = TextBuf::default();
    for (i, row) in wrapped.iter().enumerate() {
        if i > 0 {
            out.push(&separator);
        }
        row.iter().for_each(|chunk| out.push(&text.part(chunk)));
    }
    if out.len() > (64 << 20) {
        return Err(Error::new("the wrapped text is too long"));
    }
    Ok(out.finish().into())
}

/// Words and the spaces between them; words are cut after hyphens between letters.
fn chunks(line: &str, on_hyphens: bool) -> Vec<&str> {
    let is_space = |c: char| matches!(c, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ');
    let mut chunks = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_space(c) != is_space(first)).unwrap_or(rest.len());
        let (mut word, after) = rest.split_at(end);
        rest = after;
        while on_hyphens && let Some(at) = hyphen(word) {
            chunks.push(&word[..at]);
            word = &word[at..];
        }
        chunks.push(word);
    }
    chunks
}

/// Where a word can be cut: after a hyphen with two letters before and a letter after it.
fn hyphen(word: &str) -> Option<usize> {
    word.match_indices('-').map(|(at, _)| at).find_map(|at| {
        let mut before = word[..at].chars().rev();
        let mut after = word[at + 1..].chars();
        let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        let cuts = letter(before.next()) && letter(before.next()) && letter(after.next()) && letter(after.next());
        cuts.then_some(at + 1)
    })
}

/// Chunks, the last of them first, as lines of at most `width` characters without spaces at their ends.
fn rows<'t>(mut chunks: Vec<&'t str>, width: usize, break_long: bool) -> Vec<Vec<&'t str>> {
    let blank = |chunk: &str| chunk.trim().is_empty();
    let mut rows: Vec<Vec<&str>> = Vec::new();
    while !chunks.is_empty() {
        if !rows.is_empty() && chunks.last().is_some_and(|chunk| blank(chunk)) {
            chunks.pop();
        }
        let mut row: Vec<&'t str> = Vec::new();
        let mut length = 0;
        while let Some(chunk) = chunks.pop_if(|chunk| length + chunk.chars().count() <= width) {
            length += chunk.chars().count();
            row.push(chunk);
        }
        if let Some(chunk) = chunks.pop_if(|chunk| chunk.chars().count() > width) {
            if break_long {
                let space = (width - length).max(1);
                let at = chunk.char_indices().nth(space).map_or(chunk.len(), |(at, _)| at);
                row.push(&chunk[..at]);
                chunks.push(&chunk[at..]);
            } else if row.is_empty() {
                row.push(chunk);
            } else {
                chunks.push(chunk);
            }
        }
        row.pop_if(|chunk| blank(chunk));
        if !row.is_empty() {
            rows.push(row);
        }
    }
    rows
}
