//! Figures by iteration, and how they read.

/// A figure of each iteration that has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Series(Vec<(u32, f64)>);

/// More values than this are abridged.
const SHOWN: usize = 5;

impl Series {
    /// The `figure` of each of `rows` that has it.
    pub(super) fn of<R>(rows: &[R], figure: impl Fn(&R) -> (u32, Option<f64>)) -> Self {
        let known = rows.iter().map(figure);
        Self(
            known
                .filter_map(|(iteration, value)| Some((iteration, value?)))
                .collect(),
        )
    }

    /// The first value.
    pub(super) fn first(&self) -> Option<f64> {
        self.0.first().map(|&(_, value)| value)
    }

    /// The last value.
    pub(super) fn last(&self) -> Option<f64> {
        self.0.last().map(|&(_, value)| value)
    }

    /// First and last value; a single one is both.
    pub(super) fn ends(&self) -> Option<(f64, f64)> {
        Some((self.first()?, self.last()?))
    }

    /// The value before the last.
    pub(super) fn before_last(&self) -> Option<f64> {
        self.0.iter().rev().nth(1).map(|&(_, value)| value)
    }

    /// The values with arrows between them; of many, the first and the last ones.
    pub(super) fn told(&self, text: impl Fn(f64) -> String) -> String {
        let values: Vec<String> = self.0.iter().map(|&(_, value)| text(value)).collect();
        let shown = match values.as_slice() {
            many if many.len() > SHOWN => {
                let last = &many[many.len() - (SHOWN - 2)..];
                let mut shown = vec![many[0].clone(), "…".to_owned()];
                shown.extend_from_slice(last);
                shown
            }
            _ => values,
        };
        shown.join(" → ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        let rows: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
        Series::of(&rows, |&(at, value)| (at as u32, Some(value)))
    }

    #[test]
    fn long_series_are_abridged() {
        let told = |values: &[f64]| series(values).told(|value| format!("{value}"));
        assert_eq!(told(&[1.0]), "1");
        assert_eq!(told(&[1.0, 2.0, 3.0, 4.0, 5.0]), "1 → 2 → 3 → 4 → 5");
        assert_eq!(told(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), "1 → … → 4 → 5 → 6");
    }

    #[test]
    fn missing_values_are_left_out() {
        let known = Series::of(&[(0, None), (1, Some(0.5))], |row| *row);
        assert_eq!((known.ends(), known.before_last()), (Some((0.5, 0.5)), None));
        assert_eq!(Series::default().ends(), None);
    }
}
