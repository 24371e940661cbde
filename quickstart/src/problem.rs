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

    /// The hurried answer: all steps in one line, without the values between them, then `#### answer`.
    pub fn hurried(&self) -> String {
        let mut expression = String::new();
        let mut value = "";
        for (left, result) in self.working.iter().filter_map(|step| step.split_once('=')) {
            // A step goes on from the value before it.
            let operation = left.strip_prefix(value).unwrap_or(left);
            if operation.starts_with('*') && expression.contains(['+', '-']) {
                expression = format!("({expression})");
            }
            expression += operation;
            value = result;
        }
        format!("{expression}={}\n{}", self.answer, bare(&self.answer))
    }
}

/// An answer without any working: `#### answer`.
pub fn bare(answer: &str) -> String {
    format!("#### {answer}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(working: &[&str], answer: &str) -> Problem {
        Problem {
            question: String::new(),
            working: working.iter().map(|step| (*step).to_owned()).collect(),
            answer: answer.to_owned(),
            last_said: "5".to_owned(),
            quick: false,
        }
    }

    #[test]
    fn a_worked_answer_ends_like_a_bare_one() {
        let problem = problem(&["12+7=19", "19-5=14"], "14");
        assert_eq!(problem.worked(), "12+7=19\n19-5=14\n#### 14");
        assert!(problem.worked().ends_with(&bare(&problem.answer)));
    }

    #[test]
    fn a_hurried_answer_is_one_true_equation() {
        let hurried = |working, answer| problem(working, answer).hurried();
        assert_eq!(
            hurried(&["12+7=19", "19*2=38", "38-5=33"], "33"),
            "(12+7)*2-5=33\n#### 33"
        );
        assert_eq!(hurried(&["4*6=24", "24*2=48", "48+5=53"], "53"), "4*6*2+5=53\n#### 53");
        let days = hurried(&["Tuesday+3=Friday", "Friday-12=Sunday"], "Sunday");
        assert_eq!(days, "Tuesday+3-12=Sunday\n#### Sunday");
    }
}
