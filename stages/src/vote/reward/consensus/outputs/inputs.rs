//! Inputs on which answers are run.

use serde_json::{Value, json};
use serl_random::Stream32;

use super::signature::Kind;

/// Lines of a whole program's input.
const LINES: usize = 3;
/// What an argument whose kind is unknown may be: these take turns.
const GUESSES: [fn() -> Kind; 6] = [
    || Kind::Int,
    || Kind::list(Kind::Int),
    || Kind::Text,
    || Kind::Float,
    || Kind::list(Kind::Text),
    || Kind::list(Kind::list(Kind::Int)),
];
const WORDS: [&str; 12] = [
    "level",
    "Hello",
    "a",
    "racecar",
    "data science",
    "abcabc",
    "The quick brown fox",
    "listen",
    "silent",
    "aab",
    "x1y2",
    "A man, a plan",
];

/// `count` lists of arguments of these kinds, drawn from `seed`. The first are small, and the edges 0 and empty are
/// among them.
///
/// No kinds: lines for whole programs.
pub(super) fn inputs(kinds: &[Kind], count: usize, seed: u64) -> Vec<Vec<Value>> {
    let lines = vec![Kind::Unknown; LINES];
    let kinds = if kinds.is_empty() { &lines[..] } else { kinds };
    let arguments = |number: usize| {
        let mut draw = Stream32::new(seed, number as u64);
        let guess = GUESSES[number % GUESSES.len()]();
        // Small ones first: half of the answers must manage an input for it to count.
        let size = 2 + number as u32 / 2;
        let argument = |kind: &Kind| value(kind, &guess, size, &mut draw);
        kinds.iter().map(argument).collect()
    };
    (0..count).map(arguments).collect()
}

fn value(kind: &Kind, guess: &Kind, size: u32, draw: &mut Stream32) -> Value {
    match kind {
        Kind::Int => int(size, draw).into(),
        Kind::Float => json!(int(size, draw) as f64 + f64::from(draw.between(0, 3)) / 4.0),
        Kind::Bool => draw.chance(0.5).into(),
        Kind::Text => text(size, draw).into(),
        Kind::List(of) => {
            let of = known(of, guess);
            let length = draw.between(0, size.min(8));
            (0..length).map(|_| value(of, &Kind::Int, size, draw)).collect()
        }
        Kind::Map(key, of) => {
            let length = draw.between(0, size.min(5));
            let pair = |_| {
                let key = value(known(key, &Kind::Text), guess, size, draw);
                json!([key, value(known(of, guess), &Kind::Int, size, draw)])
            };
            // Keys of JSON objects are texts; the runner makes a dictionary of the pairs.
            json!({"pairs": (0..length).map(pair).collect::<Value>()})
        }
        Kind::Unknown => value(known(guess, &Kind::Int), &Kind::Int, size, draw),
    }
}

/// The kind, or the guess if it is unknown; an unknown guess is an integer.
fn known<'k>(kind: &'k Kind, guess: &'k Kind) -> &'k Kind {
    match (kind, guess) {
        (Kind::Unknown, Kind::Unknown) => &Kind::Int,
        (Kind::Unknown, guess) => guess,
        (kind, _) => kind,
    }
}

/// Seldom below zero, which many functions do not take.
fn int(size: u32, draw: &mut Stream32) -> i64 {
    let drawn = i64::from(draw.between(0, size * size.min(12)));
    if draw.chance(0.15) { -drawn } else { drawn }
}

fn text(size: u32, draw: &mut Stream32) -> String {
    if draw.chance(0.5) {
        return (*draw.pick(&WORDS)).to_owned();
    }
    let length = draw.between(0, size.min(10));
    (0..length)
        .map(|_| *draw.pick(&['a', 'b', 'c', 'A', ' ', '1']))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(kind: &Kind, value: &Value) -> bool {
        match kind {
            Kind::Int => value.is_i64(),
            Kind::Float => value.is_f64(),
            Kind::Bool => value.is_boolean(),
            Kind::Text => value.is_string(),
            Kind::List(of) => value
                .as_array()
                .is_some_and(|items| items.iter().all(|item| fits(of, item))),
            Kind::Map(key, of) => value["pairs"]
                .as_array()
                .is_some_and(|pairs| pairs.iter().all(|pair| fits(key, &pair[0]) && fits(of, &pair[1]))),
            Kind::Unknown => true,
        }
    }

    proptest! {
        #[test]
        fn arguments_have_their_kinds_and_depend_on_the_seed_alone(seed: u64) {
            let kinds = [
                Kind::Int, Kind::Float, Kind::Bool, Kind::Text, Kind::list(Kind::list(Kind::Text)),
                Kind::Map(Box::new(Kind::Text), Box::new(Kind::list(Kind::Int))), Kind::Unknown,
            ];
            let drawn = inputs(&kinds, 24, seed);
            prop_assert_eq!(&drawn, &inputs(&kinds, 24, seed));
            for arguments in &drawn {
                prop_assert!(kinds.iter().zip(arguments).all(|(kind, value)| fits(kind, value)), "{arguments:?}");
            }
            // More inputs begin with the same.
            prop_assert_eq!(&inputs(&kinds, 30, seed)[..24], &drawn[..]);
        }
    }

    #[test]
    fn a_whole_program_gets_lines() {
        assert!(inputs(&[], 12, 1).iter().all(|lines| lines.len() == LINES));
    }
}
