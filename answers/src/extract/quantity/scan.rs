//! The numbers of a sentence, with their expressions, and what is written around them.

use crate::extract::context::{Role, role};
use crate::extract::formula::stated;
use crate::extract::sentence::offset;
use crate::extract::words::strip_word;
use crate::extract::{label, literal, math};

/// How far a parenthesis may reach, in bytes.
const MAX_ASIDE: usize = 200;

/// How far a factor behind a number may reach, in bytes.
const MAX_TERM: usize = 64;

/// Letters that are units right behind a number: `5m`, `20C`. Others are variables: `5i`.
const UNITS: &str = "mgshldLWVANJKCFMBTGk";

/// A number or expression, by byte positions in the sentence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) role: Role,
    /// Whether `=` precedes it.
    pub(super) equals: bool,
    /// Whether `=` follows it, so that it is only a step.
    pub(super) calculated: bool,
    /// Whether it numbers something: "step 3", "#12", "6th".
    pub(super) label: bool,
}

/// All numbers of a sentence, in order.
pub(super) fn spans(sentence: &str) -> Vec<Span> {
    let bytes = sentence.as_bytes();
    let mut spans: Vec<Span> = Vec::new();
    let (mut at, mut closed) = (0, true);
    while at < bytes.len() {
        at = match bytes[at] {
            b'$' | b'\\' if closed && literal::end(bytes, at).is_none() => match math::leading(&sentence[at..]) {
                Some((inside, after)) => {
                    let end = sentence.len() - after.len();
                    spans.extend(in_formula(sentence, at, inside, after));
                    end
                }
                None => {
                    closed = bytes[at] == b'$';
                    at + 1
                }
            },
            b'(' | b'[' | b'{' => {
                let (span, end) = bracketed(sentence, at);
                spans.extend(span);
                end
            }
            _ => match literal::end(bytes, at) {
                Some(end) => {
                    let span = number(sentence, at, end);
                    spans.push(span);
                    span.end.max(end)
                }
                None if bytes[at].is_ascii_alphabetic() => at + literal::count(bytes, at, u8::is_ascii_alphanumeric),
                None => at + 1,
            },
        };
    }
    spans
}

/// The value of a formula; one without a value refuses to be cut up, and a name is none of a value's business.
fn in_formula(sentence: &str, at: usize, inside: &str, after: &str) -> Option<Span> {
    if !inside.contains(|c: char| c.is_ascii_digit() || c == '\\') {
        return None;
    }
    let value = stated(inside);
    let text = value.unwrap_or(inside);
    let start = offset(sentence, text);
    Some(Span {
        start,
        end: start + text.len(),
        role: if value.is_some() {
            role(&sentence[..at])
        } else {
            Role::Refused
        },
        equals: value.is_some() && sentence[..at].trim_end().ends_with('='),
        calculated: after.trim_start().starts_with('='),
        label: label::precedes(&sentence[..at]),
    })
}

/// A point or interval as one span; anything else in brackets is an aside. Returns where to go on, too.
fn bracketed(sentence: &str, at: usize) -> (Option<Span>, usize) {
    let rest = &sentence[at..];
    let window = &rest[..rest.floor_char_boundary(MAX_ASIDE)];
    let mut depth = 0_usize;
    let end = window.bytes().enumerate().find_map(|(i, byte)| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(i)
    });
    let Some(end) = end else {
        return (None, at + 1);
    };
    let inside = &window[1..end];
    let called = sentence[..at].ends_with(|c: char| c.is_alphanumeric());
    let digits = inside.contains(|c: char| c.is_ascii_digit());
    let words = inside
        .split(|c: char| !c.is_alphabetic())
        .any(|word| word.chars().count() > 2);
    let span = Span {
        start: at,
        end: at + end + 1,
        role: if called { Role::Refused } else { role(&sentence[..at]) },
        equals: sentence[..at].trim_end().ends_with('='),
        calculated: false,
        label: false,
    };
    if digits && !words && inside.contains(',') {
        return (Some(span), at + end + 1);
    }
    let number = inside.strip_prefix(['-', '−']).unwrap_or(inside);
    let alone = literal::end(number.as_bytes(), 0) == Some(number.len());
    if alone && !called {
        let inner = Span {
            start: at + 1,
            end: at + end,
            ..span
        };
        return (
            Some(Span {
                label: label::precedes(&sentence[..at + 1]),
                ..inner
            }),
            at + end + 1,
        );
    }
    (None, at + end + 1)
}

