//! Which option a gold answer means.
//!
//! A data set gives letters, numbers from 0 or 1, or texts, and says nowhere which. All its rows together decide; where
//! they leave it open, the user must. Nothing is guessed silently, because a wrong guess looks like a bad policy.

use serde_json::Value;
use serl_answers::{canonical, gold_answer};

use super::options::{Options, label, letters, text};
use crate::config::AnswerKind;

/// A row with options, as far as it matters here.
pub(super) struct Question<'r> {
    pub(super) options: Options,
    pub(super) answer: &'r Value,
}

/// How the gold answers of a data set are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// In one way for all rows.
    As(AnswerKind),
    /// As letters or texts, whichever a row has.
    Mixed,
}

/// What is wrong, and with which question.
pub(super) type Fault = (usize, String);

/// How the gold answers of `questions` are to be read, and what the user should know about it.
///
/// # Errors
/// A row that fits no reading, or rows that fit several with different results; `key` names the key that decides.
pub(super) fn reading(questions: &[Question<'_>], key: &str) -> Result<(Reading, Option<&'static str>), Fault> {
    use AnswerKind::{Index0, Index1, Letter, Text};
    let fits = |kind: &AnswerKind| questions.iter().all(|question| question.option(*kind).is_some());
    let fitting: Vec<AnswerKind> = [Letter, Text, Index0, Index1].into_iter().filter(fits).collect();
    let has = |kind| fitting.contains(&kind);
    let are_numbers = questions.iter().all(|question| question.answer.is_number());
    // Numbers may count options whose own numbers begin elsewhere.
    let decisive = |question: &Question<'_>| match &question.options.labels {
        Some(labels) => !are_numbers || labels.iter().any(|label| label.parse::<u32>().is_err()),
        None => false,
    };
    if has(Letter) && questions.iter().all(decisive) {
        return Ok((Reading::As(Letter), None));
    }
    let Some(&first) = fitting.first() else {
        let unfit = questions
            .iter()
            .position(|question| question.letter_or_text().is_none());
        return unfit.map_or(Ok((Reading::Mixed, None)), |at| Err((at, questions[at].unfit())));
    };
    let differ = |question: &Question<'_>| {
        fitting
            .iter()
            .any(|kind| question.option(*kind) != question.option(first))
    };
    let Some(at) = questions.iter().position(differ) else {
        return Ok((Reading::As(first), None));
    };
    if are_numbers && fitting == [Index0, Index1] {
        return Ok((Reading::As(Index0), Some("numbers of options, counted from 0")));
    }
    let names: Vec<String> = fitting.iter().map(|kind| format!("\"{}\"", kind.name())).collect();
    let given = text(questions[at].answer).unwrap_or_default();
    let reason = format!(
        "the gold answer `{}` can mean different options; say which with `{key}=…`: {}",
        given.escape_debug(),
        names.join(" or ")
    );
    Err((at, reason))
}

impl Reading {
    /// The position of the right option.
    ///
    /// # Errors
    /// The answer is none of the options.
    pub(super) fn of(self, question: &Question<'_>) -> Result<usize, String> {
        let option = match self {
            Self::As(kind) => question.option(kind),
            Self::Mixed => question.letter_or_text(),
        };
        option.ok_or_else(|| question.unfit())
    }
}

impl Question<'_> {
    /// The option that the answer means if it is of a kind.
    fn option(&self, kind: AnswerKind) -> Option<usize> {
        let given = text(self.answer)?;
        let given = gold_answer(&given);
        match kind {
            AnswerKind::Auto => None,
            AnswerKind::Letter => self.letter(&given),
            AnswerKind::Text => self.text(&given),
            AnswerKind::Index0 => self.index(&given, 0),
            AnswerKind::Index1 => self.index(&given, 1),
        }
    }

    fn letter_or_text(&self) -> Option<usize> {
        match (self.option(AnswerKind::Letter), self.option(AnswerKind::Text)) {
            (Some(letter), Some(text)) => (letter == text).then_some(letter),
            (letter, text) => letter.or(text),
        }
    }

    /// The option with this label, or with this letter by position: `B`, `(b)`, `B.`, `B) its text`.
    fn letter(&self, given: &str) -> Option<usize> {
        let bare = given.trim_matches(|c: char| "()[]{}.:*$`'\"".contains(c) || c.is_whitespace());
        let labels = self.options.labels.iter().flatten();
        if let Some(at) = labels
            .into_iter()
            .position(|label| label.trim().eq_ignore_ascii_case(bare))
        {
            return Some(at);
        }
        let by_position = |letter: char| {
            let at = letters().position(|known| known == letter.to_ascii_uppercase())?;
            (at < self.options.texts.len()).then_some(at)
        };
        let mut chars = bare.chars();
        if let (Some(letter), None) = (chars.next(), chars.next()) {
            return by_position(letter);
        }
        let (letter, rest) = label(given)?;
        let at = by_position(letter)?;
        (squeezed(rest) == squeezed(&self.options.texts[at])).then_some(at)
    }

    /// The only option with this text, or with this value if none has the text.
    fn text(&self, given: &str) -> Option<usize> {
        let form = |text: &str| canonical(text).ok().map(String::from);
        let only = |same: &dyn Fn(&str) -> bool| {
            let mut found = self.options.texts.iter().enumerate().filter(|(_, text)| same(text));
            let first = found.next();
            (first.map(|(at, _)| at), found.next().is_some())
        };
        match only(&|text| squeezed(text) == squeezed(given)) {
            (None, _) => {}
            (_, true) => return None,
            (at, false) => return at,
        }
        let given = form(given)?;
        // A number in a column of numbers is not the word `one`, but may be the place of an option.
        let may_be = |text: &str| self.answer.is_string() || text.contains(|c: char| c.is_ascii_digit());
        match only(&|text| may_be(text) && form(text).is_some_and(|text| text == given)) {
            (at, false) => at,
            (_, true) => None,
        }
    }

    fn index(&self, given: &str, from: i64) -> Option<usize> {
        let number: f64 = given.trim().parse().ok().filter(|number: &f64| number.fract() == 0.0)?;
        let at = usize::try_from(number as i64 - from).ok()?;
        (at < self.options.texts.len()).then_some(at)
    }

    fn unfit(&self) -> String {
        let given: String = text(self.answer).unwrap_or_default().chars().take(60).collect();
        let count = self.options.texts.len();
        format!(
            "the gold answer `{}` is neither the letter, the number nor the text of one of the {count} options; \
             `eval.choices_column=…` names their column, or is `none`",
            given.escape_debug()
        )
    }
}

