//! The option that the last sentence states: "I would choose (C).", "Thus C.", "Among the options, D is correct."
//!
//! Reads whole sentences only: one that continues after the letter, other than with a reason, is still weighing
//! options.

mod words;

use self::words::{
    ADVERBS, AMONG, CHOOSING, CONCEDING, DOUBTS, HOLDS, LABELS, MODALS, NOUNS, SIGNS, STATING, STATING_PAIRS,
};
use super::option::{self, Letter};
use super::reason;
use super::words::{CONCLUSIONS, VERDICTS, strip_any_word, strip_phrase, strip_word};

/// The letter that the last sentence of `line` states.
pub(super) fn letter(line: &str) -> Option<&str> {
    let line = line.trim_matches(['*', '_', ' ', '\t']);
    let sentence = last_sentence(line);
    if let Some(clause) = last_conclusion(sentence) {
        return letter(clause);
    }
    if let Some(clause) = last_own(sentence) {
        return letter(clause);
    }
    let adverb = strip_any_word(sentence, &ADVERBS).map(|rest| rest.trim_start_matches([',', ' ']));
    let (rest, concluded) = concluded(adverb.unwrap_or(sentence));
    let concluded = concluded || adverb.is_some();
    if let Some(rest) = chosen(rest) {
        return alone(option::letter(rest)?);
    }
    if let Some(letter) = option::letter(rest).filter(|_| concluded).and_then(alone) {
        return Some(letter);
    }
    holding(rest, concluded)
        .or_else(|| approved(option::letter(unnamed(after_among(rest)))?))
        .or_else(|| approved(option::letter(unnamed(after_concession(sentence)?))?))
        .or_else(|| last_word(last_relative(sentence)?))
        .or_else(|| last_word(reason::cut(sentence)))
}

/// The text after the last full stop with a space behind it, unless that follows a single letter: "A. 5".
fn last_sentence(line: &str) -> &str {
    let ends = |at: usize| {
        let before = line[..at].strip_suffix(['.', '!', '?', '。']);
        before.is_some_and(|before| !before.ends_with(|c: char| c.is_ascii_uppercase()))
    };
    let space = line.rmatch_indices(' ').find(|(at, _)| ends(*at));
    space.map_or(line, |(at, _)| &line[at + 1..])
}

/// The last clause of a sentence, if it concludes: ", so it is C".
fn last_conclusion(sentence: &str) -> Option<&str> {
    let (_, clause) = sentence.rsplit_once(", ")?;
    strip_any_word(clause, &CONCLUSIONS)?;
    Some(clause)
}

/// The relative clause at the end of a sentence: "we get 3.5, which is choice (E)".
fn last_relative(sentence: &str) -> Option<&str> {
    sentence.rsplit_once(", which ").map(|(_, clause)| clause)
}

/// The last clause of a sentence, if the speaker chooses in it: "I'm not sure, but I would guess B".
fn last_own(sentence: &str) -> Option<&str> {
    let (_, clause) = sentence.rsplit_once(", ")?;
    let clause = strip_word(clause, "but").map_or(clause, str::trim_start);
    chosen(clause).map(|_| clause)
}

/// Skips "Therefore,", and returns whether it was there.
fn concluded(sentence: &str) -> (&str, bool) {
    let sign = || SIGNS.iter().find_map(|sign| sentence.strip_prefix(sign));
    match strip_any_word(sentence, &CONCLUSIONS).or_else(sign) {
        Some(rest) => (rest.trim_start_matches([',', ':', ' ']), true),
        None => (sentence, false),
    }
}

/// Skips "I would choose" and the like.
fn chosen(sentence: &str) -> Option<&str> {
    let rest = strip_word(sentence, "I")?.trim_start();
    let rest = strip_any_word(rest, &MODALS).unwrap_or(rest);
    let rest = CHOOSING.iter().find_map(|words| strip_phrase(rest, words))?;
    let rest = rest.trim_start();
    Some(strip_any_word(rest, &["option", "choice", "answer"]).unwrap_or(rest))
}

/// Skips "Among the options,".
fn after_among(sentence: &str) -> &str {
    let among = AMONG.iter().any(|words| strip_phrase(sentence, words).is_some());
    match sentence.split_once(", ") {
        Some((_, rest)) if among => rest,
        _ => sentence,
    }
}

/// Skips "Although A looks right,".
fn after_concession(sentence: &str) -> Option<&str> {
    strip_any_word(sentence, &CONCEDING)?;
    sentence.rsplit_once(", ").map(|(_, clause)| clause)
}

/// Skips "The statement".
fn unnamed(sentence: &str) -> &str {
    let rest = strip_word(sentence, "the").map_or(sentence, str::trim_start);
    strip_any_word(rest, &NOUNS).map_or(sentence, str::trim_start)
}

/// The letter of a statement that is concluded to be true: "the statement C is true".
fn holding(sentence: &str, concluded: bool) -> Option<&str> {
    let rest = strip_word(sentence, "the").map_or(sentence, str::trim_start);
    let named = strip_any_word(rest, &NOUNS).map(str::trim_start);
    let found = option::letter(named.unwrap_or(sentence)).filter(|_| concluded)?;
    let holds = HOLDS
        .iter()
        .find_map(|words| strip_phrase(found.after.trim_start(), words))?;
    ends(holds).then_some(found.letter)
}

