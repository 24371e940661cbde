//! What a condition compares: columns, literals, and sums and products of these.

use anyhow::Result;
use polars::prelude::{BooleanChunked, DataType, NamedFrom, NewChunkedArray, Series};
use sqlparser::ast::{BinaryOperator, Expr, Ident, UnaryOperator, Value, ValueWithSpan};

use crate::failure::Mistake;
use crate::nearest::nearest;
use crate::report::frame::Frame;

/// The values of an expression, one for each row, or one for all.
pub(super) struct Operand {
    pub(super) series: Series,
    /// Whether it is a column of single precision. A literal is rounded like its values, so that 0.2 is 0.2.
    single: bool,
}

impl Operand {
    fn of(series: Series) -> Self {
        Self { series, single: false }
    }

    /// Whether no row has a value: then nothing is known of its type either.
    pub(super) fn is_missing(&self) -> bool {
        !self.series.is_empty() && self.series.null_count() == self.series.len()
    }

    /// The values as truth values.
    pub(super) fn truth(&self, expr: &Expr) -> Result<BooleanChunked, Mistake> {
        if self.is_missing() {
            return Ok(unknown());
        }
        let truth = self.series.bool().cloned();
        truth.map_err(|_| {
            let example = if is_text(&self.series) { "= 'text'" } else { "> 0" };
            Mistake::new(
                format!("`{expr}` is neither true nor false"),
                format!("compare it, as in `{expr} {example}`"),
            )
        })
    }

    /// The values of two operands in a type that both have.
    pub(super) fn comparable(a: Self, b: Self, (left, right): (&Expr, &Expr)) -> Result<(Series, Series)> {
        if is_number(&a.series) && is_number(&b.series) {
            let single = a.single || b.single;
            let number = |operand: &Self| {
                let exact = operand.series.cast(&DataType::Float64)?;
                // A literal beside single precision is rounded as well.
                if single {
                    exact.cast(&DataType::Float32)
                } else {
                    Ok(exact)
                }
            };
            return Ok((number(&a)?, number(&b)?));
        }
        if a.series.dtype() == b.series.dtype() && !a.series.dtype().is_list() {
            return Ok((a.series, b.series));
        }
        let kind = |operand: &Self| kind(&operand.series);
        let text = format!(
            "`{left}` is {} and `{right}` is {}: they cannot be compared",
            kind(&a),
            kind(&b)
        );
        Err(Mistake::new(
            text,
            "texts stand in single quotes, numbers and `true` or `false` do not",
        )
        .into())
    }
}

/// Neither true nor false, for all rows.
pub(super) fn unknown() -> BooleanChunked {
    BooleanChunked::from_iter_options("".into(), std::iter::once(None))
}

fn is_number(series: &Series) -> bool {
    series.dtype().is_primitive_numeric()
}

fn is_text(series: &Series) -> bool {
    matches!(series.dtype(), DataType::String)
}

fn kind(series: &Series) -> &'static str {
    match series.dtype() {
        DataType::String => "a text",
        DataType::Boolean => "true or false",
        DataType::List(_) => "a list",
        other if other.is_primitive_numeric() => "a number",
        _ => "missing",
    }
}

/// The values of `expr`.
///
/// # Errors
/// A column that the frame does not have, or an expression that is no value.
pub(super) fn of(expr: &Expr, frame: &Frame) -> Result<Operand> {
    Ok(match expr {
        Expr::Nested(inner) => of(inner, frame)?,
        Expr::Identifier(name) if name.quote_style.is_some() => column(&name.value, frame)?,
        Expr::Identifier(name) => column(&meant("--where", &name.value, frame)?, frame)?,
        Expr::CompoundIdentifier(parts) => column(&meant("--where", &dotted(parts), frame)?, frame)?,
        Expr::Value(ValueWithSpan { value, .. }) => literal(value, expr)?,
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => Operand::of((&Series::new("".into(), [0.0]) - &number(expr, frame)?)?),
        Expr::BinaryOp { left, op, right } => arithmetic(left, op, right, frame)?,
        other => return Err(no_value(other).into()),
    })
}

