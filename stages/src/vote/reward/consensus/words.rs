//! Short answers mean the same as far as they have the same words.

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};
use serl_answers::canonical;

use super::likeness::{Alike, Likeness, Question};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// English words that say nothing by themselves.
const FUNCTION: [&str; 68] = [
    "a", "about", "also", "am", "an", "and", "are", "as", "at", "be", "because", "been", "being", "but", "by",
    "called", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "i", "in",
    "into", "is", "it", "its", "known", "may", "might", "of", "on", "or", "our", "s", "she", "should", "so", "some",
    "such", "that", "the", "their", "there", "these", "they", "this", "those", "to", "was", "we", "were", "which",
    "who", "will", "with", "would", "you", "your", "answer",
];

/// Words that turn the meaning of an answer round.
const NEGATION: [&str; 10] = [
    "no", "not", "never", "none", "nothing", "nobody", "neither", "nor", "without", "cannot",
];

/// Short forms of negations, and what they stand for.
const SHORT: [(&str, &str); 4] = [("’", "'"), ("can't", "can not"), ("won't", "will not"), ("n't", " not")];

/// Token F1 (Rajpurkar et al. 2016, SQuAD, arXiv 1606.05250, section 6.1) of the stems of the content words; words of
/// the instruction do not count unless an answer has no others, so that `It is Paris` and `The capital is Paris` are
/// one.
/// Answers of which one is negated, or which differ in a number or in yes and no, have nothing in common.
///
/// English only; in other languages, words of the instruction and stems are compared all the same.
pub(super) struct Words;

impl Likeness for Words {
    fn of(&self, _at: At, questions: &[Question<'_>], work: &dyn Work) -> Result<Alike, StageError> {
        let stemmer = Stemmer::create(Algorithm::English);
        let matrix = |question: &Question<'_>| {
            work.check_cancelled()?;
            let asked = stems(question.instruction, &stemmer);
            let texts: Vec<Content> = question
                .texts
                .iter()
                .map(|text| Content::of(text, &asked, &stemmer))
                .collect();
            Ok(texts
                .iter()
                .map(|a| texts.iter().map(|b| a.alike(b)).collect())
                .collect())
        };
        questions.iter().map(matrix).collect()
    }
}

/// What a text says.
#[derive(Debug, PartialEq)]
struct Content {
    stems: BTreeSet<String>,
    numbers: BTreeSet<String>,
    negated: bool,
    /// Whether it begins with yes or no; none: with neither.
    yes: Option<bool>,
}

impl Content {
    fn of(text: &str, asked: &BTreeSet<String>, stemmer: &Stemmer) -> Self {
        let words = words(text);
        let yes = words.first().and_then(|first| match first.as_str() {
            "yes" | "yeah" | "true" => Some(true),
            "no" | "false" => Some(false),
            _ => None,
        });
        let said = words.iter().skip(usize::from(yes.is_some()));
        let negations = said.clone().filter(|word| NEGATION.contains(&word.as_str())).count();
        let all: BTreeSet<String> = said
            .filter(|word| is_content(word))
            .map(|word| stem(word, stemmer))
            .collect();
        let new: BTreeSet<String> = all.difference(asked).cloned().collect();
        let of = if new.is_empty() { all } else { new };
        let (numbers, stems) = of
            .into_iter()
            .partition(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        Self {
            stems,
            numbers,
            negated: negations % 2 == 1,
            yes,
        }
    }

    fn alike(&self, other: &Self) -> f64 {
        let opposed = |a: Option<bool>, b: Option<bool>| a.zip(b).is_some_and(|(a, b)| a != b);
        let numbers = !self.numbers.is_empty() && !other.numbers.is_empty() && self.numbers != other.numbers;
        // `No` alone and `It does not` say the same: a negation is weighed only where neither begins with yes or no.
        let negated = self.yes.is_none() && other.yes.is_none() && self.negated != other.negated;
        if opposed(self.polarity(), other.polarity()) || numbers || negated {
            return 0.0;
        }
        let (mine, theirs) = (self.words().count(), other.words().count());
        if mine == 0 || theirs == 0 {
            let agree = self.polarity().is_some() && self.polarity() == other.polarity();
            return f64::from(u8::from(agree || mine == theirs));
        }
        let common = self
            .words()
            .filter(|word| other.words().any(|known| known == *word))
            .count();
        2.0 * common as f64 / (mine + theirs) as f64
    }

    /// Yes or no, as far as one of them is said.
    fn polarity(&self) -> Option<bool> {
        match self.yes {
            Some(yes) => Some(yes),
            None if self.negated && self.stems.is_empty() => Some(false),
            None => None,
        }
    }

    fn words(&self) -> impl Iterator<Item = &String> {
        self.stems.iter().chain(&self.numbers)
    }
}

/// The words of a text in lower case: runs of letters and digits, numbers with their points, commas and bars.
fn words(text: &str) -> Vec<String> {
    let lower = SHORT
        .iter()
        .fold(text.to_lowercase(), |text, (short, long)| text.replace(short, long));
    let mut words: Vec<String> = Vec::new();
    for word in lower.split(|c: char| !(c.is_alphanumeric() || ".,/%".contains(c))) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '%');
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            words.push(word.to_owned());
            continue;
        }
        words.extend(
            word.split(|c: char| !c.is_alphanumeric())
                .filter(|part| !part.is_empty())
                .map(str::to_owned),
        );
    }
    words
}

