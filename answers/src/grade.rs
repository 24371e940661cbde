//! Compares a given answer with a gold answer.
//!
//! ```
//! use serl_answers::{DEFAULT_ORDER, Status, grade};
//!
//! let grade = grade(r"\frac{1}{2}", r"So it is \boxed{0.5}.", &[], &DEFAULT_ORDER);
//! assert!(grade.equal);
//! assert_eq!(grade.pred_answer.as_deref(), Some("0.5"));
//! assert_eq!(grade.status, Status::Compared);
//! ```
//!
//! Answers are equal if their canonical forms are. For a multiple-choice question, options are matched first.

use std::borrow::Cow;

use serde::Serialize;

use crate::choices::Choices;
use crate::extract::searched;
use crate::{Method, OverBudget, extract, script};

/// A text of more words than this is a response rather than a bare answer.
const MAX_WORDS: usize = 12;

/// The result of grading one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// The gold answer as written, if there is one.
    pub gold_answer: Option<String>,
    /// The given answer as written, if there is one.
    pub pred_answer: Option<String>,
    /// How the given answer was found, if there is one.
    pub method: Option<Method>,
    /// Whether the two answers are equal.
    pub equal: bool,
    /// Whether the two answers could be compared.
    pub status: Status,
}

/// Whether two answers could be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Both answers were compared.
    Compared,
    /// The response contains no answer.
    NoAnswer,
    /// The gold answer is empty.
    NoGold,
    /// One of the answers is beyond the bounds of [`budget`](crate::budget), and so equals nothing.
    OverBudget,
}

impl Status {
    /// The stable name, as used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compared => "compared",
            Self::NoAnswer => "no_answer",
            Self::NoGold => "no_gold",
            Self::OverBudget => "over_budget",
        }
    }
}

/// The gold answer in `gold`: the marked part of a worked solution (`\boxed{5}`, `#### 5`, "The answer is 5." after
/// other sentences, any announcement of a text that is too long for an answer), or else all of it.
pub fn gold_answer(gold: &str) -> Cow<'_, str> {
    let marked = extract(gold, &[Method::Boxed, Method::Hash]).answer;
    let long = || gold.split_whitespace().nth(MAX_WORDS).is_some();
    let lower = gold.to_ascii_lowercase();
    let follows = |at: usize| lower[..at].contains(['.', '!', '?', '\n', ';', ':']);
    let solution = lower.rfind("answer is").is_some_and(follows) || long();
    let announced = || solution.then(|| extract(gold, &[Method::Phrase]).answer).flatten();
    match marked.or_else(announced) {
        Some(marked) => Cow::Owned(marked),
        None => Cow::Borrowed(gold.trim()),
    }
}

/// Grades `pred`, a response or a bare answer, against `gold`, a worked solution or a bare answer.
///
/// `order` lists the methods that search a response for its answer. If only a last resort finds one, the whole text
/// takes precedence, provided that it can be an answer itself: the answer of `x^2+1` is not `1`, but that of "The total
/// is 5 apples" is `5`. The whole text also takes precedence if it equals the gold answer and the found one does not.
///
/// An answer that is the letter of one of `choices`, or repeats its text, counts as that letter; see
/// [`Choices::letter`].
pub fn grade(gold: &str, pred: &str, choices: &[String], order: &[Method]) -> Grade {
    let choices = Choices::new(choices);
    let gold = Some(gold_answer(gold).into_owned()).filter(|gold| !gold.is_empty());
    let truth = gold.as_deref().map(|gold| choices.canonical(gold));
    let (pred, method) = answer(pred, &choices, truth.as_ref(), order);
    let given = pred.as_deref().map(|pred| choices.canonical(pred));
    let status = match (&truth, &given) {
        (None, _) => Status::NoGold,
        (_, None) => Status::NoAnswer,
        (Some(Ok(_)), Some(Ok(_))) => Status::Compared,
        _ => Status::OverBudget,
    };
    Grade {
        gold_answer: gold,
        pred_answer: pred,
        method,
        equal: status == Status::Compared && truth == given,
        status,
    }
}

