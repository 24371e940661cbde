//! Mean and standard deviation.

/// Mean and standard deviation of the population, summed in double precision in the order given; 0 for nothing.
pub(super) fn moments<'v>(values: impl Iterator<Item = &'v f32>) -> (f64, f64) {
    let values: Vec<f64> = values.map(|&v| f64::from(v)).collect();
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_four_numbers_by_hand() {
        assert_eq!(moments([1.0, 1.0, 5.0, 5.0].iter()), (3.0, 2.0));
        assert_eq!(moments([].iter()), (0.0, 0.0));
    }
}
