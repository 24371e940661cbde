//! Faults of texts with a grammar: configurations and chat templates.

use super::{bytes, dictionary};
use crate::support::dice::Dice;

const TOML: &[&str] = &[
    "[",
    "]",
    "[[",
    "=",
    "\"\"\"",
    "'",
    "{",
    "}",
    ",",
    "#",
    "1e999",
    "nan",
    "inf",
    "0x",
    "1979-05-27",
    "true",
    "-1",
    "99999999999999999999",
    "[a.b.c]\n",
    "a.b.c = 1\n",
];

const JINJA: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-%}",
    "{%-",
    "{% for a in range(99999) %}",
    "{% endfor %}",
    "{% if ",
    "{% endif %}",
    "{% macro m() %}",
    "{% endmacro %}",
    "{{ m() }}",
    " ~ ",
    " not ",
    "(",
    "[",
    "|replace('', 'aaaaaaaa')",
    "|tojson",
    "* 99999999",
    "|join",
    "['x']",
    ".x.y",
    "|center(99999999)",
    "{{ raise_exception('no') }}",
    "{% break %}",
    "{% set x = messages * 1000000 %}",
    "loop",
    "namespace(a=1)",
    "%",
    "'%0999999d' % 1",
    "**",
    "2 ** 99999",
    "{% include 'x' %}",
];

pub fn toml(content: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    mutate(content, TOML, dice)
}

pub fn jinja(content: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    mutate(content, JINJA, dice)
}

fn mutate(content: Vec<u8>, grammar: &[&str], dice: &mut Dice) -> Vec<u8> {
    let Ok(text) = String::from_utf8(content.clone()) else {
        return bytes::mutate(content, dice);
    };
    let mut pieces = pieces(&text);
    let at = dice.below(pieces.len() as u64) as usize;
    match dice.below(9) {
        0 => return bytes::mutate(content, dice),
        1 => drop(pieces.remove(at)),
        2 => {
            let other = dice.below(pieces.len() as u64) as usize;
            pieces.swap(at, other);
        }
        3 => pieces.insert(at, dictionary::word(dice).to_owned()),
        4 => pieces[at] = dictionary::value(dice).to_string(),
        5 => pieces[at] = pieces[at].repeat(1 << dice.below(16)),
        6 => {
            let until = (at + 1 + dice.below(12) as usize).min(pieces.len());
            let copy = pieces[at..until].concat().repeat(1 << dice.below(8));
            pieces.insert(at, copy);
        }
        _ => pieces.insert(at, dictionary::pick(grammar, dice).to_owned()),
    }
    pieces.concat().into_bytes()
}

/// Words, numbers, blanks and single signs, at least one piece.
fn pieces(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        c if c.is_whitespace() => 2,
        _ => 0,
    };
    let mut pieces = vec![String::new()];
    let mut last = None;
    for c in text.chars() {
        if last != Some(class(c)) || class(c) == 0 {
            pieces.push(String::new());
        }
        last = Some(class(c));
        pieces.last_mut().unwrap().push(c);
    }
    pieces
}