fn answer(
    pred: &str,
    choices: &Choices,
    truth: Option<&Result<String, OverBudget>>,
    order: &[Method],
) -> (Option<String>, Option<Method>) {
    let found = choices.extract(pred, order);
    let explicit = |method| !matches!(method, Method::Bare | Method::LastFormula | Method::LastNumber);
    if found.method.is_some_and(explicit) {
        return (found.answer, found.method);
    }
    let pred = script::plain(pred);
    let whole = match searched(&pred)[..] {
        [whole] => without_mark(whole.trim(), choices),
        // A text that contains reasoning is not a bare answer.
        _ => return (found.answer, found.method),
    };
    let is_truth = |answer: &str| truth.is_some_and(|truth| truth.is_ok() && *truth == choices.canonical(answer));
    let is_bare = || extract(whole, &[Method::Bare]).answer.is_some();
    let stands_alone =
        || is_short_line(whole) && (found.answer.is_none() || choices.letter(whole).is_some() || is_bare());
    let whole_is_right = || is_truth(whole) && !found.answer.as_deref().is_some_and(is_truth);
    if !whole.is_empty() && (stands_alone() || whole_is_right()) {
        return (Some(whole.to_owned()), Some(Method::Bare));
    }
    (found.answer, found.method)
}

/// Drops the mark of "A: 5", unless the text means an option.
fn without_mark<'a>(whole: &'a str, choices: &Choices) -> &'a str {
    match whole.strip_prefix("A: ") {
        Some(answer) if choices.letter(whole).is_none() => answer.trim_start(),
        _ => whole,
    }
}

