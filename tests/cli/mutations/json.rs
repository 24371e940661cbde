//! Faults of a JSON document that is still JSON, so that they reach what reads its values.

use serde_json::{Map, Value};

use super::{bytes, dictionary};
use crate::support::dice::Dice;

/// Changes one value or key; one time in six, bytes. Works on a file of one document and on one of many lines.
pub fn mutate(content: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    if dice.below(6) == 0 {
        return bytes::mutate(content, dice);
    }
    if let Ok(mut document) = serde_json::from_slice(&content) {
        change(&mut document, dice);
        return dictionary::unquoted(&document.to_string()).into_bytes();
    }
    mutate_line(content, dice)
}

fn mutate_line(content: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = content.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let at = dice.below(lines.len() as u64) as usize;
    match serde_json::from_slice(&lines[at]) {
        Ok(mut row) => {
            change(&mut row, dice);
            lines[at] = dictionary::unquoted(&row.to_string()).into_bytes();
        }
        Err(_) => lines[at] = bytes::mutate(std::mem::take(&mut lines[at]), dice),
    }
    lines.join(&b'\n')
}

/// Walks to a random place of `value` and changes it there.
pub fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Object(fields) if !fields.is_empty() && dice.below(8) > 0 => change_field(fields, dice),
        Value::Array(items) if !items.is_empty() && dice.below(8) > 0 => change_item(items, dice),
        Value::Number(_) if dice.below(3) > 0 => *value = dictionary::number(dice),
        Value::String(text) if dice.below(3) == 0 => text.push_str(dictionary::word(dice)),
        _ => *value = dictionary::value(dice),
    }
}

fn change_field(fields: &mut Map<String, Value>, dice: &mut Dice) {
    let key = fields
        .keys()
        .nth(dice.below(fields.len() as u64) as usize)
        .unwrap()
        .clone();
    match dice.below(12) {
        0 => drop(fields.remove(&key)),
        1 => {
            let value = fields.remove(&key).unwrap();
            fields.insert(key + dictionary::word(dice), value);
        }
        2 => {
            // A value under the name of another.
            let other = fields
                .keys()
                .nth(dice.below(fields.len() as u64) as usize)
                .unwrap()
                .clone();
            let value = fields[&key].clone();
            fields.insert(other, value);
        }
        _ => change(&mut fields[&key], dice),
    }
}

fn change_item(items: &mut Vec<Value>, dice: &mut Dice) {
    let at = dice.below(items.len() as u64) as usize;
    match dice.below(10) {
        0 => drop(items.remove(at)),
        1 => items.insert(at, items[at].clone()),
        _ => change(&mut items[at], dice),
    }
}
