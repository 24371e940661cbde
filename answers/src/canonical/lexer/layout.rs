//! What a few characters mean by what stands beside them, and which of them are layout.

use super::{Lexer, Token, digit};

/// Most bytes of a name before `=`: `x_{12}`.
const MAX_NAME: usize = 16;

impl Lexer<'_> {
    /// The command that is written as two characters here, as in code.
    pub(super) fn comparison(&self) -> Option<&'static str> {
        match self.rest.as_bytes() {
            [b'<', b'=', ..] | [b'=', b'<', ..] => Some("le"),
            [b'>', b'=', ..] => Some("ge"),
            // 5!=120 is a factorial.
            [b'!', b'=', ..] => (!matches!(
                self.tokens.last(),
                Some(Token::Number(_) | Token::Close | Token::Symbol(')'))
            ))
            .then_some("ne"),
            _ => None,
        }
    }

    /// Whether `,\!` stands between digits; elsewhere it is a comma with less space.
    pub(super) fn is_thousands(&self) -> bool {
        let after = self.rest.strip_prefix(",\\!").map(str::trim_start);
        after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()))
            && matches!(self.tokens.last(), Some(Token::Number(_)))
    }

    /// Whether `**` is a power (`x**2`) and not emphasis (`**14**`).
    pub(super) fn is_power(&self) -> bool {
        let operand = matches!(
            self.tokens.last(),
            Some(Token::Number(_) | Token::Word { .. } | Token::Close | Token::Symbol(')'))
        );
        let exponent = self
            .rest
            .strip_prefix("**")
            .is_some_and(|after| after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '(' | '-')));
        operand && exponent
    }

    /// A run of raised or lowered digits, as an argument of `sign`.
    pub(super) fn shifted(&mut self, sign: char, plain: fn(char) -> Option<char>) {
        self.tokens.extend([Token::Symbol(sign), Token::Open]);
        while let Some((first, plain)) = self.rest.chars().next().and_then(|c| Some((c, plain(c)?))) {
            self.skip(first.len_utf8());
            self.tokens.push(match digit(plain) {
                Some(digit) => Token::Number(digit),
                None => Token::Symbol(plain),
            });
        }
        self.tokens.push(Token::Close);
    }

    /// Whether `x` stands for a multiplication sign: `7 x 9`, `2.5 x 10^6`, "5 boxes x $3".
    pub(super) fn is_times(&self) -> bool {
        let [rest @ .., Token::Space] = self.tokens.as_slice() else {
            // `7x9`, but not `0x1A`.
            let number = matches!(self.tokens.last(), Some(Token::Number(digits)) if *digits != "0");
            return number && self.rest[1..].starts_with(|c: char| c.is_ascii_digit());
        };
        // The unit of the number before may stand between: "5 boxes x 3".
        let unit = |token: &Token<'_>| matches!(token, Token::Space) || is_word(token);
        let number = rest.iter().rfind(|token| !unit(token));
        let multiplied = matches!(number, Some(Token::Number(_) | Token::Close | Token::Symbol(')' | '%')));
        let after = self.rest[1..]
            .strip_prefix([' ', '~'])
            .map(|after| after.trim_start_matches([' ', '$', '\\', '(', '}']));
        multiplied && after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// A set of numbers, `\R`, as `\mathbb{R}`.
    pub(super) fn numbers(&mut self, letter: &'static str) {
        let upright = false;
        self.tokens.extend([
            Token::Command("mathbb"),
            Token::Open,
            Token::Word { text: letter, upright },
            Token::Close,
        ]);
    }

    /// A word that is written as a sign.
    pub(super) fn word(&mut self, text: &'static str) {
        self.space();
        self.tokens.push(Token::Word { text, upright: true });
        self.space();
    }

    /// Whether the space between `x = 1` and `y = 2` is wide enough to separate them.
    pub(super) fn separates_equations(&self) -> bool {
        let after = self.rest.trim_start_matches([' ', '$', '{', '\\']);
        let window = &after[..after.floor_char_boundary(MAX_NAME)];
        let name = window.split_once('=').map_or("", |(name, _)| name.trim_end());
        let base = name.split('_').next().unwrap_or("");
        let named = base.chars().filter(|c| c.is_alphabetic()).count() == 1
            || (self.rest.trim_start().starts_with('\\') && base.chars().all(|c| c.is_ascii_alphabetic()));
        let before = self.tokens.iter().rfind(|token| **token != Token::Space);
        let ends = matches!(
            before,
            Some(Token::Number(_) | Token::Close | Token::Word { .. } | Token::Symbol(')'))
        );
        let value = before.is_some_and(|token| !joins(token));
        !name.is_empty() && named && ends && value && self.tokens.contains(&Token::Symbol('='))
    }

    /// Skips arguments in braces or of one character, with the options of the first: `\color[rgb]{1,0,0}`.
    pub(super) fn skip_arguments(&mut self, count: usize) {
        self.take("*");
        for _ in 0..count {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with('[') {
                let end = self.rest.find(']').map_or(1, |end| end + 1);
                self.skip(end);
                self.rest = self.rest.trim_start();
            }
            match self.rest.chars().next() {
                Some('{') => self.skip_braces(),
                Some(c) if c.is_alphanumeric() => {
                    self.run(char::is_alphanumeric);
                }
                _ => return,
            }
        }
    }

    fn skip_braces(&mut self) {
        let mut depth = 0_usize;
        let end = self.rest.char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at + 1)
        });
        self.skip(end.unwrap_or(1));
    }

    /// Skips a length: `5mu`, `-1.5 em`.
    pub(super) fn skip_length(&mut self) {
        self.rest = self.rest.trim_start();
        let digits = self.run(|c| c.is_ascii_digit() || matches!(c, '-' | '.'));
        if !digits.is_empty() {
            self.rest = self.rest.trim_start();
            let unit = ["mu", "em", "ex", "pt", "cm", "mm", "in", "px"]
                .iter()
                .find(|unit| self.rest.starts_with(**unit));
            self.skip(unit.map_or(0, |unit| unit.len()));
        }
    }
}

