//! The options of a multiple-choice question, and which one an answer means.
//!
//! Knows letters and texts of options; the canonical form decides whether two texts are equal.

mod mention;

use crate::extract::{WEIGHING, ends_in_list, last_sentence, leading_letter, searched, strip_any_word, without_reason};
use crate::{Extraction, Method, OverBudget, canonical, extract, script};

/// With more words than this, what follows a label is a sentence.
const MAX_WORDS: usize = 12;

/// Letters of options, by position.
const LETTERS: [char; 10] = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'];

/// Wrappers that may precede the label of an option, as in `$\textbf{(A)}\ 5$`.
const WRAPPERS: [&str; 6] = ["$", "**", "\\textbf{", "\\mathbf{", "\\text{", "\\mathrm{"];

/// Characters that may stand between a label and the text of its option.
const GAPS: [&str; 6] = ["}", "**", "\\qquad", "\\quad", "\\ ", "~"];

/// Words that may precede the letter of an option.
const NOUNS: [&str; 3] = ["option", "choice", "answer"];

struct Choice {
    letter: char,
    /// Canonical form of its text; `None` if the text is empty or too large to compare.
    text: Option<String>,
    /// Its text as written.
    written: String,
}

/// The options of one question, parsed once.
pub struct Choices(Vec<Choice>);

impl Choices {
    /// Reads options: with labels (`(A) maintain`, `A. 5`, `A) 5`) if every one has a label of its own, else lettered
    /// by position, A to J; later ones have no letter.
    pub fn new(options: &[String]) -> Self {
        let labelled: Vec<(char, &str)> = options.iter().filter_map(|o| label(o)).collect();
        let mut letters: Vec<char> = labelled.iter().map(|(letter, _)| *letter).collect();
        letters.sort_unstable();
        letters.dedup();
        let lettered = if letters.len() == options.len() {
            labelled
        } else {
            LETTERS.into_iter().zip(options.iter().map(String::as_str)).collect()
        };
        let choice = |(letter, text): (char, &str)| Choice {
            letter,
            text: form(text),
            written: text.to_owned(),
        };
        Self(lettered.into_iter().map(choice).collect())
    }

    /// The letter of the option that `answer` means, if it means exactly one.
    ///
    /// A letter (`C`, `(c)`, `option C`) comes before a text, and a text before what only begins like a label: of the
    /// options `B` and `A`, in this order, the answer `B` means the second. A sentence that begins like a label, "(A)
    /// is too small", means no option.
    pub fn letter(&self, answer: &str) -> Option<char> {
        if self.0.is_empty() {
            return None;
        }
        let answer = without_noun(answer.trim());
        self.named(answer)
            .or_else(|| self.repeated(answer))
            .or_else(|| self.labelled(answer))
            .or_else(|| self.known(alone(answer)?))
    }

    /// The text that an answer is compared by: the letter of the option that it means, or else its canonical form.
    ///
    /// # Errors
    ///
    /// As [`canonical`].
    pub fn canonical(&self, answer: &str) -> Result<String, OverBudget> {
        match self.letter(answer) {
            Some(letter) => Ok(letter.to_string()),
            None => canonical(answer).map(String::from),
        }
    }

    fn known(&self, letter: char) -> Option<char> {
        self.0.iter().any(|c| c.letter == letter).then_some(letter)
    }

    /// The answer of a response, as [`extract`] finds it; or else the letter of the only option whose text its last
    /// sentence mentions, if that has no answer that is an option.
    pub fn extract(&self, response: &str, order: &[Method]) -> Extraction {
        let found = extract(response, order);
        let is_option = found
            .answer
            .as_deref()
            .is_some_and(|answer| self.letter(answer).is_some());
        if self.0.is_empty() || is_option || !order.contains(&Method::Choice) {
            return found;
        }
        let text = script::plain(response);
        let mentioned = match (&found.answer, found.method) {
            // "(A) or none of the above" mentions a text, but starts with another option.
            (Some(answer), Some(Method::Boxed | Method::Hash | Method::Phrase)) => {
                let named = letters(answer);
                let mentioned = self.mentioned(answer);
                mentioned.filter(|letter| named.iter().all(|named| named == letter))
            }
            (_, Some(Method::Choice)) => None,
            _ => searched(&text)
                .first()
                .filter(|text| !ends_in_list(text))
                .and_then(|text| self.mentioned(without_reason(last_sentence(text)))),
        };
        match mentioned {
            Some(letter) => Extraction {
                answer: Some(letter.to_string()),
                method: Some(Method::Choice),
            },
            None => found,
        }
    }