/// The expression around the number from `at` to `end`.
fn number(sentence: &str, at: usize, end: usize) -> Span {
    let start = signed(sentence, at);
    let before = sentence[..start].trim_end_matches(['$', '\\', '*', '_', '"', '\'', '“', '€', '£']);
    let reach = expression_end(sentence, end);
    let (term_end, follows) = term(sentence, reach);
    let attached = before.ends_with(['^', '_', '<', '>', '≤', '≥', '≠', '√', '/', ':', '(']) && before.len() == start;
    let related = before
        .trim_end()
        .ends_with(['<', '>', '≤', '≥', '≠', '≡', '∈', '∝', '→']);
    let equals = before.trim_end().ends_with(['=', '≈']);
    let rooted = sentence[..at].ends_with('√');
    let unsolved = if equals { unsolved(before) } else { None };
    let after = sentence[term_end..].trim_start_matches([' ', '*']);
    Span {
        start: unsolved.unwrap_or(if rooted { at - '√'.len_utf8() } else { start }),
        end: if matches!(follows, Follows::Term) {
            term_end
        } else {
            reach
        },
        role: match () {
            () if related || (attached && !rooted) || is_of_feet(sentence, start, end) => Role::Refused,
            () if matches!(follows, Follows::Compound | Follows::Ordinal) => Role::Adjunct,
            () => role(before),
        },
        equals,
        calculated: after.starts_with(['=', '≈', '<', '>', '≤', '≥']),
        label: label::precedes(&sentence[..start]),
    }
}

/// Whether a number is one of the two of `5'6"`.
fn is_of_feet(sentence: &str, start: usize, end: usize) -> bool {
    const PRIMES: [char; 3] = ['\'', '’', '′'];
    let digit = |c: char| c.is_ascii_digit();
    let feet = sentence[..start]
        .strip_suffix(PRIMES)
        .is_some_and(|feet| feet.ends_with(digit));
    let inches = sentence[end..]
        .strip_prefix(PRIMES)
        .is_some_and(|inches| inches.starts_with(digit));
    feet || inches
}

/// Extends `start` to the left over a dollar sign and a minus, unless the minus subtracts.
fn signed(sentence: &str, start: usize) -> usize {
    let before = &sentence[..start];
    let unsigned = before.strip_suffix('$').unwrap_or(before);
    let unsigned = unsigned.strip_suffix('\\').unwrap_or(unsigned);
    let Some(left) = unsigned.strip_suffix(['-', '−']) else {
        return start;
    };
    let subtracts = left.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | '}' | ']' | '-'));
    if subtracts { start } else { left.len() }
}

/// The end of the calculation that the number at the left of `end` starts: `3 × 4`, `12 - 7`, `7 x 9`.
fn expression_end(sentence: &str, mut end: usize) -> usize {
    while let Some(next) = operand_end(sentence, end) {
        end = next;
    }
    end
}

fn operand_end(sentence: &str, end: usize) -> Option<usize> {
    let rest = &sentence[end..];
    let operator = rest.trim_start_matches(' ');
    let spaced = operator.len() < rest.len();
    let sign = operator.chars().next()?;
    let after = &operator[sign.len_utf8()..];
    let operand = after.trim_start_matches([' ', '$']);
    let apart = after.starts_with(' ');
    let operates = match sign {
        '+' | '*' | '×' | '÷' | '·' | '^' => !after.starts_with('*'),
        '/' | '-' | '−' | '–' | 'x' => spaced && apart,
        _ => false,
    };
    let position = sentence.len() - operand.len();
    operates.then(|| literal::end(sentence.as_bytes(), position))?
}

/// What is written right behind a number.
enum Follows {
    /// Nothing, a space, a mark or a unit.
    Nothing,
    /// A factor: `5i`, `2√3`, `2π`.
    Term,
    /// "6-day", "20-20".
    Compound,
    /// "6th".
    Ordinal,
}

fn term(sentence: &str, end: usize) -> (usize, Follows) {
    let rest = &sentence[end..];
    let ordinal = ["st", "nd", "rd", "th"]
        .iter()
        .any(|suffix| strip_word(rest, suffix).is_some());
    let window = &rest[..rest.floor_char_boundary(MAX_TERM)];
    let chunk_end = window.find(|c: char| c.is_whitespace()).unwrap_or(window.len());
    let chunk = rest[..chunk_end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', '"', '\'', ')', '。', '”']);
    let mut letters = chunk.chars();
    let (first, second) = (letters.next(), letters.next());
    let follows = match (first, second) {
        _ if ordinal => Follows::Ordinal,
        (Some('-' | '–'), Some(c)) if c.is_alphanumeric() => Follows::Compound,
        (Some('√' | 'π' | '^'), _) => Follows::Term,
        (Some(c), next) if c.is_ascii_alphabetic() && !next.is_some_and(char::is_alphabetic) => {
            if UNITS.contains(c) {
                Follows::Nothing
            } else {
                Follows::Term
            }
        }
        _ => Follows::Nothing,
    };
    (end + chunk.len(), follows)
}

/// Where the left side of an equation starts that is to be solved: `2x = 5`, `x^2 = 5`, but not `x = 5`.
fn unsolved(before: &str) -> Option<usize> {
    let side = before.trim_end().trim_end_matches(['=', '≈']).trim_end();
    let window = side.ceil_char_boundary(side.len().saturating_sub(MAX_TERM));
    let (cut, side) = (window, &side[window..]);
    let start = side
        .rfind(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':'))
        .map_or(0, |at| at + 1);
    let start = side.ceil_char_boundary(start);
    let word = &side[start..];
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let scaled = word.starts_with(|c: char| c.is_ascii_digit()) || word.contains(['^', '²', '³']);
    (letters == 1 && scaled).then_some(cut + start)
}
