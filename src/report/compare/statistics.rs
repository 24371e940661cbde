//! Means over runs, their intervals, and paired tests.

/// Quantiles of Student's t at 97.5 % for 1 to 30 degrees of freedom (any table of the distribution).
const T: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];
/// The quantile of the normal distribution, which t approaches.
pub(super) const Z: f64 = 1.960;

/// Mean of one number per run, and how certain it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Pooled {
    pub(in crate::report) mean: f64,
    /// Standard deviation between runs (`n - 1`); none for a single run.
    pub(in crate::report) sd: Option<f64>,
    /// Half the width of the 95 % interval of the mean by Student's t; none for a single run.
    pub(in crate::report) half_width: Option<f64>,
}

/// `values` pooled; `None` without any.
pub(in crate::report) fn pooled(values: &[f64]) -> Option<Pooled> {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let freedom = n.checked_sub(1)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let sd = (freedom > 0).then(|| (squares / freedom as f64).sqrt());
    let quantile = T.get(freedom.wrapping_sub(1)).copied().unwrap_or(Z);
    Some(Pooled {
        mean,
        sd,
        half_width: sd.map(|sd| quantile * sd / (n as f64).sqrt()),
    })
}

/// The exact test of McNemar: the probability that the discordant pairs are divided at least so unequally if each goes
/// either way with probability 1/2 (two-sided binomial test).
pub(super) fn mc_nemar(gained: u64, lost: u64) -> f64 {
    let n = gained + lost;
    // C(n, i) / 2^n as a logarithm, so that thousands of pairs do not overflow.
    let mut log = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = log.exp();
    for i in 0..gained.min(lost) {
        log += ((n - i) as f64 / (i + 1) as f64).ln();
        tail += log.exp();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_runs_pooled_by_hand() {
        let of = pooled(&[0.858, 0.878, 0.878]).unwrap();
        assert!((of.mean - 0.871_333).abs() < 1e-6);
        assert!((of.sd.unwrap() - 0.011_547).abs() < 1e-6);
        // 4.303 * 0.011547 / sqrt(3)
        assert!((of.half_width.unwrap() - 0.028_687).abs() < 1e-6);
    }

    #[test]
    fn one_run_has_no_spread_and_none_no_mean() {
        assert_eq!(
            pooled(&[0.5]).map(|of| (of.mean, of.sd, of.half_width)),
            Some((0.5, None, None))
        );
        assert_eq!(pooled(&[]), None);
        assert!(pooled(&[0.0; 40]).unwrap().half_width.is_some());
    }

    /// Computed in exact fractions (Python's `fractions` and `math.comb`).
    #[test]
    fn the_exact_test_is_exact() {
        for (gained, lost, expected) in [
            (0, 0, 1.0),
            (5, 5, 1.0),
            (63, 52, 0.351_125_369_755_431_7),
            (42, 181, 9.409_493_235_008_757e-22),
            (51, 79, 0.017_541_695_301_202_188),
            (0, 10, 0.001_953_125),
        ] {
            let p = mc_nemar(gained, lost);
            assert!((p / expected - 1.0).abs() < 1e-6, "{gained}, {lost}: {p:e}");
        }
    }
}