/// A text without differences in white space.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn question<'r>(texts: &[&str], labels: Option<&[&str]>, answer: &'r Value) -> Question<'r> {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Question {
            options: Options {
                labels: labels.map(owned),
                texts: owned(texts),
            },
            answer,
        }
    }

    /// The letters of the right options of rows that have the same options.
    fn right(texts: &[&str], labels: Option<&[&str]>, answers: &[Value]) -> Result<String, String> {
        let questions: Vec<Question<'_>> = answers.iter().map(|answer| question(texts, labels, answer)).collect();
        let (reading, _) = reading(&questions, "eval.answer_kind").map_err(|(_, reason)| reason)?;
        let right = questions
            .iter()
            .map(|question| Ok(b"ABCDEFGHIJ"[reading.of(question)?] as char));
        right.collect()
    }

    /// Options, their labels, answers, and what is made of them.
    type Case<'a> = (&'a [&'a str], Option<&'a [&'a str]>, &'a [Value], &'a str);

    #[test]
    fn rows_together_say_what_answers_are() {
        let colours = ["red", "green", "blue", "pink"];
        let cases: [Case<'_>; 13] = [
            (
                &colours,
                None,
                &[json!("B"), json!("(d)"), json!("a."), json!("\\boxed{C}")],
                "BDAC",
            ),
            (&colours, None, &[json!("green"), json!("Pink"), json!("blue ")], "BDC"),
            (&colours, None, &[json!("B) green")], "B"),
            (&colours, None, &[json!(0), json!(1), json!(3)], "ABD"),
            (&colours, None, &[json!(4), json!(1)], "DA"),
            (&colours, None, &[json!("0"), json!("1")], "AB"),
            (&colours, None, &[json!(1)], "B"),
            (&colours, None, &[json!(2.0)], "C"),
            (&colours, None, &[json!("B"), json!("pink")], "BD"),
            (
                &colours,
                Some(&["1", "2", "3", "4"]),
                &[json!("1"), json!(2), json!("D")],
                "ABD",
            ),
            (&["1", "2", "3"], None, &[json!("B")], "B"),
            (&["10", "1/2"], None, &[json!("0.5"), json!("10")], "BA"),
            // Numbers that are options, and as positions would be beyond the last.
            (&["3", "7"], None, &[json!(7), json!(3)], "BA"),
        ];
        for (texts, labels, answers, expected) in cases {
            assert_eq!(right(texts, labels, answers).as_deref(), Ok(expected), "{answers:?}");
        }
    }

    #[test]
    fn what_can_mean_two_options_is_asked() {
        let cases: [(&[&str], &[Value], &str); 6] = [
            (
                &["red", "green", "blue"],
                &[json!("1"), json!("2")],
                "\"index0\" or \"index1\"",
            ),
            (&["1", "2", "3"], &[json!("2")], "\"text\" or \"index0\" or \"index1\""),
            (&["1", "2", "3"], &[json!(2)], "\"text\" or \"index0\" or \"index1\""),
            (&["B", "A"], &[json!("A")], "\"letter\" or \"text\""),
            (
                &["red", "green"],
                &[json!("E")],
                "`E` is neither the letter, the number nor the text of one of the 2",
            ),
            (&["same", "same"], &[json!("same")], "`same` is neither"),
        ];
        for (texts, answers, expected) in cases {
            let error = right(texts, None, answers).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn numbers_that_fit_from_0_and_from_1_are_mentioned() {
        let answers = [json!(1), json!(2)];
        let questions: Vec<Question<'_>> = answers.iter().map(|a| question(&["x", "y", "z"], None, a)).collect();
        let (reading, note) = reading(&questions, "").unwrap();
        assert_eq!(
            (reading, note),
            (
                Reading::As(AnswerKind::Index0),
                Some("numbers of options, counted from 0")
            )
        );
    }
}
