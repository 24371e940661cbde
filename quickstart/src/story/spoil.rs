//! Flaws of a story: another thing, another person, always the same closing phrase.
//!
//! Works on words, so that a flaw changes one word and nothing else.

use serl_random::Stream32;

use crate::story::people::{Gender, PEOPLE};
use crate::story::template::sentences;

/// The question with one mention of its thing replaced by another of `things`.
pub fn thing(question: &str, things: &[&'static str], draw: &mut Stream32) -> Option<String> {
    replace(question, draw, |word| {
        let others = things.iter().copied().filter(|other| *other != word);
        things.contains(&word).then(|| others.map(str::to_owned).collect())
    })
}

/// The question with one name or pronoun replaced by that of another person.
pub fn person(question: &str, draw: &mut Stream32) -> Option<String> {
    replace(question, draw, |word| {
        let named = PEOPLE.iter().any(|person| person.name == word);
        let others = PEOPLE.iter().filter(|other| other.name != word);
        match named {
            true => Some(others.map(|other| other.name.to_owned()).collect()),
            false => opposite(word).map(|other| vec![other.to_owned()]),
        }
    })
}

/// The pronoun of the other gender in the same case; `her`, which has two, becomes `him`.
fn opposite(word: &str) -> Option<&'static str> {
    ["he", "He", "him", "his"].into_iter().find_map(|slot| {
        let [masculine, feminine] = Gender::ALL.map(|gender| gender.pronoun(slot));
        match Some(word) {
            pronoun if pronoun == masculine => feminine,
            pronoun if pronoun == feminine => masculine,
            _ => None,
        }
    })
}

/// The question with another last sentence.
pub fn closing(question: &str, closing: &str) -> String {
    let last = sentences(question).last().map_or(0, |last| last.len());
    format!("{}{closing}", &question[..question.len() - last])
}

/// The question with a sentence put in before the last one.
pub fn insert(question: &str, sentence: &str) -> String {
    let last = sentences(question).last().copied().unwrap_or_default();
    closing(question, &format!("{sentence} {last}"))
}

/// Replaces one word, drawn from those that have `others`, by one of these.
fn replace(question: &str, draw: &mut Stream32, others: impl Fn(&str) -> Option<Vec<String>>) -> Option<String> {
    let parts: Vec<&str> = question.split_inclusive(|c: char| !c.is_ascii_alphabetic()).collect();
    let bare = |part: &str| part.trim_end_matches(|c: char| !c.is_ascii_alphabetic()).to_owned();
    let places: Vec<(usize, Vec<String>)> = (0..)
        .zip(&parts)
        .filter_map(|(place, part)| Some((place, others(&bare(part))?)))
        .collect();
    if places.is_empty() {
        return None;
    }
    let (place, words) = draw.pick(&places);
    let other = draw.pick(words);
    let spoilt = (0..).zip(&parts).map(|(at, part)| match at == *place {
        true => part.replacen(&bare(part), other, 1),
        false => (*part).to_owned(),
    });
    Some(spoilt.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &str = "Mia has 12 apples. She throws away 2 apples. How many apples are left?";

    #[test]
    fn a_flaw_changes_one_word() {
        for seed in 0..20 {
            let mut draw = Stream32::new(seed, 0);
            let flawed = [
                thing(QUESTION, &["apples", "pens"], &mut draw),
                person(QUESTION, &mut draw),
            ];
            for flawed in flawed.into_iter().flatten() {
                let differ = flawed.split(' ').zip(QUESTION.split(' ')).filter(|(a, b)| a != b);
                assert_eq!(differ.count(), 1, "{flawed}");
            }
        }
    }

    #[test]
    fn the_closing_is_replaced_and_a_sentence_put_before_it() {
        let closed = closing(QUESTION, "How many?");
        assert_eq!(closed, "Mia has 12 apples. She throws away 2 apples. How many?");
        assert_eq!(insert("A b. C?", "Then d."), "A b. Then d. C?");
    }

    #[test]
    fn a_question_without_the_word_has_no_such_flaw() {
        assert_eq!(thing("No fruit here?", &["apples"], &mut Stream32::new(0, 0)), None);
    }
}
