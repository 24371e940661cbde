//! Cuts a template into tokens, as Jinja2 does with `trim_blocks` and `lstrip_blocks`.

use super::literal::{number, string};
use super::token::{Kind, Token};
use crate::error::{Error, Result};
use crate::value::is_space;

/// Operators and brackets, the longer ones first.
const SYMBOLS: [&str; 26] = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".",
    ":", "|", ",", ";",
];

/// The tokens of a template, [`Kind::End`] last.
pub(crate) fn tokens(source: &str) -> Result<Vec<Token>> {
    let mut source = source.replace("\r\n", "\n").replace('\r', "\n");
    if source.ends_with('\n') {
        source.pop();
    }
    let mut lexer = Lexer {
        source: &source,
        at: 0,
        line: 1,
        line_starting: true,
        tokens: Vec::new(),
    };
    lexer.root()?;
    Ok(lexer.tokens)
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    line: u32,
    /// Whether the last tag swallowed a newline, or nothing came before.
    line_starting: bool,
    tokens: Vec<Token>,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn push(&mut self, kind: Kind) {
        self.tokens.push(Token { line: self.line, kind });
    }

    /// Moves on by `length` bytes and counts their lines.
    fn advance(&mut self, length: usize) {
        let passed = &self.source[self.at..self.at + length];
        self.line += passed.matches('\n').count() as u32;
        self.at += length;
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(Error::new(message).at(self.line))
    }

    /// Text and tags, up to the end of the template.
    fn root(&mut self) -> Result<()> {
        while self.at < self.source.len() {
            let rest = self.rest();
            let Some(length) = tag(rest) else {
                self.push(Kind::Data(rest.to_owned()));
                self.advance(rest.len());
                break;
            };
            let opener = &rest[length..length + 2];
            let sign = rest[length + 2..].chars().next().filter(|c| matches!(c, '-' | '+'));
            self.data(length, sign, opener != "{{");
            let begin = 2 + usize::from(sign.is_some());
            match opener {
                "{#" => {
                    self.advance(begin);
                    self.comment()?;
                }
                "{{" => {
                    self.push(Kind::PrintBegin);
                    self.advance(begin);
                    self.inside("}}", Kind::PrintEnd)?;
                }
                _ => match raw_begin(&self.rest()[begin..]) {
                    Some(length) => {
                        self.advance(begin + length);
                        self.raw()?;
                    }
                    None => {
                        self.push(Kind::BlockBegin);
                        self.advance(begin);
                        self.inside("%}", Kind::BlockEnd)?;
                    }
                },
            }
        }
        self.push(Kind::End);
        Ok(())
    }

    /// The text before a tag, without the whitespace that the tag takes away.
    fn data(&mut self, length: usize, sign: Option<char>, is_block: bool) {
        let text = &self.rest()[..length];
        let kept = match sign {
            Some('-') => text.trim_end_matches(is_space),
            Some(_) => text,
            None if is_block => {
                let line = text.rfind('\n').map_or(0, |newline| newline + 1);
                let blank = text[line..].chars().all(is_space);
                let begins_line = line > 0 || self.line_starting;
                if blank && begins_line { &text[..line] } else { text }
            }
            None => text,
        };
        if !kept.is_empty() {
            self.push(Kind::Data(kept.to_owned()));
        }
        self.advance(length);
    }

    /// What follows the end of a tag and belongs to it: whitespace after `-`, one newline unless `+` keeps it.
    fn close(&mut self, sign: Option<char>, trims: bool) {
        let rest = self.rest();
        let length = match sign {
            Some('-') => rest.len() - rest.trim_start_matches(is_space).len(),
            None if trims && rest.starts_with('\n') => 1,
            _ => 0,
        };
        self.line_starting = rest[..length].ends_with('\n');
        self.advance(length);
    }

    fn comment(&mut self) -> Result<()> {
        let Some(length) = self.rest().find("#}") else {
            return self.fail("a comment `{#` has no end `#}`");
        };
        let sign = self.rest()[..length]
            .chars()
            .next_back()
            .filter(|c| matches!(c, '-' | '+'));
        self.advance(length + 2);
        self.close(sign, true);
        Ok(())
    }

    /// The content of `{% raw %}`, up to and with `{% endraw %}`.
    fn raw(&mut self) -> Result<()> {
        let rest = self.rest();
        let ends = rest
            .match_indices("{%")
            .find_map(|(at, _)| Some((at, raw_end(&rest[at + 2..])?)));
        let Some((at, end)) = ends else {
            return self.fail("`{% raw %}` has no `{% endraw %}`");
        };
        self.data(at, end.opening, true);
        self.advance(2 + end.length);
        self.close(end.closing, true);
        Ok(())
    }

    /// The tokens of a tag, up to `closer` outside of brackets.
    fn inside(&mut self, closer: &'static str, end: Kind) -> Result<()> {
        let mut open: Vec<&'static str> = Vec::new();
        loop {
            let rest = self.rest();
            if open.is_empty()
                && let Some(sign) = closing(rest, closer)
            {
                self.push(end);
                self.advance(closer.len() + usize::from(sign.is_some()));
                self.close(sign, closer == "%}");
                return Ok(());
            }
            let Some(c) = rest.chars().next() else {
                return self.fail(format!("a tag has no end `{closer}`"));
            };
            let (kind, length) = if is_space(c) {
                self.advance(rest.len() - rest.trim_start_matches(is_space).len());
                continue;
            } else if c.is_ascii_digit() {
                number(rest, self.source[..self.at].ends_with('.')).map_err(|e| e.at(self.line))?
            } else if c.is_alphanumeric() || c == '_' {
                let name = rest
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or_default();
                (Kind::Name(name.to_owned()), name.len())
            } else if c == '\'' || c == '"' {
                let (text, length) = string(rest).map_err(|e| e.at(self.line))?;
                (Kind::Str(text), length)
            } else {
                let symbol = self.symbol(rest, c, &mut open)?;
                (Kind::Symbol(symbol), symbol.len())
            };
            self.push(kind);
            self.advance(length);
        }
    }

    fn symbol(&self, rest: &str, c: char, open: &mut Vec<&'static str>) -> Result<&'static str> {
        let Some(&symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) else {
            return self.fail(format!("unexpected character `{c}`"));
        };
        match symbol {
            "(" => open.push(")"),
            "[" => open.push("]"),
            "{" => open.push("}"),
            ")" | "]" | "}" => match open.pop() {
                Some(expected) if expected == symbol => {}
                Some(expected) => return self.fail(format!("unexpected `{symbol}`, expected `{expected}`")),
                None => return self.fail(format!("unexpected `{symbol}`")),
            },
            _ => {}
        }
        Ok(symbol)
    }
}

/// Where the next tag begins.
fn tag(rest: &str) -> Option<usize> {
    rest.match_indices('{')
        .map(|(at, _)| at)
        .find(|&at| matches!(rest.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
}

/// Whether `rest` begins with `closer`, and the sign before it: `+` before `%}`, `-` before either.
fn closing(rest: &str, closer: &str) -> Option<Option<char>> {
    if rest.starts_with(closer) {
        return Some(None);
    }
    let sign = rest
        .chars()
        .next()
        .filter(|&c| c == '-' || (c == '+' && closer == "%}"))?;
    rest[1..].starts_with(closer).then_some(Some(sign))
}

/// The length of ` raw %}`, with the whitespace after `-%}`. No newline after `%}` is taken away.
fn raw_begin(rest: &str) -> Option<usize> {
    let after = rest.trim_start_matches(is_space).strip_prefix("raw")?;
    let after = after.trim_start_matches(is_space);
    let end = match after.strip_prefix("-%}") {
        Some(end) => end.trim_start_matches(is_space),
        None => after.strip_prefix("%}")?,
    };
    Some(rest.len() - end.len())
}

/// `{% endraw %}` without its `{%`.
struct RawEnd {
    length: usize,
    opening: Option<char>,
    closing: Option<char>,
}

fn raw_end(rest: &str) -> Option<RawEnd> {
    let opening = rest.chars().next().filter(|c| matches!(c, '-' | '+'));
    let after = rest[usize::from(opening.is_some())..].trim_start_matches(is_space);
    let after = after.strip_prefix("endraw")?.trim_start_matches(is_space);
    let closing = closing(after, "%}")?;
    let end = after.len() - 2 - usize::from(closing.is_some());
    Some(RawEnd {
        length: rest.len() - end,
        opening,
        closing,
    })
}
