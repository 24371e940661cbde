//! Pieces of input that have broken programs before.

use serde_json::{Value, json};

use crate::support::dice::Dice;

/// A JSON document cannot hold these as values, but a file can: [`raw`] marks them, [`unquoted`] writes them.
const RAW: &[&str] = &[
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "18446744073709551616",
    "1E400",
    "-0",
];

const WORDS: &[&str] = &[
    "\u{1b}]0;title\u{7}",
    "\u{202e}gnp.exe",
    "\0",
    "\u{feff}",
    "\r\n",
    "\u{85}",
    "../../etc/passwd",
    "/dev/zero",
    "{{ messages }}",
    "%s%n",
    "ΑΒΓ\u{301}",
    "𝟙𝟚𝟛",
    "<|im_end|>",
];

pub fn raw(dice: &mut Dice) -> Value {
    json!(format!("@raw:{}@", pick(RAW, dice)))
}

/// The text of a document with the values of [`raw`] as they would stand in a file.
pub fn unquoted(text: &str) -> String {
    RAW.iter().fold(text.to_owned(), |text, raw| {
        text.replace(&format!("\"@raw:{raw}@\""), raw)
    })
}

pub fn word(dice: &mut Dice) -> &'static str {
    pick(WORDS, dice)
}

pub fn pick<'a>(among: &[&'a str], dice: &mut Dice) -> &'a str {
    among[dice.below(among.len() as u64) as usize]
}

/// A number that is too large, too small, or nearly so.
pub fn number(dice: &mut Dice) -> Value {
    match dice.below(10) {
        0 => json!(0),
        1 => json!(-1),
        2 => json!(1),
        3 => json!(u64::MAX),
        4 => json!(i64::MIN),
        5 => json!(1u64 << (20 + dice.below(40))),
        6 => json!(1e38),
        7 => json!(1e-320),
        8 => json!(0.5),
        _ => json!(dice.below(300)),
    }
}

/// Any value.
pub fn value(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(false),
        3 => json!(""),
        4 => json!(word(dice)),
        5 => json!([]),
        6 => json!({}),
        7 => json!("x".repeat(1 << dice.below(20))),
        8 => nested(1 << dice.below(9)),
        9 => raw(dice),
        _ => number(dice),
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!([inner]))
}
