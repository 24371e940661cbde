//! Faults of safetensors files: of the header as a document, of its bytes, of values.

use super::{bytes, json};
use crate::support::dice::Dice;

pub fn mutate(content: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let Some((header, data)) = split(&content) else {
        return bytes::mutate(content, dice);
    };
    match dice.below(4) {
        0 => bytes::mutate_ends(content, dice),
        1 => join(header, spoiled(data, dice)),
        _ => {
            let Ok(mut document) = serde_json::from_slice(header) else {
                return bytes::mutate(content, dice);
            };
            json::change(&mut document, dice);
            join(document.to_string().as_bytes(), data.to_vec())
        }
    }
}

fn split(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u64::from_le_bytes(content.get(..8)?.try_into().ok()?);
    content[8..].split_at_checked(usize::try_from(length).ok()?)
}

fn join(header: &[u8], data: Vec<u8>) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header, &data].concat()
}

/// One value that is huge, infinite or not a number.
fn spoiled(data: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut data = data.to_vec();
    let value = [f32::NAN, f32::INFINITY, f32::MAX, -1e30, 1e-42][dice.below(5) as usize];
    let at = dice.below((data.len() / 4).max(1) as u64) as usize * 4;
    if let Some(four) = data.get_mut(at..at + 4) {
        four.copy_from_slice(&value.to_le_bytes());
    }
    data
}