    /// The option of a label with a text behind it: the text of the option, or few words after a capital.
    fn labelled(&self, answer: &str) -> Option<char> {
        let (letter, rest) = label(answer).or_else(|| listed(answer))?;
        let known = self.known(letter)?;
        let own = self.0.iter().find(|choice| choice.letter == known)?;
        let repeats = own.text.is_some() && form(rest) == own.text;
        let capital = unwrapped(answer).trim_start_matches('(').starts_with(letter);
        let other = leading_letter(rest.trim_start_matches([',', ';', '&', ' '])).is_some();
        let plain = capital && label(answer).is_some() && is_text(rest) && !other;
        (rest.is_empty() || repeats || plain).then_some(known)
    }

    /// The only option whose text occurs in a sentence, apart from those that it denies or compares with.
    pub(crate) fn mentioned(&self, sentence: &str) -> Option<char> {
        let words = mention::words(sentence);
        let texts: Vec<&str> = self.0.iter().map(|choice| choice.written.as_str()).collect();
        let found = mention::only(&words, &texts)?;
        Some(self.0[found].letter)
    }

    /// A single capital, or any letter in parentheses.
    fn named(&self, answer: &str) -> Option<char> {
        let letter = alone(answer)?;
        let plain = answer.contains(letter) || answer.contains('(');
        self.known(letter).filter(|_| plain)
    }

    /// The only option with this text.
    fn repeated(&self, answer: &str) -> Option<char> {
        let form = form(answer)?;
        let mut same = self.0.iter().filter(|c| c.text.as_deref() == Some(&*form));
        let first = same.next()?;
        same.next().is_none().then_some(first.letter)
    }
}

/// "D, Spanish club": the letter and the text after its comma.
fn listed(text: &str) -> Option<(char, &str)> {
    let (letter, rest) = text.trim().split_once(',')?;
    Some((
        option_letter(letter.trim_matches(|c: char| "()*_".contains(c)))?,
        rest.trim(),
    ))
}

/// The letters in parentheses of the options that an answer names.
fn letters(answer: &str) -> Vec<char> {
    let words = answer.split_whitespace().filter(|word| word.starts_with('('));
    words.filter_map(leading_letter).collect()
}

/// Whether what follows a label may be the text of an option, rather than a sentence or another option.
fn is_text(rest: &str) -> bool {
    let sentence = strip_any_word(rest, &WEIGHING).is_some() || strip_any_word(rest, &["and", "or"]).is_some();
    let long = rest.split_whitespace().nth(MAX_WORDS).is_some();
    !sentence && !long && !rest.contains('\n')
}

fn form(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    canonical(text).ok().map(String::from)
}

/// The letter of an answer that consists of nothing else.
fn alone(answer: &str) -> Option<char> {
    let inside = unwrapped(answer);
    let inside = inside.trim_matches(|c: char| "()[]{}.:*_$\"'`".contains(c) || c.is_whitespace());
    option_letter(inside)
}

fn option_letter(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let letter = chars.next()?.to_ascii_uppercase();
    (chars.next().is_none() && LETTERS.contains(&letter)).then_some(letter)
}

/// The label of an option or of an answer that repeats one, and the text after it: `(A) x`, `A) x`, `A. x`, `A: x`.
fn label(text: &str) -> Option<(char, &str)> {
    let text = text.trim();
    let formula = text.starts_with('$');
    let text = unwrapped(text);
    let (inside, rest) = match text.strip_prefix('(') {
        Some(rest) => {
            let (inside, rest) = rest.split_once(')')?;
            (inside, rest.strip_prefix(':').unwrap_or(rest))
        }
        None => {
            let at = text.find(['.', ')', ':'])?;
            let (letter, rest) = text.split_at(at);
            let rest = &rest[1..];
            // "A.5" and "A:5" are not labels.
            let spaced = rest.starts_with(|c: char| c.is_whitespace() || "*}".contains(c));
            let parts = spaced || rest.is_empty() || text[at..].starts_with(')');
            (parts.then_some(letter)?, rest)
        }
    };
    let rest = if formula { rest.trim_end_matches('$') } else { rest };
    Some((option_letter(inside.trim())?, after_gap(rest)))
}

fn unwrapped(mut text: &str) -> &str {
    while let Some(rest) = WRAPPERS.iter().find_map(|w| text.strip_prefix(w)) {
        text = rest.trim_start();
    }
    text
}

fn after_gap(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(rest) = GAPS.iter().find_map(|gap| text.strip_prefix(gap)) {
        text = rest.trim_start();
    }
    text
}

/// `option C` without its first word.
fn without_noun(answer: &str) -> &str {
    let Some((word, rest)) = answer.split_once(char::is_whitespace) else {
        return answer;
    };
    let is_noun = NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun));
    if is_noun { rest.trim_start() } else { answer }
}

#[cfg(test)]
mod tests;
