//! Checks values against their ranges. The ranges are noted on the way, so that the schema of the configuration has
//! them from the same place as the messages.

use std::collections::BTreeMap;
use std::fmt;

use super::violation::Violation;

/// The numbers that a key can hold, whatever the other keys say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Range {
    /// It is at least this.
    pub least: Option<f64>,
    /// It is above this.
    pub above: Option<f64>,
    /// It is at most this.
    pub most: Option<f64>,
    /// It is below this.
    pub below: Option<f64>,
}

impl Range {
    /// 0 and more.
    pub const NOT_NEGATIVE: Self = Self::at_least(0.0);
    /// Above 0.
    pub const POSITIVE: Self = Self {
        above: Some(0.0),
        ..Self::ANY
    };
    /// A share of a whole: 0 to 1.
    pub const SHARE: Self = Self::from_to(0.0, 1.0);
    const ANY: Self = Self {
        least: None,
        above: None,
        most: None,
        below: None,
    };

    /// `least` and more.
    pub const fn at_least(least: f64) -> Self {
        Self {
            least: Some(least),
            ..Self::ANY
        }
    }

    /// `most` and less.
    pub const fn at_most(most: f64) -> Self {
        Self {
            most: Some(most),
            ..Self::ANY
        }
    }

    /// From `least` to `most`, both included.
    pub const fn from_to(least: f64, most: f64) -> Self {
        Self {
            least: Some(least),
            most: Some(most),
            ..Self::ANY
        }
    }

    /// The same without `below` and what is above it.
    #[must_use]
    pub const fn below(self, below: f64) -> Self {
        Self {
            below: Some(below),
            ..self
        }
    }

    /// Whether `value` is a number in the range.
    pub fn contains(&self, value: f64) -> bool {
        value.is_finite()
            && self.least.is_none_or(|least| value >= least)
            && self.above.is_none_or(|above| value > above)
            && self.most.is_none_or(|most| value <= most)
            && self.below.is_none_or(|below| value < below)
    }

    /// What is in both, where a key is checked twice.
    fn and(self, other: Self) -> Self {
        Self {
            least: either(self.least, other.least, f64::max),
            above: either(self.above, other.above, f64::max),
            most: either(self.most, other.most, f64::min),
            below: either(self.below, other.below, f64::min),
        }
    }
}

/// The stricter of two ends, as far as there are any.
fn either(a: Option<f64>, b: Option<f64>, stricter: fn(f64, f64) -> f64) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(stricter(a, b)),
        (a, b) => a.or(b),
    }
}

/// Collects what is wrong with a configuration.
#[derive(Debug, Default)]
pub struct Checker {
    violations: Vec<Violation>,
    ranges: BTreeMap<&'static str, Range>,
}

impl Checker {
    /// What is wrong.
    pub fn violations(self) -> Vec<Violation> {
        self.violations
    }

    /// The ranges of the keys that were checked.
    pub fn ranges(self) -> BTreeMap<&'static str, Range> {
        self.ranges
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_content(&self) -> bool {
        self.violations.is_empty()
    }

    /// Refuses `value` unless `ok`, for a reason that is no range, or depends on other keys.
    pub fn require(&mut self, ok: bool, key: &'static str, value: impl fmt::Display, must: &'static str) {
        if !ok {
            self.violations.push(Violation {
                key,
                value: value.to_string(),
                must,
            });
        }
    }

    /// Refuses a `value` outside of `range`.
    pub fn within<N: Copy + Into<f64> + fmt::Display>(
        &mut self,
        key: &'static str,
        value: N,
        range: Range,
        must: &'static str,
    ) {
        self.note(key, range);
        self.require(range.contains(value.into()), key, value, must);
    }

    /// Refuses 0.
    pub fn positive(&mut self, key: &'static str, value: u32) {
        self.within(key, value, Range::at_least(1.0), "at least 1");
    }

    /// Notes the range of a key that is checked otherwise.
    pub(crate) fn note(&mut self, key: &'static str, range: Range) {
        let known = self.ranges.entry(key).or_default();
        *known = known.and(range);
    }

    /// Refuses for the reasons of another checker, as `told` puts them.
    pub(crate) fn adopt(&mut self, other: Self, told: impl Fn(Violation) -> Violation) {
        self.violations.extend(other.violations.into_iter().map(told));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_noted_whether_or_not_a_value_is_in_them() {
        let mut checker = Checker::default();
        checker.positive("n", 0);
        checker.within("n", 5_u32, Range::at_most(9.0), "at most 9");
        checker.within("p", 0.5_f32, Range::SHARE.below(1.0), "within 0..1");
        assert_eq!(checker.violations.len(), 1);
        assert_eq!(
            checker.ranges(),
            BTreeMap::from([("n", Range::from_to(1.0, 9.0)), ("p", Range::SHARE.below(1.0))])
        );
    }

    #[test]
    fn ends_belong_to_a_range_or_not() {
        let contains = |range: Range| [0.0, 0.5, 1.0, -1.0, f64::NAN, f64::INFINITY].map(|value| range.contains(value));
        assert_eq!(contains(Range::SHARE), [true, true, true, false, false, false]);
        assert_eq!(
            contains(Range::SHARE.below(1.0)),
            [true, true, false, false, false, false]
        );
        assert_eq!(contains(Range::POSITIVE), [false, true, true, false, false, false]);
    }
}
