//! The atoms of an expression: brackets, bars, fractions, roots, constants, variables.

use num_bigint::BigInt;

use super::function;
use super::parser::{Parsed, Parser, Stop};
use crate::canonical::expr::{Function, Id, Node, Rational};
use crate::canonical::lexer::Token;
use crate::canonical::{text, units};

/// Letters that are functions before a bracket: `f(x)`, not the product `f \cdot x`.
const FUNCTIONS: [&str; 6] = ["f", "g", "h", "F", "G", "H"];

/// Longest word that can be a product of its letters, as `xyz` is.
const LONGEST_PRODUCT: usize = 4;

/// Words of two letters that are not products.
const SHORT_WORDS: [&str; 12] = ["an", "at", "by", "he", "if", "is", "it", "no", "of", "on", "or", "to"];

/// Commands that stand for a variable.
const LETTERS: [&str; 38] = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "varepsilon",
    "zeta",
    "eta",
    "theta",
    "vartheta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "varphi",
    "chi",
    "psi",
    "omega",
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Xi",
    "Sigma",
    "Phi",
    "Psi",
    "Omega",
    "ell",
    "hbar",
    "Pi",
    "Upsilon",
];

/// Commands that turn their argument into a variable: `\vec{v}`.
const ACCENTS: [&str; 9] = [
    "vec",
    "hat",
    "bar",
    "overline",
    "overrightarrow",
    "mathbb",
    "mathcal",
    "tilde",
    "dot",
];

/// Whether a command can be a factor.
pub(super) fn is_factor(name: &str) -> bool {
    matches!(name, "frac" | "binom" | "sqrt" | "pi" | "imath" | "lfloor" | "lceil")
        || LETTERS.contains(&name)
        || ACCENTS.contains(&name)
        || function::named(name).is_some()
}

/// Whether `name` stands for a variable by itself.
pub(in crate::canonical) fn is_letter(name: &str) -> bool {
    LETTERS.contains(&name)
}

/// Whether `name` turns its argument into a variable.
pub(in crate::canonical) fn is_accent(name: &str) -> bool {
    ACCENTS.contains(&name)
}

