//! A condition on the columns of a table, written as in SQL's WHERE.
//!
//! `sqlparser` reads the text. Its truth values are computed here, column by column: Polars reads SQL only in its lazy
//! engine, which needs an HTTP client. Missing values make a comparison unknown, and what is unknown does not hold, as
//! in SQL.

use std::str::FromStr;

use anyhow::Result;
use polars::prelude::{BooleanChunked, ChunkCompareEq, ChunkCompareIneq, NewChunkedArray, PolarsResult, Series};
use regex::{Regex, RegexBuilder};
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value, ValueWithSpan};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::value::{self, Operand};
use crate::failure::Mistake;
use crate::report::frame::Frame;
use crate::report::show::beginning;

/// Characters of a pattern that are shown.
const SHOWN: usize = 60;
/// Operators of a condition.
const MOST: usize = 500;
const EXAMPLE: &str = "write it as in SQL: `r_mean > 0.5 and reason = 'too_easy'`";

/// A condition that a row meets or does not.
#[derive(Debug, Clone)]
pub struct Condition(Expr);

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = |reason: String| format!("{reason}; {EXAMPLE}");
        let plain = |error: sqlparser::parser::ParserError| {
            let error = error.to_string();
            fault(error.trim_start_matches("sql parser error: ").to_owned())
        };
        let dialect = PostgreSqlDialect {};
        let tokens = Tokenizer::new(&dialect, text).tokenize();
        let tokens = tokens.map_err(|error| fault(error.to_string()))?;
        let operators = tokens.iter().filter(|token| is_operator(token)).count();
        if operators > MOST {
            return Err(format!(
                "{operators} operators are too many; `in (…)` compares with many values at once"
            ));
        }
        let mut parser = Parser::new(&dialect).with_tokens(tokens);
        let condition = parser.parse_expr().map_err(plain)?;
        match parser.peek_token().token {
            Token::EOF => Ok(Self(condition)),
            token => Err(fault(format!("nothing can follow `{condition}`, but `{token}` does"))),
        }
    }
}

impl Condition {
    /// For each row of `frame`, whether it meets the condition.
    ///
    /// # Errors
    /// A column that the frame does not have, values that cannot be compared, or SQL that has no meaning here.
    pub fn holds(&self, frame: &Frame) -> Result<Vec<bool>> {
        let truth = truth(&self.0, frame)?;
        let holds: Vec<bool> = truth.iter().map(|holds| holds == Some(true)).collect();
        Ok(match holds.as_slice() {
            // Literals alone.
            &[all] => vec![all; frame.height()],
            _ => holds,
        })
    }
}

/// Whether a token joins two expressions. Of many in a row the first ones are deep within the last, so that reading
/// them needs a stack.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(word.keyword, Keyword::AND | Keyword::OR | Keyword::NOT),
        Token::Plus | Token::Minus | Token::Mul | Token::Div => true,
        _ => false,
    }
}

fn truth(expr: &Expr, frame: &Frame) -> Result<BooleanChunked> {
    use BinaryOperator::{And, Or};
    let of = |expr: &Expr| truth(expr, frame);
    Ok(match expr {
        Expr::Nested(inner) => of(inner)?,
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => !&of(expr)?,
        Expr::BinaryOp { left, op: And, right } => &of(left)? & &of(right)?,
        Expr::BinaryOp { left, op: Or, right } => &of(left)? | &of(right)?,
        Expr::BinaryOp { left, op, right } => compared(left, op, right, frame)?,
        Expr::IsNull(inner) => value::of(inner, frame)?.series.is_null(),
        Expr::IsNotNull(inner) => value::of(inner, frame)?.series.is_not_null(),
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let low = compared(expr, &BinaryOperator::GtEq, low, frame)?;
            let high = compared(expr, &BinaryOperator::LtEq, high, frame)?;
            negated_if(*negated, &low & &high)
        }
        Expr::InList { expr, list, negated } => negated_if(*negated, one_of(expr, list, frame)?),
        Expr::Like {
            negated,
            any: false,
            expr,
            pattern,
            escape_char,
        } => negated_if(
            *negated,
            matches(expr, &like(pattern, escape_char.as_ref(), false)?, frame)?,
        ),
        Expr::ILike {
            negated,
            any: false,
            expr,
            pattern,
            escape_char,
        } => negated_if(
            *negated,
            matches(expr, &like(pattern, escape_char.as_ref(), true)?, frame)?,
        ),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) => value::of(expr, frame)?.truth(expr)?,
        other => return Err(meaningless(other).into()),
    })
}

fn negated_if(negated: bool, truth: BooleanChunked) -> BooleanChunked {
    if negated { !&truth } else { truth }
}

fn one_of(expr: &Expr, list: &[Expr], frame: &Frame) -> Result<BooleanChunked> {
    let mut any = BooleanChunked::from_slice("".into(), &[false]);
    for value in list {
        any = &any | &compared(expr, &BinaryOperator::Eq, value, frame)?;
    }
    Ok(any)
}

