//! Puts every argument into braces and drops all other braces.
//!
//! `\frac12`, `\frac1{2}` and `\frac{1}{2}` become the same, and so do `x^2`, `x^{2}` and `{x}^2`. One pass with a
//! stack on the heap: depth costs memory, never recursion.

use super::lexer::Token;
use super::parse;

/// The arguments that the last command still expects.
#[derive(Debug, Clone, Copy)]
struct Expected {
    arguments: usize,
    /// Whether a number is one argument: after `^`, `_` and `\sqrt`, but not in `\frac12`.
    whole: bool,
}

impl Expected {
    const NOTHING: Self = Self {
        arguments: 0,
        whole: true,
    };

    /// The arguments that `token` expects. Unknown commands expect none, so that `\sin{x}` is `\sin x`.
    fn by(token: Token<'_>) -> Self {
        let (arguments, whole) = match token {
            Token::Symbol('^' | '_') => (1, true),
            Token::Command("frac" | "binom") => (2, false),
            Token::Command("sqrt" | "pmod" | "begin" | "end") => (1, true),
            Token::Command(name) if parse::is_accent(name) => (1, true),
            _ => return Self::NOTHING,
        };
        Self { arguments, whole }
    }
}

/// An open argument, with the arguments expected after it.
enum Frame {
    /// Braces of the answer.
    Braces { role: Role, then: Expected },
    /// Braces put around a command that is itself an argument, closed when its own arguments are read.
    Implied { then: Expected },
    /// Braces put around parentheses that are an argument (`x^(1/2)`), and how many are open in it.
    Parentheses { open: usize, then: Expected },
}

/// The fate of braces in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// They enclose an argument and are kept.
    Argument,
    /// They hold something together: parentheses take their place, as in `\sin{x}y` or `{x+1}^2`.
    Parentheses,
    /// They are dropped.
    Layout,
}

/// How far to look ahead for whether braces hold something together.
const MAX_LOOKAHEAD: usize = 64;

struct Grouper<'a> {
    out: Vec<Token<'a>>,
    frames: Vec<Frame>,
    expected: Expected,
}

/// The tokens with all arguments in braces. Braces must be balanced, and stay so.
pub(super) fn group<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut grouper = Grouper {
        out: Vec::with_capacity(tokens.len()),
        frames: Vec::new(),
        expected: Expected::NOTHING,
    };
    let mut rest = tokens;
    while let Some((&token, after)) = rest.split_first() {
        let taken = grouper.step(token, after);
        rest = after.get(taken..).unwrap_or_default();
    }
    grouper.abandon();
    grouper.out
}