/// The letter at the end of a sentence that says which it is: "so it is C", "our selection is option B".
fn last_word(sentence: &str) -> Option<&str> {
    let text = sentence.trim_end_matches(['.', '!', '*', '_', ' ']);
    let start = text.rfind(' ')? + 1;
    let found = option::letter(&text[start..]).filter(|found| found.after.is_empty())?;
    let clause = text[..start].rsplit([',', ';', ':']).next()?;
    let words: Vec<&str> = clause.split([' ', '*', '_']).filter(|word| !word.is_empty()).collect();
    let is = |word: Option<&&str>, known: &[&str]| word.is_some_and(|word| is_one_of(word, known));
    let nouns = words
        .iter()
        .rev()
        .take_while(|word| is_one_of(word, &NOUNS) || is_one_of(word, &["the"]))
        .count();
    let before = &words[..words.len() - nouns];
    let pair = |(first, second): &(&str, &str)| {
        let at = before.len().checked_sub(2);
        is(before.last(), &[second]) && is(at.and_then(|at| before.get(at)), &[first])
    };
    let labelled = || {
        let label = text[..start].trim_end_matches([' ', '*', '_']).strip_suffix(':')?;
        let label = label.trim_end_matches(['*', '_', ' ']);
        let label = label.strip_suffix(" is").unwrap_or(label);
        label
            .rsplit([' ', '*', '_'])
            .next()
            .filter(|word| is_one_of(word, &LABELS))
    };
    if words.is_empty() && labelled().is_some() {
        return Some(found.letter);
    }
    let wrong = words.windows(2).any(|pair| {
        let answer = is_one_of(pair[0], &["wrong", "incorrect"]) && pair[1] == "answer";
        answer || (is_one_of(pair[0], &["rule", "ruled"]) && pair[1] == "out")
    });
    let states = is(before.last(), &STATING) || STATING_PAIRS.iter().any(pair);
    let doubtful = words
        .iter()
        .any(|word| is_one_of(word, &DOUBTS) || word.ends_with("n't") || word.ends_with("n’t"));
    (states && !doubtful && !wrong).then_some(found.letter)
}

fn is_one_of(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The letter, if nothing follows it, or only a reason.
fn alone(found: Letter<'_>) -> Option<&str> {
    ends(found.after).then_some(found.letter)
}

/// The letter, if only a verdict follows it: "D is the correct answer."
fn approved(found: Letter<'_>) -> Option<&str> {
    let text = found.after.trim_start();
    let rest = VERDICTS.iter().filter_map(|words| strip_phrase(text, words));
    let is_all = |rest: &str| {
        let noun = ["answer", "option", "choice", "one"];
        ends(strip_any_word(rest.trim_start(), &noun).unwrap_or(rest))
    };
    rest.into_iter().any(is_all).then_some(found.letter)
}

fn ends(text: &str) -> bool {
    let rest = text.trim_start_matches(['.', '!', '*', '_', ' ']);
    let unsure = strip_phrase(rest.trim_start_matches([',', ' ']), "but I").is_some();
    rest.is_empty() || unsure || reason::follows(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_option_is_its_letter() {
        let cases = [
            ("C is correct.", "C"),
            ("**C is correct.**", "C"),
            ("Option B is too large. C is the correct answer.", "C"),
            ("(A) is the best choice because B is too small.", "A"),
            ("Thus C.", "C"),
            ("Therefore, C.", "C"),
            ("So C.", "C"),
            ("So A.", "A"),
            ("So: **(C)**", "C"),
            ("Therefore, C is correct.", "C"),
            ("I choose C.", "C"),
            ("I would choose (C).", "C"),
            ("I'd go with option A.", "A"),
            ("I think it's B, because A is too small.", "B"),
            ("I think it’s B.", "B"),
            ("I’d pick B.", "B"),
            ("So I pick D", "D"),
            ("Among the options, D is correct.", "D"),
            ("Of these, only by chance, no. Of these, D is right.", "D"),
            ("A is too small. I choose C.", "C"),
            ("It can be neither A nor B, so it is C.", "C"),
            ("It must be C.", "C"),
            ("It's not A because it makes no sense, therefore I think it's B", "B"),
            ("Thus the statement C is true.", "C"),
            ("Thus (B) is true.", "B"),
            ("Only B is true.", "B"),
            ("Clearly (B) is the correct option.", "B"),
            ("So our selection is option B.", "B"),
            ("Hence the best choice among these is B.", "B"),
            ("The option that best fits this principle is (B).", "B"),
            ("So we get B.", "B"),
            ("This matches option B.", "B"),
            ("This corresponds to choice B, not C.", "B"),
            ("This leaves B.", "B"),
            ("We get 3.5, which is choice (E).", "E"),
            ("∴ B", "B"),
            ("Probably B.", "B"),
            ("My guess: B", "B"),
            ("My final verdict is: [[B]]", "B"),
            ("I'm not sure, but I would guess B.", "B"),
            ("If I had to choose, I'd say B.", "B"),
            ("I think it's B but I'm not sure.", "B"),
            ("Statement B is the correct one.", "B"),
            ("Although A looks right, B is the answer.", "B"),
        ];
        for (line, expected) in cases {
            assert_eq!(letter(line), Some(expected), "{line:?}");
        }
    }

    #[test]
    fn other_sentences_state_no_option() {
        let lines = [
            "",
            "C is not correct.",
            "C is correct in part",
            "If B is false, D is correct.",
            "So A line is drawn.",
            "Thus C is larger.",
            "So C = 5.",
            "I choose a number.",
            "I choose C and D.",
            "I think A is too small.",
            "I choose Carl.",
            "C",
            "So.",
            "A. 5",
            "C. 42 apples",
            "It is not C.",
            "This leaves B and C.",
            "None of the options is B.",
            "The wrong answer is B.",
            "The answer that we can rule out is B.",
            "Note: B",
            "It isn't C.",
            "If it is C.",
            "A is true.",
            "Thus A is true of B.",
            "The set equals C.",
        ];
        for line in lines {
            assert_eq!(letter(line), None, "{line:?}");
        }
    }
}
