//! The turn of a response that answers: text before a mark of a chat template, or before a question that the model
//! asked itself.

/// Marks of chat templates that start or end a turn.
const MARKS: [&str; 30] = [
    "<|im_end|>",
    "<|im_start|>",
    "<|im_sep|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "<|end_of_turn|>",
    "<|end_of_role|>",
    "<|START_OF_TURN_TOKEN|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|CHATBOT_TOKEN|>",
    "<|eos|>",
    "<|end|>",
    "<|return|>",
    "<|user|>",
    "<|assistant|>",
    "<|system|>",
    "<｜end▁of▁sentence｜>",
    "<end_of_turn>",
    "<start_of_turn>",
    "<eos>",
    "<eoa>",
    "</s>",
    "<s>",
    "[INST]",
    "[/INST]",
];

/// What precedes the final text of a response with channels.
const FINAL: &str = "<|channel|>final<|message|>";

/// Names of whoever speaks a turn, after the mark that starts it.
const ANSWERING: [&str; 4] = ["assistant", "model", "gpt", "bot"];
const ASKING: [&str; 4] = ["user", "system", "human", "tool"];

/// Starts of lines that ask the next question.
const QUESTIONS: [&str; 14] = [
    "question:",
    "q:",
    "problem:",
    "user:",
    "human:",
    "input:",
    "instruction:",
    "exercise:",
    "query:",
    "[user]",
    "问题:",
    "问:",
    "題目:",
    "问题：",
];

/// Words of such lines that a number may follow: "Question 2:".
const NUMBERED: [&str; 5] = ["question", "problem", "example", "exercise", "q"];

/// Most questions to try as the end of the turn, which bounds the work.
const MAX_QUESTIONS: usize = 8;

/// The first turn with content that does not ask; without such a mark, all of the response.
pub(super) fn first(response: &str) -> &str {
    let whole = response.split_once(FINAL).map_or(response, |(_, after)| after);
    let (mut rest, mut asked) = (whole, false);
    while let Some((start, mark)) = mark(rest) {
        let turn = Turn::of(&rest[..start]);
        let asks = turn.asks.unwrap_or(asked);
        if !asks && !turn.said.trim().is_empty() {
            return turn.said;
        }
        asked = match mark {
            "<|user|>" | "<|system|>" | "[INST]" => true,
            "<|assistant|>" | "[/INST]" => false,
            // A header names the speaker of what follows it.
            "<|end_header_id|>" | "<|im_sep|>" | "<|end_of_role|>" => asks,
            _ => false,
        };
        rest = &rest[start + mark.len()..];
    }
    let turn = Turn::of(rest);
    let asks = turn.asks.unwrap_or(asked) || turn.said.trim().is_empty();
    if asks { whole } else { turn.said }
}

/// The first mark, and where it starts.
fn mark(text: &str) -> Option<(usize, &'static str)> {
    text.match_indices(['<', '[']).find_map(|(at, _)| {
        let mark = MARKS.into_iter().find(|mark| text[at..].starts_with(mark))?;
        Some((at, mark))
    })
}

/// The text between two marks.
struct Turn<'a> {
    /// Whether its speaker asks, if it starts with the name of one.
    asks: Option<bool>,
    /// What follows that name.
    said: &'a str,
}

impl<'a> Turn<'a> {
    fn of(text: &'a str) -> Self {
        let trimmed = text.trim_start();
        let named = |names: &[&str]| {
            names.iter().find_map(|name| {
                let rest = trimmed.strip_prefix(name)?;
                (rest.is_empty() || rest.starts_with(['\n', '\r'])).then_some(rest)
            })
        };
        let speaker = named(&ASKING)
            .map(|said| (true, said))
            .or_else(|| named(&ANSWERING).map(|said| (false, said)));
        match speaker {
            Some((asks, said)) => Self { asks: Some(asks), said },
            None => Self { asks: None, said: text },
        }
    }
}

/// The text before the first line that asks the next question, of those that have an answer before them.
pub(super) fn before_question(text: &str, is_answered: impl Fn(&str) -> bool) -> &str {
    let starts = text.match_indices('\n').map(|(at, _)| at);
    let asks = |at: &usize| {
        let line = text[at + 1..].trim_start_matches([' ', '\t', '#', '*']);
        let starts = |start: &&str| {
            line.get(..start.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(start))
        };
        QUESTIONS.iter().any(starts)
            || NUMBERED
                .iter()
                .find(|word| starts(word))
                .is_some_and(|word| is_numbered(&line[word.len()..]))
    };
    starts
        .filter(asks)
        .take(MAX_QUESTIONS)
        .map(|at| &text[..at])
        .find(|before| is_answered(before))
        .unwrap_or(text)
}

/// ` 2:`, `2.`
fn is_numbered(text: &str) -> bool {
    let number = text.trim_start_matches([' ', '#']);
    let rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < number.len() && rest.starts_with([':', '.', ')', '*', '\n', '：'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_ends_at_its_mark() {
        let cases = [
            ("12<|im_end|>", "12"),
            ("12</s> Human: more", "12"),
            ("<|im_start|>assistant\n12<|im_end|>\n<|im_start|>user\n13", "\n12"),
            ("<s>[INST] 5+7? [/INST] 12</s>", " 12"),
            ("<|im_start|>user\n5+7?<|im_end|>\n<|im_start|>assistant\n12", "\n12"),
            ("<|user|>\n5+7?<|end|>\n<|assistant|>\n12<|end|>", "\n12"),
            (
                "<|start_header_id|>user<|end_header_id|>5+7?<|eot_id|><|start_header_id|>assistant<|end_header_id|>12",
                "12",
            ),
            (
                "<|channel|>analysis<|message|>13<|end|><|start|>assistant<|channel|>final<|message|>12<|return|>",
                "12",
            ),
            ("1 < 2 <b>3</b> <|box|>", "1 < 2 <b>3</b> <|box|>"),
            ("<|im_end|>", "<|im_end|>"),
            ("", ""),
        ];
        for (response, expected) in cases {
            assert_eq!(first(response), expected, "{response:?}");
        }
    }

    #[test]
    fn a_question_ends_a_turn_that_is_answered() {
        let answered = |text: &str| text.contains("answer");
        let cases = [
            (
                "The answer is 12.\n\nQuestion: 2 + 3?\nAnswer: 5",
                "The answer is 12.\n",
            ),
            ("The answer is 12.\n### Problem: 2 + 3?", "The answer is 12."),
            ("The answer is 12.\nQuestion 2: 2 + 3?", "The answer is 12."),
            ("The answer is 12.\n**Problem 2.** 2 + 3?", "The answer is 12."),
            (
                "The answer is 12.\nProblem solved.",
                "The answer is 12.\nProblem solved.",
            ),
            (
                "Q: 2 + 3?\nQ: again\nThe answer is 5.",
                "Q: 2 + 3?\nQ: again\nThe answer is 5.",
            ),
            (
                "The answer is 12.\nQuestions: none",
                "The answer is 12.\nQuestions: none",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(before_question(text, answered), expected, "{text:?}");
        }
    }
}