impl<'a> Grouper<'a> {
    /// Processes `token`, and returns how many of the tokens `after` it were consumed with it.
    fn step(&mut self, token: Token<'a>, after: &[Token<'a>]) -> usize {
        let waiting = self.expected.arguments > 0;
        match token {
            Token::Open => self.open(after),
            Token::Close => self.close(),
            Token::Space if waiting => {}
            Token::Symbol('(') if waiting && self.expected.whole => self.open_parentheses(),
            Token::Symbol('(' | ')') if self.in_parentheses() => self.parenthesis(token),
            _ if Expected::by(token).arguments > 0 => return self.command(token, after),
            Token::Number(digits) if waiting && self.expected.whole => {
                return self.decimal(digits, after);
            }
            Token::Number(digits) if waiting => self.number(digits),
            Token::Word { text, upright: false } if waiting && !self.expected.whole => {
                self.letters(text);
            }
            Token::Symbol('-' | '+') if waiting => return self.signed(token, after),
            _ if waiting => self.argument(&[token]),
            _ => self.out.push(token),
        }
        0
    }

    /// A command with arguments, and the index of `\sqrt[3]`, which is not an argument.
    fn command(&mut self, token: Token<'a>, after: &[Token<'a>]) -> usize {
        if self.expected.arguments > 0 {
            self.out.push(Token::Open);
            let then = self.one_less();
            self.frames.push(Frame::Implied { then });
        }
        self.out.push(token);
        self.expected = Expected::by(token);
        match (token, after) {
            (
                Token::Command("sqrt"),
                [
                    Token::Symbol('['),
                    Token::Number(_) | Token::Word { .. },
                    Token::Symbol(']'),
                    ..,
                ],
            ) => {
                self.out.extend(&after[..3]);
                3
            }
            _ => 0,
        }
    }

    /// A number without braces: one argument, or one argument per digit and the remaining digits as a factor.
    fn number(&mut self, mut digits: &'a str) {
        while self.expected.arguments > 0 && !digits.is_empty() {
            let length = if self.expected.whole { digits.len() } else { 1 };
            let (argument, others) = digits.split_at(length);
            self.argument(&[Token::Number(argument)]);
            digits = others;
        }
        if !digits.is_empty() {
            self.out.push(Token::Number(digits));
        }
    }

    /// `x^-1`, which TeX would read differently from what is meant.
    fn signed(&mut self, sign: Token<'a>, after: &[Token<'a>]) -> usize {
        match after.first() {
            Some(&next @ (Token::Number(_) | Token::Word { .. })) => {
                self.argument(&[sign, next]);
                1
            }
            _ => {
                self.argument(&[sign]);
                0
            }
        }
    }

    fn argument(&mut self, tokens: &[Token<'a>]) {
        self.out.push(Token::Open);
        self.out.extend(tokens);
        self.out.push(Token::Close);
        self.expected = self.one_less();
        self.settle();
    }

    fn one_less(&self) -> Expected {
        Expected {
            arguments: self.expected.arguments.saturating_sub(1),
            ..self.expected
        }
    }

    /// A number with decimals as one argument: `x^0.5`.
    fn decimal(&mut self, digits: &'a str, after: &[Token<'a>]) -> usize {
        match after {
            [Token::Symbol('.'), decimals @ Token::Number(_), ..] => {
                self.argument(&[Token::Number(digits), Token::Symbol('.'), *decimals]);
                2
            }
            _ => {
                self.number(digits);
                0
            }
        }
    }

    /// A word without braces: one argument per letter, as in `\frac xy`, and the remaining letters as a factor.
    fn letters(&mut self, mut text: &'a str) {
        if text == "pi" {
            return self.argument(&[Token::Word { text, upright: false }]);
        }
        let word = |text| Token::Word { text, upright: false };
        while self.expected.arguments > 0
            && let Some(first) = text.chars().next()
        {
            let (letter, others) = text.split_at(first.len_utf8());
            self.argument(&[word(letter)]);
            text = others;
        }
        if !text.is_empty() {
            self.out.push(word(text));
        }
    }

    fn open(&mut self, after: &[Token<'a>]) {
        let role = if self.expected.arguments > 0 {
            Role::Argument
        } else if self.is_operand() || is_sum(after) {
            Role::Parentheses
        } else {
            Role::Layout
        };
        let then = self.one_less();
        self.frames.push(Frame::Braces { role, then });
        self.expected = Expected::NOTHING;
        match role {
            Role::Argument => self.out.push(Token::Open),
            Role::Parentheses => self.out.push(Token::Symbol('(')),
            Role::Layout => {}
        }
    }

    /// Whether braces here are the operand of a function, or a factor: not the alignment of an environment.
    fn is_operand(&self) -> bool {
        match self.out.as_slice() {
            [
                ..,
                Token::Command("begin"),
                Token::Open,
                Token::Word { .. },
                Token::Close,
            ] => false,
            [.., Token::Close] => true,
            [.., Token::Command(name)] => parse::is_function(name),
            _ => false,
        }
    }

    fn open_parentheses(&mut self) {
        let then = self.one_less();
        self.frames.push(Frame::Parentheses { open: 1, then });
        self.out.extend([Token::Open, Token::Symbol('(')]);
        self.expected = Expected::NOTHING;
    }

    /// Whether the innermost argument is one in parentheses.
    fn in_parentheses(&self) -> bool {
        let outer = self
            .frames
            .iter()
            .rfind(|frame| !matches!(frame, Frame::Implied { .. }));
        matches!(outer, Some(Frame::Parentheses { .. }))
    }

    /// A parenthesis within an argument that started with one.
    fn parenthesis(&mut self, token: Token<'a>) {
        if token == Token::Symbol(')') {
            self.abandon_implied();
        }
        self.out.push(token);
        let Some(Frame::Parentheses { open, then }) = self.frames.last_mut() else {
            return;
        };
        *open = if token == Token::Symbol('(') {
            *open + 1
        } else {
            *open - 1
        };
        let (open, then) = (*open, *then);
        if open == 0 {
            self.frames.pop();
            self.out.push(Token::Close);
            self.expected = then;
            self.settle();
        }
    }

    fn close(&mut self) {
        self.abandon();
        if let Some(Frame::Braces { role, then }) = self.frames.pop() {
            match role {
                Role::Argument => self.out.push(Token::Close),
                Role::Parentheses => self.out.push(Token::Symbol(')')),
                Role::Layout => {}
            }
            self.expected = then;
            self.settle();
        }
    }

    /// Closes implied arguments whose commands expect nothing more.
    fn settle(&mut self) {
        while self.expected.arguments == 0
            && let Some(&Frame::Implied { then }) = self.frames.last()
        {
            self.frames.pop();
            self.out.push(Token::Close);
            self.expected = then;
        }
    }

    /// Closes all implied arguments, whatever their commands still expect.
    fn abandon_implied(&mut self) {
        while let Some(Frame::Implied { .. }) = self.frames.last() {
            self.frames.pop();
            self.out.push(Token::Close);
        }
        self.expected = Expected::NOTHING;
    }

    /// Closes all arguments that no brace of the answer closes.
    fn abandon(&mut self) {
        while let Some(Frame::Implied { .. } | Frame::Parentheses { .. }) = self.frames.last() {
            self.frames.pop();
            self.out.push(Token::Close);
        }
        self.expected = Expected::NOTHING;
    }
}