fn compared(left: &Expr, op: &BinaryOperator, right: &Expr, frame: &Frame) -> Result<BooleanChunked> {
    if let Some((negated, ignore_case)) = pattern_operator(op) {
        let found = matches(left, &regex(&text(right)?, ignore_case)?, frame)?;
        return Ok(negated_if(negated, found));
    }
    let (a, b) = (value::of(left, frame)?, value::of(right, frame)?);
    if a.is_missing() || b.is_missing() {
        return Ok(value::unknown());
    }
    let (a, b) = Operand::comparable(a, b, (left, right))?;
    comparison(op)
        .map(|compare| compare(&a, &b))
        .transpose()?
        .ok_or_else(|| meaningless(&format!("{left} {op} {right}")).into())
}

type Comparison = fn(&Series, &Series) -> PolarsResult<BooleanChunked>;

fn comparison(op: &BinaryOperator) -> Option<Comparison> {
    Some(match op {
        BinaryOperator::Eq => |a, b| a.equal(b),
        BinaryOperator::NotEq => |a, b| a.not_equal(b),
        BinaryOperator::Lt => |a, b| a.lt(b),
        BinaryOperator::LtEq => |a, b| a.lt_eq(b),
        BinaryOperator::Gt => |a, b| a.gt(b),
        BinaryOperator::GtEq => |a, b| a.gt_eq(b),
        _ => return None,
    })
}

/// Whether an operator that compares with a pattern is negated, and whether it ignores case.
fn pattern_operator(op: &BinaryOperator) -> Option<(bool, bool)> {
    match op {
        BinaryOperator::PGRegexMatch => Some((false, false)),
        BinaryOperator::PGRegexIMatch => Some((false, true)),
        BinaryOperator::PGRegexNotMatch => Some((true, false)),
        BinaryOperator::PGRegexNotIMatch => Some((true, true)),
        _ => None,
    }
}

/// The pattern of SQL's LIKE: `%` stands for any characters, `_` for one. Behind the escape character, if there is one,
/// any character stands for itself.
fn like(pattern: &Expr, escape: Option<&ValueWithSpan>, ignore_case: bool) -> Result<Regex, Mistake> {
    let pattern = text(pattern)?;
    let escape = escape.map(escape_character).transpose()?;
    let mut whole = "^(?s:".to_owned();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            c if Some(c) == escape => {
                let escaped = characters.next().ok_or_else(|| {
                    let text = format!(
                        "the pattern `{}` ends in its escape character",
                        beginning(&pattern, SHOWN)
                    );
                    Mistake::new(text, format!("write `{c}{c}` for the character `{c}` itself"))
                })?;
                whole += &regex::escape(escaped.encode_utf8(&mut [0; 4]));
            }
            '%' => whole += ".*",
            '_' => whole.push('.'),
            c => whole += &regex::escape(c.encode_utf8(&mut [0; 4])),
        }
    }
    regex(&(whole + ")$"), ignore_case)
}

fn escape_character(value: &ValueWithSpan) -> Result<char, Mistake> {
    let text = match &value.value {
        Value::SingleQuotedString(text) => text.as_str(),
        _ => "",
    };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => {
            let text = format!("`escape {value}` is no escape character");
            Err(Mistake::new(
                text,
                "give one character: `text like '100\\%' escape '\\'`",
            ))
        }
    }
}

fn matches(expr: &Expr, pattern: &Regex, frame: &Frame) -> Result<BooleanChunked> {
    let operand = value::of(expr, frame)?;
    if operand.is_missing() {
        return Ok(value::unknown());
    }
    let texts = operand.series.str().map_err(|_| {
        let text = format!("`{expr}` is no text, and so cannot match a pattern");
        Mistake::new(text, "compare it with `=`, `<` or `>`")
    })?;
    let holds = texts.iter().map(|text| text.map(|text| pattern.is_match(text)));
    Ok(BooleanChunked::from_iter_options("".into(), holds))
}

fn text(expr: &Expr) -> Result<String, Mistake> {
    value::text(expr).ok_or_else(|| {
        Mistake::new(
            format!("`{expr}` is no pattern"),
            "a pattern stands in single quotes: `text like '%pens%'`, `text ~ '\\d+ pens'`",
        )
    })
}

fn regex(pattern: &str, ignore_case: bool) -> Result<Regex, Mistake> {
    let built = RegexBuilder::new(pattern).case_insensitive(ignore_case).build();
    built.map_err(|error| {
        let text = format!("`{}` is no pattern that can be used", beginning(pattern, SHOWN));
        let error = error.to_string();
        Mistake::new(text, error.lines().last().unwrap_or_default())
    })
}

fn meaningless(expr: &impl std::fmt::Display) -> Mistake {
    let text = format!("`{expr}` cannot be used in a condition");
    let hint = "comparisons (`=`, `<>`, `<`, `<=`, `>`, `>=`, `between`, `in`, `like`, `~`, `is null`), joined by \
                `and`, `or` and `not`, can be";
    Mistake::new(text, hint)
}
