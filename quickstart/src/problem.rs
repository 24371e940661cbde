//! A problem: its question, how it is worked out, and the ways of answering it.
//!
//! Knows no domain.

/// A word problem with its solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The text of the question.
    pub question: String,
    /// The steps of the solution in order, one line each: `12+7=19`. Two problems with equal workings are the same
    /// exercise in other words. Never empty.
    pub working: Vec<String>,
    /// The answer, as the last step ends.
    pub answer: String,
    /// The last value that the question says: the answer of one who copies instead of working.
    pub last_said: String,
    /// Whether the closing phrase is a quick one, which invites an off-hand answer.
    pub quick: bool,
}

impl Problem {
    /// The worked answer: one step a line, then `#### answer`.
    pub fn worked(&self) -> String {
        let lines: String = self.working.iter().map(|step| format!("{step}\n")).collect();
        lines + &bare(&self.answer)
    }
}

/// An answer without any working: `#### answer`.
pub fn bare(answer: &str) -> String {
    format!("#### {answer}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worked_answer_ends_like_a_bare_one() {
        let problem = Problem {
            question: String::new(),
            working: vec!["12+7=19".to_owned(), "19-5=14".to_owned()],
            answer: "14".to_owned(),
            last_said: "5".to_owned(),
            quick: false,
        };
        assert_eq!(problem.worked(), "12+7=19\n19-5=14\n#### 14");
        assert!(problem.worked().ends_with(&bare(&problem.answer)));
    }
}
