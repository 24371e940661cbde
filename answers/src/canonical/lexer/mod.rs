//! Reads LaTeX as models write it, and plain text, into tokens.
//!
//! Layout is dropped here: `\left`, `\displaystyle`, `\!`, math delimiters, currency signs, quotation
//! marks, and the wrappers of text (`\text{..}`) and of emphasis (`\mathbf{..}`, `\boxed{..}`). Different spellings
//! of a symbol become one. Braces are balanced in the result, whatever the input.
//!
//! Knows no grammar: `group` knows which command takes which arguments.

mod layout;

use super::symbols::{self, Meaning};

/// A piece of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A run of ASCII digits.
    Number(&'a str),
    /// A run of letters, upright inside `\text{..}` and the like.
    Word { text: &'a str, upright: bool },
    /// A command, without its backslash.
    Command(&'a str),
    /// Any other character.
    Symbol(char),
    /// `{`, not `\{`.
    Open,
    /// `}`, not `\}`.
    Close,
    /// A separator that can only stand between the thousands of a number: `{,}` or `,\!`.
    Thousands,
    /// White space of any kind.
    Space,
}

/// The kind of an open brace.
enum Brace {
    Group,
    /// Braces that are dropped; records whether text was upright outside them.
    Wrapper {
        upright: bool,
    },
}

struct Lexer<'a> {
    rest: &'a str,
    tokens: Vec<Token<'a>>,
    braces: Vec<Brace>,
    upright: bool,
}

/// The tokens of `answer`, with balanced braces.
pub(super) fn lex(answer: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer {
        rest: answer,
        tokens: Vec::new(),
        braces: Vec::new(),
        upright: false,
    };
    while let Some(first) = lexer.rest.chars().next() {
        lexer.step(first);
    }
    while !lexer.braces.is_empty() {
        lexer.close();
    }
    lexer.tokens
}

impl<'a> Lexer<'a> {
    fn step(&mut self, first: char) {
        match first {
            '\\' => self.backslash(),
            '{' if self.take("{,}") => self.tokens.push(Token::Thousands),
            ',' if self.is_thousands() => {
                self.skip(",\\!".len());
                self.tokens.push(Token::Thousands);
            }
            '{' => {
                self.skip(1);
                self.braces.push(Brace::Group);
                self.tokens.push(Token::Open);
            }
            '}' => {
                self.skip(1);
                self.close();
            }
            '0'..='9' => {
                let digits = self.run(|c| c.is_ascii_digit());
                self.tokens.push(Token::Number(digits));
            }
            '~' => {
                self.skip(1);
                self.space();
            }
            '<' | '>' | '!' | '=' if self.comparison().is_some() => {
                let name = self.comparison().unwrap_or_default();
                self.skip(2);
                self.tokens.push(Token::Command(name));
            }
            // An exclamation of words is no factorial.
            '!' if self.upright => self.skip(1),
            'x' | 'X' if self.is_times() => {
                self.skip(1);
                self.tokens.push(Token::Symbol('*'));
            }
            '*' if self.is_power() => {
                self.skip(2);
                self.tokens.push(Token::Symbol('^'));
            }
            _ if symbols::superscript(first).is_some() => {
                self.shifted('^', symbols::superscript);
            }
            _ if symbols::subscript(first).is_some() => self.shifted('_', symbols::subscript),
            _ if first.is_whitespace() => {
                self.run(char::is_whitespace);
                self.space();
            }
            _ => match symbols::character(first) {
                Some(meaning) => {
                    self.skip(first.len_utf8());
                    self.apply(meaning);
                }
                None if first.is_alphabetic() => {
                    let text = self.run(|c| c.is_alphabetic() && symbols::character(c).is_none());
                    let upright = self.upright;
                    self.tokens.push(Token::Word { text, upright });
                }
                None => {
                    self.skip(first.len_utf8());
                    self.tokens.push(Token::Symbol(first));
                }
            },
        }
    }

    fn backslash(&mut self) {
        let before = self.rest;
        self.skip(1);
        let name = self.run(|c| c.is_ascii_alphabetic());
        if let Some(glued) = ["qquad", "quad"]
            .iter()
            .find_map(|gap| name.strip_prefix(gap))
            .filter(|rest| rest.len() == 1)
        {
            // `\quadx` is meant as `\quad x`.
            self.rest = &before[1 + name.len() - glued.len()..];
            return self.apply(Meaning::Gap);
        }
        if !name.is_empty() {
            return self.apply(symbols::command(name));
        }
        let Some(escaped) = self.rest.chars().next() else {
            return;
        };
        self.skip(escaped.len_utf8());
        match escaped {
            ' ' | ',' | ';' | ':' | '\n' => self.space(),
            '!' | '(' | ')' | '[' | ']' | '$' => {}
            '\\' => self.tokens.push(Token::Command("\\")),
            _ => self.tokens.push(Token::Symbol(escaped)),
        }
    }

    fn apply(&mut self, meaning: Meaning<'a>) {
        match meaning {
            Meaning::Nothing => {}
            Meaning::Delimiter => {
                self.take(".");
            }
            Meaning::Space => self.space(),
            Meaning::Symbol(symbol) => self.tokens.push(Token::Symbol(symbol)),
            Meaning::Command(name) => self.tokens.push(Token::Command(name)),
            Meaning::Fraction(numerator, denominator) => self.tokens.extend([
                Token::Command("frac"),
                Token::Open,
                Token::Number(numerator),
                Token::Close,
                Token::Open,
                Token::Number(denominator),
                Token::Close,
            ]),
            Meaning::Wrapper { upright } => self.open_wrapper(upright),
            Meaning::Degree => self.degree(),
            Meaning::Skipped(arguments) => self.skip_arguments(arguments),
            Meaning::Length => self.skip_length(),
            Meaning::Numbers(letter) => self.numbers(letter),
            Meaning::Word(text) => self.word(text),
            Meaning::Gap if self.separates_equations() => self.tokens.push(Token::Symbol(',')),
            Meaning::Gap => self.space(),
        }
    }

    fn open_wrapper(&mut self, upright: bool) {
        let after = self.rest.trim_start();
        if let Some(inside) = after.strip_prefix('{') {
            self.rest = inside;
            self.braces.push(Brace::Wrapper { upright: self.upright });
            self.upright |= upright;
        }
    }

    /// `^\circ` and `^{\circ}` become a degree sign; elsewhere the circle composes functions.
    fn degree(&mut self) {
        match self.tokens.as_slice() {
            [.., Token::Symbol('^')] => {
                self.tokens.pop();
                self.tokens.push(Token::Symbol('°'));
            }
            [.., Token::Symbol('^'), Token::Open] => {
                self.tokens.truncate(self.tokens.len() - 2);
                self.tokens.push(Token::Symbol('°'));
                if let Some(brace) = self.braces.last_mut() {
                    *brace = Brace::Wrapper { upright: self.upright };
                }
            }
            _ => self.tokens.push(Token::Command("circ")),
        }
    }

    /// Closes the innermost open brace, if there is one.
    fn close(&mut self) {
        match self.braces.pop() {
            Some(Brace::Group) => self.tokens.push(Token::Close),
            Some(Brace::Wrapper { upright }) => self.upright = upright,
            None => {}
        }
    }

    fn space(&mut self) {
        if self.tokens.last() != Some(&Token::Space) {
            self.tokens.push(Token::Space);
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn take(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn run(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        run
    }
}

/// A digit as text that outlives every answer.
fn digit(c: char) -> Option<&'static str> {
    let at = c.to_digit(10)? as usize;
    Some(&"0123456789"[at..=at])
}

#[cfg(test)]
mod tests {
    use super::Token::*;
    use super::*;

    fn word(text: &str, upright: bool) -> Token<'_> {
        Word { text, upright }
    }

    #[test]
    fn layout_is_dropped() {
        assert_eq!(lex(r"\left. x \right)"), [Space, word("x", false), Space, Symbol(')')]);
        assert_eq!(lex(r"$\$5$"), [Number("5")]);
        assert_eq!(lex(r"\mbox{ cm}x"), [Space, word("cm", true), word("x", false)]);
    }

    #[test]
    fn spellings_become_one() {
        assert_eq!(lex("2×π"), lex(r"2\cdot\pi"));
        assert_eq!(lex("90°"), lex(r"90^{\circ}"));
        assert_eq!(lex("90°"), lex(r"90^\circ"));
        assert_eq!(lex("x²"), lex("x^{2}"));
        assert_eq!(lex("½"), lex(r"\dfrac{1}{2}"));
        assert_eq!(lex("−3"), lex("-3"));
    }

    #[test]
    fn braces_are_balanced() {
        assert_eq!(lex("}{x"), [Open, word("x", false), Close]);
        assert_eq!(lex(r"\text{a"), [word("a", true)]);
    }

    #[test]
    fn thousands_are_told_from_lists() {
        let separated = [Number("1"), Thousands, Number("000")];
        assert_eq!(lex("1{,}000"), separated);
        assert_eq!(lex(r"1,\!000"), separated);
        assert_eq!(lex("1,000"), [Number("1"), Symbol(','), Number("000")]);
    }
}
