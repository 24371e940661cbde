//! Numbers as digits, words, ordinals and Roman numerals.

use serl_answers::english::{ONES, TENS};

use super::tokens::Token;

const ORDINALS: [&str; 12] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
];
const ROMAN: [&str; 16] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI",
];
const SCALES: [(&str, f64); 6] = [
    ("hundred", 1e2),
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("trillion", 1e12),
    ("dozen", 12.0),
];
/// What stands before `I` where it is a numeral.
const BEFORE_ONE: [&str; 11] = [
    "war",
    "part",
    "type",
    "class",
    "elizabeth",
    "charles",
    "james",
    "francis",
    "napoleon",
    "nicholas",
    "joseph",
];

/// The number that begins at `at`, and the place after it: `21`, `twenty-one`, `8 billion`, `3rd`, `second`, `II`.
pub(super) fn number(tokens: &[Token], at: usize) -> Option<(f64, usize)> {
    let value = cardinal(&tokens[at].word)
        .or_else(|| ordinal(tokens, at))
        .or_else(|| roman(tokens, at))?;
    Some(scaled(tokens, at, value))
}

/// A number in digits, or a single word up to ninety.
pub(super) fn cardinal(word: &str) -> Option<f64> {
    let place = |list: &[&str]| list.iter().position(|known| *known == word).map(|place| place as f64);
    let digits = || {
        word.trim_start_matches('-')
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| digits(word))
    };
    place(&ONES)
        .or_else(|| place(&TENS).map(|ten| 10.0 * (ten + 2.0)))
        .or_else(|| digits().flatten())
}

fn digits(word: &str) -> Option<f64> {
    let word = word.replace(',', "");
    // Too many digits are a word: infinities cannot be compared.
    let finite = |digits: &str| digits.parse().ok().filter(|value: &f64| value.is_finite());
    let Some((above, below)) = word.split_once('/') else {
        return finite(&word);
    };
    let (above, below) = (finite(above)?, finite(below)?);
    (below != 0.0).then(|| above / below)
}

fn ordinal(tokens: &[Token], at: usize) -> Option<f64> {
    let place = ORDINALS.iter().position(|known| *known == tokens[at].word)?;
    // After a number, `second` is a unit.
    let unit = tokens[at].word == "second" && at > 0 && cardinal(&tokens[at - 1].word).is_some();
    (!unit).then_some(place as f64 + 1.0)
}

/// A numeral after a capitalised word: World War II.
fn roman(tokens: &[Token], at: usize) -> Option<f64> {
    let written = &tokens[at].written;
    let place = ROMAN.iter().position(|known| known == written)?;
    let before = tokens.get(at.checked_sub(1)?)?;
    let pronoun = written == "I" && !BEFORE_ONE.contains(&before.word.as_str()) && at + 1 < tokens.len();
    (before.is_capital() && !pronoun).then_some(place as f64 + 1.0)
}

/// The value with the ones, scales and ordinal endings that follow the word at `at`.
fn scaled(tokens: &[Token], at: usize, mut value: f64) -> (f64, usize) {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
    let mut end = at + 1;
    let one = ONES[1..10].iter().position(|known| *known == word(end));
    if let Some(one) = one.filter(|_| TENS.contains(&word(at))) {
        value += one as f64 + 1.0;
        end += 1;
    }
    while let Some((_, scale)) = SCALES.iter().find(|(name, _)| *name == word(end)) {
        value *= scale;
        end += 1;
    }
    end += usize::from(["st", "nd", "rd", "th"].contains(&word(end)));
    (value, end)
}

#[cfg(test)]
mod tests {
    use super::super::tokens::{pieces, tokens};
    use super::*;

    fn last(text: &str) -> Option<f64> {
        let tokens = tokens(&pieces(text));
        let found = (0..tokens.len()).find_map(|at| number(&tokens, at).filter(|(_, end)| *end == tokens.len()));
        found.map(|(value, _)| value)
    }

    #[test]
    fn numbers_are_read_in_all_their_forms() {
        let forms = [
            ("21", 21.0),
            ("twenty-one", 21.0),
            ("1,000", 1000.0),
            ("-3.5", -3.5),
            ("3/4", 0.75),
            ("two hundred", 200.0),
            ("8 billion", 8e9),
            ("3rd", 3.0),
            ("the third", 3.0),
            ("World War II", 2.0),
            ("World War I", 1.0),
        ];
        for (text, value) in forms {
            assert_eq!(last(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_none() {
        for text in ["H2O", "1/0", "often", "and I", "vitamin x", &"9".repeat(400)] {
            assert_eq!(last(text), None, "{text}");
        }
        let seconds = tokens(&pieces("1 second"));
        assert_eq!(number(&seconds, 1), None);
    }
}
