//! Faults that know nothing of a format.

use crate::support::dice::Dice;

/// A place in `content`, its end included.
fn place(content: &[u8], dice: &mut Dice) -> usize {
    dice.below(content.len() as u64 + 1) as usize
}

/// A stretch of `content`, short ones more often.
pub fn stretch(content: &[u8], dice: &mut Dice) -> std::ops::Range<usize> {
    let start = place(content, dice);
    let longest = (content.len() - start) as u64;
    let length = (dice.unit().powi(4) * (longest + 1) as f64) as usize;
    start..(start + length).min(content.len())
}

/// Flips, cuts, repeats, moves or overwrites bytes.
pub fn mutate(mut content: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let range = stretch(&content, dice);
    match dice.below(7) {
        0 | 1 if !content.is_empty() => {
            let at = dice.below(content.len() as u64) as usize;
            content[at] ^= 1 << dice.below(8);
        }
        2 => content.truncate(range.start),
        3 => drop(content.drain(range)),
        4 => {
            let copy = content[range.clone()].to_vec();
            let at = place(&content, dice);
            content.splice(at..at, copy);
        }
        5 => content[range].fill([0, 0xff, b' '][dice.below(3) as usize]),
        _ => {
            // Lengths and counts are little-endian numbers in most formats.
            let number = [0, 1, 0x7fff_ffff, u64::MAX, 1 << 40][dice.below(5) as usize].to_le_bytes();
            let end = (range.start + 8).min(content.len());
            let width = end - range.start;
            content[range.start..end].copy_from_slice(&number[..width]);
        }
    }
    content
}

/// Like [`mutate`], but only in the first or last KiB, where formats keep what describes the rest.
pub fn mutate_ends(content: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let middle = content.len().saturating_sub(1024);
    if dice.below(2) == 0 {
        let mut head = content;
        let tail = head.split_off(head.len().min(1024));
        return [mutate(head, dice), tail].concat();
    }
    let mut head = content;
    let tail = head.split_off(middle);
    [head, mutate(tail, dice)].concat()
}
