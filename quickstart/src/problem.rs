//! A problem: its question, the chain of equations that solves it, and the two ways of answering it.
//!
//! Knows nothing of sentence forms.

use std::fmt;

/// The largest number a problem may reach: every whole number up to it is one token of the tokenizer.
pub const CAP: u32 = 99;

/// One of the three operations of the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
}

/// `left operation right = result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Equation {
    left: u32,
    operation: Operation,
    right: u32,
    result: u32,
}

impl Equation {
    /// The equation, or `None` if its result lies outside `0..=`[`CAP`].
    pub fn new(left: u32, operation: Operation, right: u32) -> Option<Self> {
        let result = match operation {
            Operation::Add => left.checked_add(right),
            Operation::Subtract => left.checked_sub(right),
            Operation::Multiply => left.checked_mul(right),
        };
        result.filter(|result| *result <= CAP).map(|result| Self {
            left,
            operation,
            right,
            result,
        })
    }

    /// The value after the equals sign.
    pub fn result(&self) -> u32 {
        self.result
    }
}

impl fmt::Display for Equation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.operation {
            Operation::Add => '+',
            Operation::Subtract => '-',
            Operation::Multiply => '*',
        };
        write!(f, "{}{sign}{}={}", self.left, self.right, self.result)
    }
}

/// A word problem with its solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The text of the question.
    pub question: String,
    /// The equations in the order of the sentences; each but the first starts from the result before it.
    /// Two problems with equal chains are the same exercise in other words. Never empty.
    pub chain: Vec<Equation>,
    /// The answer: the result of the last equation.
    pub answer: u32,
    /// Whether the closing phrase is a quick one, which invites an off-hand answer.
    pub quick: bool,
}

impl Problem {
    /// The worked answer: one equation a line, then `#### answer`.
    pub fn worked(&self) -> String {
        let lines: String = self.chain.iter().map(|equation| format!("{equation}\n")).collect();
        lines + &self.off_hand()
    }

    /// The bare answer: `#### answer`.
    pub fn off_hand(&self) -> String {
        format!("#### {}", self.answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_outside_the_range_do_not_exist() {
        assert_eq!(Equation::new(3, Operation::Subtract, 4), None);
        assert_eq!(Equation::new(50, Operation::Multiply, 2), None);
        assert_eq!(Equation::new(u32::MAX, Operation::Add, 1), None);
        let largest = Equation::new(33, Operation::Multiply, 3);
        assert_eq!(largest.map(|equation| equation.result()), Some(99));
    }

    #[test]
    fn both_ways_of_answering_end_alike() {
        let chain: Vec<Equation> = [(12, Operation::Add, 7), (19, Operation::Subtract, 5)]
            .into_iter()
            .filter_map(|(left, operation, right)| Equation::new(left, operation, right))
            .collect();
        let problem = Problem {
            question: String::new(),
            chain,
            answer: 14,
            quick: false,
        };
        assert_eq!(problem.worked(), "12+7=19\n19-5=14\n#### 14");
        assert_eq!(problem.off_hand(), "#### 14");
    }
}
