//! Problems and responses for tests.

use serl_artifacts::tables::{Finish, GradedResponse, ParseStatus, Problem};

pub(super) fn problem(id: &str, subject: &str) -> Problem {
    Problem {
        benchmark: "b".into(),
        id: id.into(),
        problem: String::new(),
        gold_answer: "1".into(),
        accepted: Vec::new(),
        subject: Some(subject.into()),
        level: None,
        choices: vec![],
    }
}

/// A response with the answer, which is correct if it is 1.
pub(super) fn sample(id: &str, greedy: bool, answer: Option<&str>) -> GradedResponse {
    GradedResponse {
        benchmark: "b".into(),
        problem_id: id.into(),
        sample: 0,
        greedy,
        text: String::new(),
        finish: Finish::Stop,
        answer: answer.map(Into::into),
        canonical: answer.map(Into::into),
        method: answer.map(|_| "boxed".into()),
        parse_status: match answer {
            Some(_) => ParseStatus::Parsed,
            None => ParseStatus::NoAnswer,
        },
        correct: answer == Some("1"),
    }
}
