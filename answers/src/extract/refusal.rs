//! A response that gives up: "Therefore, I cannot provide an answer." No number is taken from it.

use super::sentence;

/// How many bytes of the last sentence to read.
const MAX_SENTENCE: usize = 400;

/// Parts of words without one of which no sentence gives up: most are ruled out by these.
const TRACES: [&str; 7] = ["not", "n't", "n’t", "unable", "nswer is", "nformation", "mpossible"];

/// Words by which one says that one fails.
const FAILING: [&str; 16] = [
    " cannot ",
    " can't ",
    " can’t ",
    " can not ",
    " could not ",
    " couldn't ",
    " couldn’t ",
    " am unable to ",
    "'m unable to ",
    "’m unable to ",
    " are unable to ",
    " am not able to ",
    "'m not able to ",
    "’m not able to ",
    " do not have enough ",
    " don't have enough ",
];

/// What one then fails to do.
const TASKS: [&str; 9] = [
    "answer",
    "determine",
    "provide",
    "solve",
    "conclude",
    "help",
    "find the answer",
    "find an answer",
    "information",
];

/// Words that give up without a subject.
const IMPERSONAL: [&str; 12] = [
    "cannot be determined",
    "can't be determined",
    "can not be determined",
    "cannot be answered",
    "cannot be solved",
    "impossible to determine",
    "impossible to answer",
    "not possible to determine",
    "not enough information",
    "insufficient information",
    "more information is needed",
    "further information is needed",
];

/// Words that find no answer among the options, and a sentence cut off before its answer.
const MISSING: [&str; 6] = [
    "answer is not listed",
    "answer is (not ",
    "answer is not provided",
    "answer is not among",
    "answer is not in the ",
    "answer is not one of",
];
const CUT_OFF: [&str; 3] = ["answer is (", "answer is ( )", "answer is:"];

/// Words after which a sentence goes on to an answer all the same.
const TURNS: [&str; 6] = [", so ", ", but ", "therefore", "however", "hence", "thus"];

/// Whether the last sentence of `text` gives up.
pub(super) fn ends(text: &str) -> bool {
    let sentence = sentence::last(text);
    let sentence = &sentence[..sentence.floor_char_boundary(MAX_SENTENCE)];
    if !TRACES.iter().any(|trace| sentence.contains(trace)) {
        return false;
    }
    let lower = format!(" {}", sentence.to_lowercase());
    let failing = FAILING.iter().filter_map(|words| {
        let (before, after) = lower.split_once(words)?;
        let spoken = before.ends_with([' ', ',']) || before.rsplit([' ', ',']).next().is_some_and(is_speaker);
        (spoken
            && TASKS
                .iter()
                .any(|task| after.trim_start_matches("definitively ").starts_with(task)))
        .then_some(after)
    });
    let cut_off = CUT_OFF
        .iter()
        .any(|words| lower.trim_end_matches([' ', '.', '*']).ends_with(words));
    if cut_off || MISSING.iter().any(|words| lower.contains(words)) {
        return true;
    }
    let impersonal = IMPERSONAL.iter().filter_map(|words| Some(lower.split_once(words)?.1));
    failing
        .chain(impersonal)
        .any(|after| !TURNS.iter().any(|turn| after.contains(turn)))
}

fn is_speaker(word: &str) -> bool {
    matches!(word, "i" | "we")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_up_is_told_from_an_answer() {
        let cases = [
            ("It has 6 parts. Therefore, I cannot provide an answer.", true),
            ("I cannot answer question 4.", true),
            ("I'm unable to determine the answer to part 6.", true),
            ("In 5 minutes, I could not find the answer.", true),
            ("The value cannot be determined from the 5 given ones.", true),
            ("There is not enough information, as 5 values are missing.", true),
            ("We do not have enough information for 5 of them.", true),
            ("It makes 47. The answer is not listed in the options.", true),
            ("It makes 47. The answer is (", true),
            ("We cannot answer all of them, so we take 12.", false),
            ("Tom cannot answer 5 of the 12 questions.", false),
            ("We cannot divide by 5.", false),
            ("I cannot answer. It is 12.", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(ends(text), expected, "{text:?}");
        }
    }
}
