//! Moments of the values of a group.

use std::collections::BTreeMap;

/// Which standard deviation a group's values are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviation {
    /// Of the `n` responses themselves: `sqrt(sum (r - mean)^2 / n)`.
    Population,
    /// Of what they are a sample of: `sqrt(sum (r - mean)^2 / (n - 1))`.
    Sample,
}

/// Count, mean and squares of a group's values.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    pub(super) count: usize,
    pub(super) sum: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Moments {
    pub(super) fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    /// 0 for a value that is alone.
    pub(super) fn deviation(&self, kind: Deviation) -> f64 {
        let freedom = match kind {
            Deviation::Population => self.count,
            Deviation::Sample => self.count.saturating_sub(1),
        };
        (self.squares / freedom.max(1) as f64).sqrt()
    }
}

/// The moments of each group.
pub(super) struct Groups<'a> {
    groups: &'a [usize],
    moments: BTreeMap<usize, Moments>,
}

impl<'a> Groups<'a> {
    /// Of `values`, the group of each being in `groups`.
    pub(super) fn new(values: &[f64], groups: &'a [usize]) -> Self {
        let mut moments: BTreeMap<usize, Moments> = BTreeMap::new();
        for (value, group) in values.iter().zip(groups) {
            let of = moments.entry(*group).or_default();
            of.count += 1;
            of.sum += value;
        }
        // In a second pass: the difference of two large sums would lose small deviations.
        for (value, group) in values.iter().zip(groups) {
            let of = moments.entry(*group).or_default();
            of.squares += (value - of.mean()).powi(2);
        }
        Self { groups, moments }
    }

    /// The moments of the group of value `index`.
    pub(super) fn of(&self, index: usize) -> Moments {
        let group = self.groups.get(index).and_then(|group| self.moments.get(group));
        group.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_two_groups_by_hand() {
        let groups = Groups::new(&[1.0, 5.0, 3.0, 9.0], &[4, 4, 4, 2]);
        assert_eq!((groups.of(0).count, groups.of(1).mean()), (3, 3.0));
        assert_eq!(groups.of(2).deviation(Deviation::Population), (8.0f64 / 3.0).sqrt());
        assert_eq!(groups.of(2).deviation(Deviation::Sample), 2.0);
        assert_eq!(groups.of(3).deviation(Deviation::Sample), 0.0);
    }

    #[test]
    fn small_deviations_of_large_values_are_kept() {
        let groups = Groups::new(&[1e8 + 1.0, 1e8 - 1.0], &[0, 0]);
        assert_eq!(groups.of(0).deviation(Deviation::Population), 1.0);
    }
}
