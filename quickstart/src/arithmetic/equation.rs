//! The steps of a solution: equations of whole numbers.

use std::fmt;

/// The largest number a problem may reach: every whole number up to it is one token of the tokenizer.
pub const CAP: u32 = 99;

/// One of the three operations of the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
}

/// `left operation right = result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        assert_eq!(largest.map(|equation| equation.to_string()).as_deref(), Some("33*3=99"));
    }
}