fn is_word(token: &Token<'_>) -> bool {
    matches!(token, Token::Word { text, .. } if text.chars().nth(1).is_some())
}

fn joins(token: &Token<'_>) -> bool {
    matches!(token, Token::Word { text, .. } if text.eq_ignore_ascii_case("and") || text.eq_ignore_ascii_case("or"))
}

#[cfg(test)]
mod tests {
    use super::super::lex;

    #[test]
    fn layout_with_arguments_is_dropped() {
        for answer in [
            r"\color{red}{5}",
            r"\color{red} 5",
            r"\textcolor{blue}{5}",
            r"\hspace{1em}5",
            r"\hspace*{1em} 5",
            r"\large 5",
            r"{\bf 5}",
            r"\bf{5}",
            r"\mkern5mu 5",
            r"\phantom{0}5",
            r"\text{}5",
        ] {
            let tokens = lex(answer);
            let kept: Vec<_> = tokens
                .iter()
                .filter(|token| format!("{token:?}").contains("Number"))
                .collect();
            assert_eq!(kept.len(), 1, "{answer:?} {tokens:?}");
        }
    }

    #[test]
    fn an_x_between_numbers_multiplies() {
        assert_eq!(lex("7 x 9"), lex("7 * 9"));
        assert_eq!(lex("7 x $9"), lex("7 * $9"));
        assert_ne!(lex("7 x"), lex("7 *"));
        assert_eq!(lex("7x9"), lex("7*9"));
        assert_ne!(lex("0x19"), lex("0*19"));
        assert_ne!(lex("7x 9"), lex("7* 9"));
        assert_ne!(lex("y x 9"), lex("y * 9"));
    }
}
