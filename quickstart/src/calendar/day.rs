//! Days of the week and the steps between them.

use std::fmt;

/// The days in order.
pub const NAMES: &[&str] = &[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// `day + days = day`; the days are negative for a move to an earlier day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    from: usize,
    days: i32,
}

impl Move {
    /// The move from a day, by its place in [`NAMES`].
    pub fn new(from: usize, days: i32) -> Self {
        Self { from, days }
    }

    /// The place of the day after the equals sign.
    pub fn to(&self) -> usize {
        (self.from as i32 + self.days).rem_euclid(NAMES.len() as i32) as usize
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:+}={}", NAMES[self.from], self.days, NAMES[self.to()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_has_seven_days_in_both_directions() {
        let written = |from, days| Move::new(from, days).to_string();
        assert_eq!(written(1, 17), "Tuesday+17=Friday");
        assert_eq!(written(0, -1), "Monday-1=Sunday");
        assert_eq!(written(6, -20), "Sunday-20=Monday");
        assert_eq!(written(4, 7), "Friday+7=Friday");
    }
}
