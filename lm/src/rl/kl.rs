//! Estimators of the Kullback-Leibler divergence `KL(p || q)` from tokens drawn from `p` (Schulman 2020,
//! "Approximating KL Divergence"), per token, in nats.
//!
//! `p` and `q` are log-probabilities, `d = p - q`.

/// An estimator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// `d`: unbiased, of either sign. As a term of the loss it does nothing on average: its gradient has mean 0.
    K1,
    /// `d^2 / 2`: biased, never negative; its gradient is that of the divergence.
    K2,
    /// `exp(-d) - 1 + d`: unbiased and never negative; the term of GRPO's loss (arXiv:2402.03300, equation 4).
    K3,
}

impl Estimator {
    /// The estimate, and its derivative with respect to `p`.
    pub fn value_and_slope(self, p: f32, q: f32) -> (f64, f64) {
        let d = f64::from(p) - f64::from(q);
        match self {
            Self::K1 => (d, 1.0),
            Self::K2 => (0.5 * d * d, d),
            Self::K3 => ((-d).exp_m1() + d, -(-d).exp_m1()),
        }
    }
}

/// `k1` of each token.
pub fn k1(policy: &[f32], reference: &[f32]) -> Vec<f32> {
    policy.iter().zip(reference).map(|(p, q)| p - q).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Estimator; 3] = [Estimator::K1, Estimator::K2, Estimator::K3];

    #[test]
    fn by_hand_for_half_and_quarter() {
        let (p, q) = (0.5f32.ln(), 0.25f32.ln());
        // ln 2, (ln 2)^2 / 2, 1/2 - 1 + ln 2
        let expected = [2f64.ln(), 0.240_226_506_959_100_7, 0.193_147_180_559_945_3];
        for (estimator, expected) in ALL.into_iter().zip(expected) {
            let (value, _) = estimator.value_and_slope(p, q);
            assert!((value - expected).abs() < 1e-6, "{estimator:?}: {value}");
        }
        assert_eq!(k1(&[p], &[q]), [p - q]);
    }

    #[test]
    fn k1_and_k3_have_the_divergence_as_expectation() {
        let (p, q) = ([0.7f32, 0.3], [0.4f32, 0.6]);
        let exact: f32 = p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum();
        for estimator in [Estimator::K1, Estimator::K3] {
            let of = |(p, q): (&f32, f32)| f64::from(*p) * estimator.value_and_slope(p.ln(), q.ln()).0;
            let mean: f64 = p.iter().zip(q).map(of).sum();
            assert!((mean - f64::from(exact)).abs() < 1e-6);
        }
    }

    proptest! {
        #[test]
        fn k2_and_k3_are_never_negative(p in -20.0f32..0.0, q in -20.0f32..0.0) {
            prop_assert!(Estimator::K2.value_and_slope(p, q).0 >= 0.0);
            prop_assert!(Estimator::K3.value_and_slope(p, q).0 >= -1e-12);
        }

        #[test]
        fn slopes_are_derivatives(p in -5.0f32..0.0, q in -5.0f32..0.0) {
            let h = 1.0f32 / 1024.0;
            for estimator in ALL {
                let at = |p: f32| estimator.value_and_slope(p, q).0;
                let numeric = (at(p + h) - at(p - h)) / (f64::from(p + h) - f64::from(p - h));
                let slope = estimator.value_and_slope(p, q).1;
                prop_assert!((numeric - slope).abs() < 1e-4 * (1.0 + slope.abs()));
            }
        }
    }
}
