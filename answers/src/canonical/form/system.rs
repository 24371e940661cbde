//! Equations one below the other: `\begin{cases} x = 1 \\ y = 2 \end{cases}`.

use super::joined;
use super::reader::{Item, Reader, Unread};
use super::split::{self, Separator};
use super::trim::trim;
use crate::canonical::lexer::Token;

/// Environments of lines.
const NAMES: [&str; 6] = ["cases", "aligned", "align", "gathered", "array", "split"];

/// Reads all of `tokens` as the lines of an environment, each an equation; `None` if they are anything else.
pub(super) fn read(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    let tokens = trim(match tokens {
        [Token::Symbol('{'), rest @ ..] if rest.contains(&Token::Command("begin")) => rest,
        tokens => tokens,
    });
    let [
        Token::Command("begin"),
        Token::Open,
        Token::Word { text, .. },
        Token::Close,
        body @ ..,
        Token::Command("end"),
        Token::Open,
        _,
        Token::Close,
    ] = tokens
    else {
        return Ok(None);
    };
    if !NAMES.contains(text) || body.contains(&Token::Command("begin")) {
        return Ok(None);
    }
    let rows = split::at(body, &split::positions(body, |at| body[at] == Token::Command("\\")));
    let mut items = Vec::new();
    for row in rows {
        let row: Vec<Token<'_>> = row
            .iter()
            .copied()
            .filter(|token| *token != Token::Symbol('&'))
            .collect();
        let row = trim(&row);
        if row.is_empty() {
            continue;
        }
        let item = reader.item(row)?;
        // The lines of a function by cases, or of a matrix, have no names.
        if item.name.is_none() {
            return Ok(None);
        }
        items.push(item);
    }
    if items.len() == 1 {
        return Ok(items.pop());
    }
    Ok((!items.is_empty()).then(|| joined::item(items, Separator::And)))
}
