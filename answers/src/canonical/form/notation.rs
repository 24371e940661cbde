//! Special notations: infinity, the real numbers, times of day, ratios, numerals in another base.

use super::part::{End, INFINITY, Interval, MINUS_INFINITY, Part};
use super::reader::{Item, Reader, Unread};
use super::trim::trim;
use super::{base, name, spelled, split};
use crate::canonical::eval;
use crate::canonical::lexer::Token;
use crate::canonical::{parse, text};

/// Reads all of `tokens` as one of these notations.
pub(super) fn read(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    if let Some(tokens) = negative(tokens) {
        return reader.item(&tokens).map(Some);
    }
    let unspaced = without_spaces_at_colons(tokens);
    if let Some(part) = infinite(tokens)
        .or_else(|| time(&unspaced))
        .or_else(|| base::read(tokens))
        .or_else(|| spelled::read(tokens))
    {
        return Ok(Some(Item { name: None, part }));
    }
    match ratio_signs(tokens).as_slice() {
        [] => Ok(None),
        colons => ratio(reader, &split::at(tokens, colons)).map(Some),
    }
}

/// "negative 15" with its sign.
fn negative<'a>(tokens: &[Token<'a>]) -> Option<Vec<Token<'a>>> {
    match tokens {
        [Token::Word { text, .. }, Token::Space, rest @ ..]
            if ["negative", "minus"].iter().any(|sign| text.eq_ignore_ascii_case(sign))
                && matches!(rest, [Token::Number(_) | Token::Command(_), ..]) =>
        {
            Some([&[Token::Symbol('-')], rest].concat())
        }
        _ => None,
    }
}

/// `Radius: 5`, where words name the value.
pub(super) fn labelled(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    let [colon] = colons(tokens)[..] else {
        return Ok(None);
    };
    let (label, value) = (trim(&tokens[..colon]), &tokens[colon + 1..]);
    if !name::is_words(label) || trim(value).is_empty() {
        return Ok(None);
    }
    let part = reader.item(value)?.part;
    Ok(Some(Item {
        name: name::read(label),
        part,
    }))
}

/// The colons of `3 : 4`, or the words of "3 to 4". "3 to 4 hours" is a range.
fn ratio_signs(tokens: &[Token<'_>]) -> Vec<usize> {
    let colons = colons(tokens);
    if !colons.is_empty() {
        return colons;
    }
    let words = split::positions(tokens, |at| is_to(tokens[at]));
    let counts = tokens
        .iter()
        .any(|token| matches!(token, Token::Word { text, .. } if text.chars().nth(1).is_some()) && !is_to(*token));
    if counts { Vec::new() } else { words }
}

fn is_to(token: Token<'_>) -> bool {
    matches!(token, Token::Word { text: "to", .. })
}

fn colons(tokens: &[Token<'_>]) -> Vec<usize> {
    split::positions(tokens, |at| tokens[at] == Token::Symbol(':'))
}

/// `-\infty`, `\emptyset`, `\mathbb{R}`, "all real numbers", "no solutions".
fn infinite(tokens: &[Token<'_>]) -> Option<Part> {
    let (negative, unsigned) = match tokens {
        [Token::Symbol('-'), rest @ ..] => (true, rest),
        [Token::Symbol('+'), rest @ ..] => (false, rest),
        _ => (false, tokens),
    };
    if let [Token::Command("infty")]
    | [
        Token::Word {
            text: "infinity" | "inf" | "oo",
            ..
        },
    ] = unsigned
    {
        let infinity = if negative { MINUS_INFINITY } else { INFINITY };
        return Some(Part::Scalar(infinity.to_owned()));
    }
    match text::print(tokens).as_str() {
        "\\emptyset" | "empty set" | "the empty set" | "null set" => Some(Part::Set(Vec::new())),
        "\\mathbb{R}" | "ℝ" | "all real numbers" | "all reals" => Some(Part::Interval(Interval {
            low: End::open(MINUS_INFINITY),
            high: End::open(INFINITY),
        })),
        "no solution" | "no solutions" => Some(Part::Text("no solution".to_owned())),
        "DNE" | "dne" | "does not exist" => Some(Part::Text("does not exist".to_owned())),
        _ => None,
    }
}

/// The tokens without the spaces around colons, which are irrelevant.
fn without_spaces_at_colons<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let is_colon = |at: Option<usize>| at.and_then(|at| tokens.get(at)) == Some(&Token::Symbol(':'));
    let kept = tokens
        .iter()
        .enumerate()
        .filter(|(at, token)| **token != Token::Space || !(is_colon(at.checked_sub(1)) || is_colon(Some(at + 1))));
    kept.map(|(_, token)| *token).collect()
}

/// `3:30`, `3:30 p.m.`, `9:03:36 a.m.`, `3 p.m.`, in 24 hours.
fn time(tokens: &[Token<'_>]) -> Option<Part> {
    let (Token::Number(hours), rest) = tokens.split_first()? else {
        return None;
    };
    let mut hour: u32 = hours.parse().ok().filter(|hour| *hour <= 24)?;
    let (minutes, rest) = sixtieths(rest);
    let (seconds, rest) = sixtieths(rest);
    match half_of_day(rest)? {
        None if minutes.is_none() => return None,
        Some(false) if hour == 12 => hour = 0,
        Some(true) if hour < 12 => hour += 12,
        _ => {}
    }
    let minutes = minutes.unwrap_or("00");
    Some(Part::Other(match seconds.filter(|digits| *digits != "00") {
        Some(seconds) => format!("{hour}:{minutes}:{seconds}"),
        None => format!("{hour}:{minutes}"),
    }))
}

/// The minutes or seconds at the start, and what follows them.
fn sixtieths<'t, 'a>(tokens: &'t [Token<'a>]) -> (Option<&'a str>, &'t [Token<'a>]) {
    match tokens {
        [Token::Symbol(':'), Token::Number(digits), rest @ ..] if digits.len() == 2 && *digits < "60" => {
            (Some(digits), rest)
        }
        _ => (None, tokens),
    }
}

/// Whether `tokens` say "p.m." or "a.m."; the outer `None` is anything but these and nothing.
fn half_of_day(tokens: &[Token<'_>]) -> Option<Option<bool>> {
    let letters: String = tokens
        .iter()
        .map(|token| match token {
            Token::Word { text, .. } => text.to_lowercase(),
            Token::Space | Token::Symbol('.') => String::new(),
            _ => "?".to_owned(),
        })
        .collect();
    match letters.as_str() {
        "" => Some(None),
        "am" => Some(Some(false)),
        "pm" => Some(Some(true)),
        _ => None,
    }
}

/// `3:4`, which is `6:8` and the quotient `3/4`; of three and more, `1:2:3` is `2:4:6`.
fn ratio(reader: &mut Reader, sides: &[&[Token<'_>]]) -> Result<Item, Unread> {
    let mut terms = Vec::new();
    for side in sides {
        let expr = parse::scalar(trim(side))?.ok_or(Unread::NotMath)?;
        let term = eval::rational(&expr, &mut reader.steps)?;
        terms.push(term.filter(|term| *term.numer() != 0.into()).ok_or(Unread::NotMath)?);
    }
    let text = match terms.as_slice() {
        [a, b] => eval::quotient(a, b, &mut reader.steps)?,
        terms => {
            let share = |term| eval::quotient(term, &terms[0], &mut reader.steps);
            let shares: Result<Vec<String>, _> = terms.iter().map(share).collect();
            shares?.join(":")
        }
    };
    Ok(Item {
        name: None,
        part: Part::Scalar(text),
    })
}