fn is_short_line(text: &str) -> bool {
    !text.contains('\n') && text.split_whitespace().nth(MAX_WORDS).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DEFAULT_ORDER;
    use crate::budget::{MAX_ANSWER_BYTES, MAX_DIGITS};
    use proptest::prelude::*;

    fn graded(gold: &str, pred: &str) -> Grade {
        grade(gold, pred, &[], &DEFAULT_ORDER)
    }

    #[test]
    fn bare_answers_are_compared_as_whole_texts() {
        let cases = [
            ("x^2+1", "x^2+1", true),
            ("x^2+1", "x^2 + 1", true),
            ("1", "x^2+1", false),
            ("2", "(1, 2)", false),
            ("1", "\\sin x + 1", false),
            ("1", "sin(x) + 1", false),
            ("Evelyn", "evelyn", true),
            ("Evelyn", "Maria", false),
            ("\\frac{1}{2}", "0.5", true),
            ("5", "5", true),
        ];
        for (gold, pred, equal) in cases {
            let grade = graded(gold, pred);
            assert_eq!(grade.equal, equal, "{gold:?} {pred:?} {grade:?}");
            assert_eq!(grade.pred_answer.as_deref(), Some(pred));
            assert_eq!((grade.method, grade.status), (Some(Method::Bare), Status::Compared));
        }
    }

    #[test]
    fn sentences_are_searched() {
        let cases = [
            ("5", "The total is 5 apples", "5", Method::LastNumber),
            ("5", "He has 2 + 3.\nThat makes 5.", "5", Method::LastNumber),
            ("5", "The total is $5$.", "5", Method::LastFormula),
            (
                "3/4",
                "Therefore $x = \\frac{6}{8}$.",
                r"\frac{6}{8}",
                Method::LastFormula,
            ),
            ("1/2", "So \\boxed{0.5}.", "0.5", Method::Boxed),
            ("7", "12 - 5\n#### 7", "7", Method::Hash),
            ("Evelyn", "The answer is Evelyn.", "Evelyn", Method::Phrase),
            ("Evelyn", "<think>Is it Al?</think> Evelyn", "Evelyn", Method::Bare),
            ("4", "<think>3</think> 4", "4", Method::Bare),
            ("4", "<think>4", "4", Method::Bare),
            ("5", "A: 5", "5", Method::Bare),
            ("5", "Q: What is 2 + 3?\nA: 5", "5", Method::LastNumber),
            ("C", "I think it's C, because A is 5.", "C", Method::Choice),
        ];
        for (gold, pred, answer, method) in cases {
            let grade = graded(gold, pred);
            assert!(grade.equal, "{grade:?}");
            assert_eq!(grade.pred_answer.as_deref(), Some(answer));
            assert_eq!(grade.method, Some(method));
        }
    }

    #[test]
    fn a_reference_may_be_bare_or_marked() {
        assert_eq!(gold_answer(" 5 "), "5");
        assert_eq!(gold_answer("2 + 3 = 5, so \\boxed{5}."), "5");
        assert_eq!(gold_answer("2+3=5\n#### 5"), "5");
        assert_eq!(gold_answer("x^2 + 1"), "x^2 + 1");
        assert_eq!(gold_answer("The answer is 5."), "The answer is 5.");
        assert_eq!(gold_answer("11 * 10 = 110.\nThe answer is: 110"), "110");
        let solution = "He has 2 apples and she has 3 apples. Together, these are 5 apples. The answer is 5.";
        assert_eq!(gold_answer(solution), "5");
        assert!(graded("6/12 is\n#### 1/2", "0.5").equal);
    }

    #[test]
    fn what_cannot_be_compared_is_told_and_never_equal() {
        let many = "9".repeat(MAX_DIGITS + 1);
        let long = format!("\\boxed{{{}}}", "x".repeat(MAX_ANSWER_BYTES + 1));
        let cases = [
            ("", "5", Status::NoGold),
            (" \n", "", Status::NoGold),
            ("5", "", Status::NoAnswer),
            ("5", " \n ", Status::NoAnswer),
            ("5", "I do not know.\nSorry.", Status::NoAnswer),
            (&many, &many, Status::OverBudget),
            ("5", &many, Status::OverBudget),
            ("5", &long, Status::OverBudget),
            (&long, "5", Status::OverBudget),
        ];
        for (gold, pred, status) in cases {
            let grade = graded(gold, pred);
            assert_eq!((grade.status, grade.equal), (status, false), "{gold:.9} {pred:.9}");
        }
    }

    #[test]
    fn options_are_compared_by_letter() {
        let choices = ["(A) maintain it", "(B) cut it", "(C) 1/2"].map(String::from);
        let cases = [
            ("A", "maintain it", true),
            ("maintain it", "The answer is (A).", true),
            ("C", "0.5", true),
            ("(C) 1/2", "So:\n\nC", true),
            ("B", "(A) maintain it", false),
            ("B", "I would cut it.\n\nCut it", true),
            ("B", "I would not cut it.", false),
            ("raise it", "raise it", true),
            ("D", "D", true),
            ("A", "A: maintain it", true),
            ("B", "Among the options, B is correct.", true),
        ];
        for (gold, pred, equal) in cases {
            let grade = grade(gold, pred, &choices, &DEFAULT_ORDER);
            assert_eq!(grade.equal, equal, "{gold:?} {pred:?} {grade:?}");
        }
        assert!(!graded("A", "maintain it").equal, "only with its options");
    }

    #[test]
    fn the_names_are_those_of_serde() {
        for status in [Status::Compared, Status::NoAnswer, Status::NoGold, Status::OverBudget] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }

    proptest! {
        #[test]
        fn never_panics(
            gold in any::<String>(),
            pred in any::<String>(),
            choices in prop::collection::vec(any::<String>(), 0..4),
        ) {
            let grade = grade(&gold, &pred, &choices, &DEFAULT_ORDER);
            prop_assert_eq!(grade.status == Status::NoGold, grade.gold_answer.is_none());
            prop_assert!(!grade.equal || grade.status == Status::Compared);
        }

        #[test]
        fn a_short_answer_equals_itself_or_is_over_budget(answer in "[0-9a-z+^(),/ \\\\]{0,20}[0-9a-z]") {
            let grade = graded(&answer, &answer);
            prop_assert!(grade.equal || grade.status == Status::OverBudget, "{grade:?}");
        }
    }
}
