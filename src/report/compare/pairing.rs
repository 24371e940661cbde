//! The greedy answers of two policies to the same held-out problems.

use std::collections::HashMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::statistics::{Z, mc_nemar};
use crate::report::stored::StoredRun;
use crate::report::tables::GREEDY;

/// How the greedy answers of one policy differ from those of another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pairing {
    /// Problems that both answered.
    pub problems: u64,
    /// Of these, problems that only the first has right.
    pub gained: u64,
    /// Problems that only the second has right.
    pub lost: u64,
}

impl Pairing {
    /// Pass@1 of the first minus that of the second; 0 without problems.
    pub fn difference(&self) -> f64 {
        (self.gained as f64 - self.lost as f64) / self.problems.max(1) as f64
    }

    /// Half the width of the difference's 95 % interval (Wald, for paired shares).
    pub fn half_width(&self) -> f64 {
        let n = self.problems.max(1) as f64;
        let (discordant, net) = ((self.gained + self.lost) as f64, self.gained as f64 - self.lost as f64);
        Z * (discordant - net * net / n).max(0.0).sqrt() / n
    }

    /// McNemar's exact test: the probability of a division at least so unequal by chance.
    pub fn p(&self) -> f64 {
        mc_nemar(self.gained, self.lost)
    }

    /// Both together.
    pub(super) fn with(&self, other: &Self) -> Self {
        Self {
            problems: self.problems + other.problems,
            gained: self.gained + other.gained,
            lost: self.lost + other.lost,
        }
    }
}

/// Whether the greedy answer of a policy to each problem is right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Greedy(HashMap<(String, String), bool>);

/// A response, as far as it counts here.
#[derive(Debug, Deserialize)]
struct Graded {
    benchmark: String,
    problem_id: String,
    greedy: bool,
    correct: bool,
}

impl Greedy {
    /// Those of the policy of an iteration; none if it was not measured.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn of(run: &StoredRun, iteration: u32) -> Result<Self> {
        let rows: Vec<Graded> = run.rows_of(iteration, &GREEDY)?;
        let greedy = rows.into_iter().filter(|row| row.greedy);
        Ok(greedy
            .map(|row| ((row.benchmark, row.problem_id), row.correct))
            .collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How they differ from those of `other`.
    pub fn against(&self, other: &Self) -> Pairing {
        let mut pair = Pairing::default();
        for (id, right) in &self.0 {
            if let Some(there) = other.0.get(id) {
                pair.problems += 1;
                pair.gained += u64::from(*right && !there);
                pair.lost += u64::from(!right && *there);
            }
        }
        pair
    }
}

/// From benchmark, problem and whether its answer is right.
impl FromIterator<((String, String), bool)> for Greedy {
    fn from_iter<I: IntoIterator<Item = ((String, String), bool)>>(answers: I) -> Self {
        Self(answers.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paired_difference_has_the_interval_of_paired_shares() {
        let pair = Pairing {
            problems: 500,
            gained: 244,
            lost: 9,
        };
        // Python: (244 - 9) / 500, and 1.96 * sqrt(253 - 235**2 / 500) / 500
        assert!((pair.difference() - 0.47).abs() < 1e-12);
        assert!((pair.half_width() - 0.046_8).abs() < 1e-4, "{}", pair.half_width());
        assert_eq!((Pairing::default().difference(), Pairing::default().p()), (0.0, 1.0));
        assert_eq!(Pairing::default().half_width(), 0.0);
    }
}