/// Whether the braces that end in `after` hold a sum.
fn is_sum(after: &[Token<'_>]) -> bool {
    let (mut depth, mut sum) = (1, false);
    for (at, token) in after.iter().take(MAX_LOOKAHEAD).enumerate() {
        match token {
            Token::Open | Token::Symbol('(' | '[') => depth += 1,
            Token::Close | Token::Symbol(')' | ']') => depth -= 1,
            Token::Symbol('+' | '-') | Token::Command("pm" | "mp") if depth == 1 && at > 0 => sum = true,
            Token::Symbol(',' | '=' | '<' | '>') if depth == 1 => return false,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::lexer::lex;

    #[test]
    fn spellings_of_arguments_come_out_alike() {
        let cases = [
            (r"\frac12", r"\frac{1}{2}"),
            (r"\frac 12", r"\frac{1}{2}"),
            (r"\frac9{19}", r"\frac{9}{19}"),
            (r"\frac{270}7", r"\frac{270}{7}"),
            (r"\frac\pi2", r"\frac{\pi}{2}"),
            (r"x^2", r"{x}^{2}"),
            (r"x^-1", r"x^{-1}"),
            (r"\sqrt3", r"\sqrt{3}"),
            (r"2^10", r"2^{10}"),
            (r"e^\frac12", r"e^{\frac{1}{2}}"),
            (r"\sqrt\frac12+1", r"\sqrt{\frac{1}{2}}+1"),
            (r"\sqrt[3]2", r"\sqrt[3]{2}"),
            (r"\frac{\sqrt2}{2}", r"\frac{\sqrt{2}}{2}"),
            (r"{{5}}", "5"),
            (r"\frac{x", r"\frac{x}"),
            (r"\frac xy", r"\frac{x}{y}"),
            (r"\binom nk", r"\binom{n}{k}"),
            (r"\frac pi4", r"\frac{pi}{4}"),
            (r"x^(1+y)", r"x^{(1+y)}"),
            (r"\sin{x}y", r"\sin(x)y"),
            (r"\log_{2}{8}", r"\log_{2}(8)"),
            (r"{x+1}^2", r"(x+1)^2"),
            (r"{-3}", r"-3"),
        ];
        for (written, meant) in &cases {
            assert_eq!(group(&lex(written)), group(&lex(meant)), "{written}");
        }
    }

    #[test]
    fn braces_stay_balanced() {
        for written in [
            r"\frac",
            r"{x^}",
            r"^^^^",
            r"\frac\frac\frac",
            r"\frac{\sqrt",
            "_{^",
            r"\sqrt[",
            r"\frac1",
        ] {
            let tokens = group(&lex(written));
            let mut depth = 0_usize;
            for token in tokens {
                match token {
                    Token::Open => depth += 1,
                    Token::Close => depth = depth.checked_sub(1).expect(written),
                    _ => {}
                }
            }
            assert_eq!(depth, 0, "{written}");
        }
    }
}