/// A number, in digits or in words, as equal ones are written; any other word as it is.
fn number(word: &str) -> String {
    match canonical(word) {
        Ok(form) if form.as_str().starts_with(|c: char| c.is_ascii_digit()) => form.as_str().to_owned(),
        _ => word.to_owned(),
    }
}

fn is_content(word: &str) -> bool {
    !FUNCTION.contains(&word) && !NEGATION.contains(&word)
}

fn stem(word: &str, stemmer: &Stemmer) -> String {
    let number = number(word);
    match number.starts_with(|c: char| c.is_ascii_digit()) {
        true => number,
        false => stemmer.stem(word).into_owned(),
    }
}

fn stems(text: &str, stemmer: &Stemmer) -> BTreeSet<String> {
    words(text)
        .iter()
        .filter(|word| is_content(word))
        .map(|word| stem(word, stemmer))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(instruction: &str, a: &str, b: &str) -> f64 {
        let stemmer = Stemmer::create(Algorithm::English);
        let asked = stems(instruction, &stemmer);
        let of = |text| Content::of(text, &asked, &stemmer);
        let (ab, ba) = (of(a).alike(&of(b)), of(b).alike(&of(a)));
        assert_eq!(ab, ba, "{a:?} {b:?}");
        ab
    }

    #[test]
    fn what_the_instruction_says_already_does_not_count() {
        let capital = "What is the capital of France?";
        assert_eq!(alike(capital, "Paris", "The capital of France is Paris."), 1.0);
        assert_eq!(alike(capital, "Paris", "Lyon is the capital of France"), 0.0);
        // An answer that only repeats the instruction still says something.
        assert_eq!(alike(capital, "The capital of France", "the capital of France."), 1.0);
    }

    #[test]
    fn forms_of_a_word_are_one() {
        assert_eq!(alike("Why?", "loss of habitat", "Habitat losses"), 1.0);
        assert_eq!(alike("How many legs has a spider?", "Eight", "It has 8 legs."), 1.0);
        assert_eq!(alike("How many people?", "1,000", "1000 people"), 1.0);
    }

    #[test]
    fn short_forms_are_negations() {
        assert_eq!(
            alike("Do bats see?", "They can't see colours", "They can not see colours"),
            1.0
        );
        assert_eq!(
            alike("Do bats see?", "They don't see colours", "They do see colours"),
            0.0
        );
    }

    #[test]
    fn numbers_negations_and_sides_tell_answers_apart() {
        assert_eq!(alike("When did it begin?", "It began in 1914", "It began in 1941"), 0.0);
        assert_eq!(
            alike("Is it harmful?", "It is harmful to bees", "It is not harmful to bees"),
            0.0
        );
        assert_eq!(alike("Is it safe?", "Yes, it is", "No, it is not"), 0.0);
        assert_eq!(alike("Is it safe?", "No.", "It is not"), 1.0);
        assert_eq!(alike("Is it safe?", "Yes", "Yes, it is safe"), 1.0);
    }

    #[test]
    fn parts_in_common_count_by_their_share() {
        let author = alike("Who wrote Hamlet?", "Shakespeare", "William Shakespeare");
        assert!((author - 2.0 / 3.0).abs() < 1e-12);
    }
}
