//! What the words before a number say about it: that it is what a sentence states, that it only says when, where or for
//! whom, or that it is no value at all.
//!
//! Knows English words, and those of a few other languages that bound or deny. Apart from these, every number is a
//! value there.

mod words;

use self::words::{
    AMOUNTS, BEING, BOUNDS, COMPARATIVES, DENIALS, DENIED, FOREIGN_COMPARATIVES, FOREIGN_THAN, FUNCTIONS, GROUNDS,
    LEADING, NEEDS, NOUNS, OPENERS, PREPOSITIONS, TRANSPARENT, UNSPACED,
};

/// The part of a number in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It may be what the sentence states.
    Value,
    /// It belongs to an adjunct or another clause: "in 8 years", "after he paid 2".
    Adjunct,
    /// It belongs to a ground or a condition: "since 10 is small", "if we buy 2 tubs". Only if a calculation gave it,
    /// it is what the sentence states.
    Ground,
    /// It bounds or denies a value: "less than 5", "not 5".
    Refused,
}

/// How many bytes before a number to read.
const MAX_BEFORE: usize = 120;

/// The part of a number in its sentence, of which `before` is the text before it.
pub(super) fn role(before: &str) -> Role {
    let start = before.floor_char_boundary(before.len().saturating_sub(MAX_BEFORE));
    let lower = before[start..].to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let bare: Vec<&str> = words
        .iter()
        .map(|word| undecorated(word))
        .filter(|word| !word.is_empty())
        .collect();
    let near = nearest_clause(&lower);
    let unspaced = || !lower.is_ascii() && UNSPACED.iter().any(|word| lower.trim_end().ends_with(word));
    if is_refused(&bare) || unspaced() {
        Role::Refused
    } else if is_ground(near) {
        Role::Ground
    } else if is_governed(&bare) || opens(near) {
        Role::Adjunct
    } else {
        Role::Value
    }
}

fn undecorated(word: &str) -> &str {
    word.trim_matches(|c: char| "$*_\"`()[]~≈-".contains(c))
}

/// The words since the last comma: an opener before it has nothing to do with the number.
fn nearest_clause(before: &str) -> &str {
    before.rsplit([',', ';', ':']).next().unwrap_or(before)
}

fn is_refused(words: &[&str]) -> bool {
    let governing = words
        .iter()
        .rposition(|word| !TRANSPARENT.contains(word) || *word == "almost");
    let Some(at) = governing else {
        return false;
    };
    let (word, before) = (words[at], &words[..at]);
    let previous = before.last().copied().unwrap_or("");
    let foreign = FOREIGN_THAN.contains(&word) && FOREIGN_COMPARATIVES.contains(&previous);
    let compared = (word == "than" && COMPARATIVES.contains(&previous)) || foreign;
    let at_least = matches!(word, "least" | "most") && previous == "at";
    let up_to =
        word == "to" && previous == "up" && !before[..before.len() - 1].last().is_some_and(|w| w.starts_with("add"));
    let or_equal = word == "to" && previous == "equal" && before.iter().rev().take(4).any(|word| *word == "or");
    let ranges = word == "to" && before.iter().rev().take(4).any(|word| *word == "from");
    let function = FUNCTIONS.contains(&word);
    BOUNDS.contains(&word) || compared || at_least || up_to || ranges || or_equal || function || is_denied(words)
}

/// Whether a clause turns to a ground: "(A) is wrong since 10 is small".
fn is_ground(clause: &str) -> bool {
    clause
        .split_whitespace()
        .skip(1)
        .any(|word| GROUNDS.contains(&undecorated(word)))
}

fn is_denied(words: &[&str]) -> bool {
    let denial = words.iter().rev().find(|word| !DENIED.contains(word));
    denial.is_some_and(|word| DENIALS.contains(word) || word.ends_with("n't") || word.ends_with("n’t"))
}