/// The text of a literal.
pub(super) fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(text),
            ..
        }) => Some(text.clone()),
        _ => None,
    }
}

fn dotted(parts: &[Ident]) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
    parts.join(".")
}

fn column(name: &str, frame: &Frame) -> Result<Operand> {
    let series = frame.series(name).ok_or_else(|| no_column("--where", name, frame))?;
    let single = matches!(series.dtype(), DataType::Float32);
    Ok(Operand { series, single })
}

fn literal(value: &Value, expr: &Expr) -> Result<Operand> {
    let name = || "".into();
    Ok(Operand::of(match value {
        Value::Number(digits, _) => {
            let number = digits.parse::<f64>().map_err(|_| no_value(expr))?;
            Series::new(name(), [number])
        }
        Value::SingleQuotedString(text) => Series::new(name(), [text.as_str()]),
        Value::Boolean(truth) => Series::new(name(), [*truth]),
        Value::Null => {
            let hint = "ask for it with `is null` or `is not null`";
            return Err(Mistake::new("nothing is equal to `null`", hint).into());
        }
        _ => return Err(no_value(expr).into()),
    }))
}

fn arithmetic(left: &Expr, op: &BinaryOperator, right: &Expr, frame: &Frame) -> Result<Operand> {
    let both = || anyhow::Ok((number(left, frame)?, number(right, frame)?));
    let computed = match op {
        BinaryOperator::Plus => both().map(|(a, b)| &a + &b)?,
        BinaryOperator::Minus => both().map(|(a, b)| &a - &b)?,
        BinaryOperator::Multiply => both().map(|(a, b)| &a * &b)?,
        BinaryOperator::Divide => both().map(|(a, b)| &a / &b)?,
        _ => return Err(no_value(&format!("{left} {op} {right}")).into()),
    };
    Ok(Operand::of(computed?))
}

fn number(expr: &Expr, frame: &Frame) -> Result<Series> {
    let operand = of(expr, frame)?;
    if is_number(&operand.series) || operand.is_missing() {
        return Ok(operand.series.cast(&DataType::Float64)?);
    }
    let text = format!("`{expr}` is {}, and so cannot be computed with", kind(&operand.series));
    Err(Mistake::new(text, "compute with columns of numbers").into())
}

fn no_value(expr: &impl std::fmt::Display) -> Mistake {
    let text = format!("`{expr}` is no value");
    Mistake::new(
        text,
        "compare columns, numbers, texts in single quotes, `true` and `false`",
    )
}

/// The name of the column that `option` names: letters may differ in case where that leaves no doubt.
///
/// # Errors
/// Several columns could be meant.
pub(super) fn meant(option: &str, name: &str, frame: &Frame) -> Result<String, Mistake> {
    let known = frame.columns().into_iter().map(|(known, _)| known);
    let alike: Vec<String> = known
        .filter(|known| known.to_lowercase() == name.to_lowercase())
        .collect();
    match alike.as_slice() {
        [one] => Ok(one.clone()),
        several if several.len() > 1 && !several.iter().any(|known| known == name) => {
            let text = format!("`{option}`: the column `{name}` could be `{}`", several.join("` or `"));
            Err(Mistake::new(text, "write it as it is, capitals included"))
        }
        _ => Ok(name.to_owned()),
    }
}

/// `option` names a column that there is not.
pub(super) fn no_column(option: &str, name: &str, frame: &Frame) -> Mistake {
    let known: Vec<String> = frame.columns().into_iter().map(|(name, _)| name).collect();
    let meant = match nearest(name, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`? "),
        None => String::new(),
    };
    let quotes = match option {
        "--where" => "; a text stands in single quotes",
        _ => "",
    };
    let hint = format!("{meant}there are {}{quotes}", known.join(", "));
    Mistake::new(format!("`{option}`: there is no column `{name}`"), hint)
}
