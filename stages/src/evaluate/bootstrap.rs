//! How sure a mean over problems is: percentile intervals of the bootstrap (Efron 1979).

use serl_random::Place;

/// Resamples of an interval.
const RESAMPLES: usize = 2000;

/// The 95 % intervals `(low, high)` of the means of `figures`, each of which has one value per problem.
///
/// Problems are drawn with replacement, the same ones for all figures. The draws depend on the number of problems
/// alone, so that intervals are the same in every run. `(0, 1)` where there are no problems.
pub fn intervals(figures: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let problems = figures.first().map_or(0, Vec::len);
    if problems == 0 {
        return vec![(0.0, 1.0); figures.len()];
    }
    let mut stream = Place::new(0, "bootstrap").stream();
    let mut means = vec![Vec::with_capacity(RESAMPLES); figures.len()];
    let mut drawn = vec![0.0; problems];
    for _ in 0..RESAMPLES {
        drawn.fill(0.0);
        for _ in 0..problems {
            drawn[stream.below(problems)] += 1.0;
        }
        for (means, values) in means.iter_mut().zip(figures) {
            let sum: f64 = values.iter().zip(&drawn).map(|(value, times)| value * times).sum();
            means.push(sum / problems as f64);
        }
    }
    means
        .into_iter()
        .map(|means| (at(&means, 0.025), at(&means, 0.975)))
        .collect()
}

/// A quantile, interpolated linearly between two values.
fn at(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a share, the bootstrap is a binomial: here its normal interval, 0.3 ± 1.96 * sqrt(0.3 * 0.7 / 400).
    #[test]
    fn of_a_share_it_is_nearly_the_normal_interval() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(u8::from(i % 10 < 3))).collect();
        let (low, high) = intervals(&[values])[0];
        assert!(
            (low - 0.2551).abs() < 0.006 && (high - 0.3449).abs() < 0.006,
            "{low} {high}"
        );
    }

    #[test]
    fn figures_share_their_draws() {
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let doubled = values.iter().map(|value| 2.0 * value).collect();
        let both = intervals(&[values, doubled]);
        assert_eq!((2.0 * both[0].0, 2.0 * both[0].1), both[1]);
        assert!(both[0].0 < 24.5 && both[0].1 > 24.5);
    }

    #[test]
    fn nothing_and_constants() {
        assert_eq!(intervals(&[vec![]]), [(0.0, 1.0)]);
        assert_eq!(intervals(&[vec![0.25; 8]]), [(0.25, 0.25)]);
    }
}