impl<'a> Parser<'_, 'a> {
    /// One atom at the cursor.
    pub(super) fn atom(&mut self) -> Parsed<Id> {
        match self.peek().ok_or(Stop::NotMath)? {
            Token::Number(_) | Token::Symbol('.') => self.literal(),
            Token::Symbol('(') => self.bracketed(Token::Symbol(')')),
            Token::Symbol('[') => self.bracketed(Token::Symbol(']')),
            Token::Symbol('|') => {
                self.at += 1;
                self.barred_until(Token::Symbol('|'), true, Function::Abs)
            }
            Token::Open => self.argument(),
            Token::Symbol('_' | '^') => self.counted(self.at + 4),
            Token::Command(name) => {
                self.at += 1;
                self.command(name)
            }
            Token::Word { text, upright } => self.word(text, upright),
            _ => Err(Stop::NotMath),
        }
    }

    fn bracketed(&mut self, close: Token<'_>) -> Parsed<Id> {
        self.at += 1;
        let barred = std::mem::replace(&mut self.barred, false);
        let inside = self.sum()?;
        self.barred = barred;
        self.spaces();
        self.expect(close)?;
        Ok(inside)
    }

    /// The content of a pair of bars, with the function that they denote.
    fn barred_until(&mut self, close: Token<'_>, barred: bool, function: Function) -> Parsed<Id> {
        let barred = std::mem::replace(&mut self.barred, barred);
        let inside = self.sum()?;
        self.barred = barred;
        self.spaces();
        self.expect(close)?;
        Ok(self.expr.push(Node::Call(function, inside)))
    }

    fn command(&mut self, name: &'a str) -> Parsed<Id> {
        match name {
            "frac" => self.fraction(),
            "binom" => {
                let (n, k) = (self.argument()?, self.argument()?);
                Ok(self.expr.push(Node::Binomial(n, k)))
            }
            "sqrt" => self.root(),
            "pi" => Ok(self.expr.push(Node::Pi)),
            "imath" => Ok(self.expr.push(Node::Imaginary)),
            "lfloor" => self.barred_until(Token::Command("rfloor"), false, Function::Floor),
            "lceil" => self.barred_until(Token::Command("rceil"), false, Function::Ceil),
            _ if LETTERS.contains(&name) => {
                let name = self.decorated(format!("\\{name}"))?;
                Ok(self.variable(&name))
            }
            _ if ACCENTS.contains(&name) => {
                let inner = text::print(self.raw_argument()?);
                let name = self.decorated(format!("\\{name}{{{inner}}}"))?;
                Ok(self.variable(&name))
            }
            _ => match function::named(name) {
                Some(name) => self.call(name),
                None => Err(Stop::NotMath),
            },
        }
    }

    fn fraction(&mut self) -> Parsed<Id> {
        let start = self.at;
        let above = text::print(self.raw_argument()?);
        let below = text::print(self.raw_argument()?);
        if is_differential(&above) && is_differential(&below) {
            return Ok(self.variable(&format!("{above}/{below}")));
        }
        self.at = start;
        let (numerator, denominator) = (self.argument()?, self.argument()?);
        Ok(self.expr.push(Node::Div(numerator, denominator)))
    }

    /// `\sqrt{x}` or `\sqrt[n]{x}`, after the command.
    fn root(&mut self) -> Parsed<Id> {
        let index = if self.take(Token::Symbol('[')) {
            let index = self.sum()?;
            self.spaces();
            self.expect(Token::Symbol(']'))?;
            Some(index)
        } else {
            None
        };
        self.spaces();
        let radicand = self.argument()?;
        let one = BigInt::from(1);
        let exponent = match index {
            None => self.number(Rational::new(one, BigInt::from(2))),
            Some(index) => {
                let one = self.number(Rational::from_integer(one));
                self.expr.push(Node::Div(one, index))
            }
        };
        Ok(self.expr.push(Node::Pow(radicand, exponent)))
    }

    /// A function, a constant, or the next variable of a run of letters.
    fn word(&mut self, text: &'a str, upright: bool) -> Parsed<Id> {
        if let Some(name) = function::named(text) {
            self.skip_word();
            return self.call(name);
        }
        match text {
            "pi" | "Pi" => {
                self.skip_word();
                return Ok(self.expr.push(Node::Pi));
            }
            _ if upright && !is_symbolic(text) => return Err(Stop::NotMath),
            _ if !self.is_product(text) => return Err(Stop::NotMath),
            _ => {}
        }
        let letter = text.chars().next().ok_or(Stop::NotMath)?;
        self.within += letter.len_utf8();
        if text.len() > letter.len_utf8() {
            return Ok(self.letter(&letter.to_string()));
        }
        self.skip_word();
        self.last_letter(&letter.to_string())
    }

    /// Whether a word is a product of its letters.
    fn is_product(&self, text: &str) -> bool {
        let letters = text.chars().count();
        if letters <= 2 || self.within > 0 {
            // The segment `NO` in `\frac{NO}{BO}`; alone, it is a word.
            let segment = self.tokens.len() > 1 && text.chars().all(char::is_uppercase);
            let word = SHORT_WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
            return self.within > 0 || segment || !word;
        }
        let distinct = text.char_indices().all(|(at, c)| !text[..at].contains(c));
        let neighbour = match self.at.checked_sub(1) {
            Some(before) => self.tokens.get(before),
            None => self.tokens.get(1),
        };
        let attached = matches!(
            neighbour,
            Some(
                Token::Number(_)
                    | Token::Close
                    | Token::Command(_)
                    | Token::Symbol('+' | '-' | '*' | '/' | '^' | '_' | '(' | ')' | '|')
            )
        );
        let product = letters <= LONGEST_PRODUCT && distinct && attached;
        // 12 xyz, but not "mrs".
        let counted = matches!(self.tokens[..self.at], [.., Token::Number(_), Token::Space]);
        product || (counted && units::is_variables(text))
    }

    fn skip_word(&mut self) {
        self.at += 1;
        self.within = 0;
    }

    /// A letter with its subscript, primes, or the argument of a function.
    fn last_letter(&mut self, letter: &str) -> Parsed<Id> {
        if matches!(letter, "C" | "A")
            && let Some(Token::Symbol('_')) = self.peek()
            && let Ok(count) = self.chosen(letter == "A")
        {
            return Ok(count);
        }
        let name = self.decorated(letter.to_owned())?;
        if FUNCTIONS.contains(&letter) && self.peek() == Some(Token::Symbol('(')) {
            let argument = self.bracketed(Token::Symbol(')'))?;
            let name = self.expr.name(&name);
            return Ok(self.expr.push(Node::Opaque(name, argument)));
        }
        Ok(self.letter(&name))
    }

    fn letter(&mut self, name: &str) -> Id {
        match name {
            "e" => self.expr.push(Node::Euler),
            "i" => self.expr.push(Node::Imaginary),
            _ => self.variable(name),
        }
    }

    /// `name` with its subscript and primes.
    fn decorated(&mut self, mut name: String) -> Parsed<String> {
        loop {
            if self.take(Token::Symbol('_')) {
                let subscript = text::print(self.raw_argument()?);
                name.push('_');
                name.push_str(&subscript);
            } else if self.take(Token::Symbol('\'')) {
                name.push('\'');
            } else {
                return Ok(name);
            }
        }
    }

    fn variable(&mut self, name: &str) -> Id {
        let name = self.expr.name(name);
        self.expr.push(Node::Variable(name))
    }
}

/// Whether an upright word stands for constants or variables, rather than being a name or a unit.
fn is_symbolic(text: &str) -> bool {
    matches!(text, "e" | "i") || text.chars().all(|c| c.is_ascii_uppercase())
}

/// Whether `text` is a differential, as in `\frac{dy}{dx}`.
fn is_differential(text: &str) -> bool {
    if text == "d" {
        return true;
    }
    let rest = text
        .strip_prefix('d')
        .or_else(|| text.strip_prefix("\\partial "))
        .or_else(|| text.strip_prefix("\\partial"));
    let letter = rest.map(|rest| rest.trim_start_matches("^{2}"));
    letter.is_some_and(|letter| {
        let base = letter.trim_end_matches("^{2}");
        base.chars().count() == 1 && base.chars().all(char::is_alphabetic)
    })
}