/// Whether a preposition, an infinitive of purpose or a participle governs the number.
fn is_governed(words: &[&str]) -> bool {
    let Some(at) = words
        .iter()
        .rposition(|word| !TRANSPARENT.contains(word) || matches!(*word, "every" | "each"))
    else {
        return false;
    };
    let (word, before) = (words[at].trim_end_matches([',', ';', ':']), &words[..at]);
    let previous = before.last().copied().unwrap_or("");
    if words[at].ends_with([',', ';', ':']) {
        return false;
    }
    match word {
        "of" => !is_amount(before),
        "to" => !LEADING.contains(&previous),
        "than" => true,
        "as" => !before
            .iter()
            .rev()
            .take(4)
            .any(|word| matches!(*word, "written" | "expressed" | "same")),
        _ if PREPOSITIONS.contains(&word) => true,
        _ if previous == "to" => {
            let needing = before[..before.len() - 1].last().copied().unwrap_or("");
            !NEEDS.contains(&needing) && !LEADING.contains(&needing)
        }
        _ => is_participle(word, before),
    }
}

/// Whether "of" follows an amount that the number is: "a total of 12", "the sum of 12", but not "2 of 12".
fn is_amount(before: &[&str]) -> bool {
    before.last().is_some_and(|noun| AMOUNTS.contains(noun))
}

fn is_participle(word: &str, before: &[&str]) -> bool {
    let previous = before.last().copied().unwrap_or("");
    let active = word.len() > 4 && word.ends_with("ing") && !NOUNS.contains(&word);
    active && !BEING.contains(&previous) && !before.is_empty()
}

/// Whether a word of the clause turns to something else: "if we buy 2", "by cancelling his 60".
fn opens(clause: &str) -> bool {
    let words: Vec<&str> = clause.split_whitespace().map(undecorated).collect();
    words.iter().enumerate().any(|(at, word)| {
        let by = *word == "by" && words.get(at + 1).is_some_and(|next| next.ends_with("ing"));
        let opened = OPENERS.iter().any(|opener| {
            let mut parts = opener.split(' ').enumerate();
            parts.all(|(i, part)| words.get(at + i) == Some(&part))
        });
        (opened && (at > 0 || words.len() > 1)) || by
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_a_number_is() {
        let cases = [
            ("There are ", Role::Value),
            ("She makes ", Role::Value),
            ("She will be ", Role::Value),
            ("a total of ", Role::Value),
            ("the sum of ", Role::Value),
            ("Thus x equals ", Role::Value),
            ("it comes to ", Role::Value),
            ("Kylar needs to pay $", Role::Value),
            ("She is earning ", Role::Value),
            ("If he buys some, he pays ", Role::Value),
            ("", Role::Value),
            ("Adam will be 38 years old in ", Role::Adjunct),
            ("during his ", Role::Adjunct),
            ("in the first ", Role::Adjunct),
            ("2 of ", Role::Adjunct),
            ("a pass for $", Role::Adjunct),
            ("He sells 8 boxes to make ", Role::Adjunct),
            ("We save 6 if we buy ", Role::Ground),
            ("Katherine will spend 175 filling all ", Role::Adjunct),
            ("Tim saves 34 by cancelling his ", Role::Adjunct),
            ("it is less than ", Role::Refused),
            ("at least ", Role::Refused),
            ("up to ", Role::Refused),
            ("between ", Role::Refused),
            ("from 4 to ", Role::Refused),
            ("x is greater than or equal to ", Role::Refused),
            ("all numbers except ", Role::Refused),
            ("it is not ", Role::Refused),
            ("it isn't equal to ", Role::Refused),
            ("sqrt ", Role::Refused),
            ("Die Antwort ist nicht ", Role::Refused),
            ("La respuesta es mayor que ", Role::Refused),
            ("答案不是", Role::Refused),
            ("答案大于", Role::Refused),
            ("La respuesta es ", Role::Value),
            ("答案是", Role::Value),
        ];
        for (before, expected) in cases {
            assert_eq!(role(before), expected, "{before:?}");
        }
    }
}
