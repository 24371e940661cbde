//! Estimators of the Kullback-Leibler divergence `KL(p || q)` from tokens drawn from `p` (Schulman 2020,
//! "Approximating KL Divergence"), per token, in nats.

/// `k1 = log p - log q`: unbiased, of either sign.
pub fn k1(policy: &[f32], reference: &[f32]) -> Vec<f32> {
    policy.iter().zip(reference).map(|(p, q)| p - q).collect()
}

/// `k2 = (log p - log q)^2 / 2`: biased, never negative; its gradient is that of the divergence.
pub fn k2(policy: &[f32], reference: &[f32]) -> Vec<f32> {
    policy
        .iter()
        .zip(reference)
        .map(|(p, q)| 0.5 * (p - q) * (p - q))
        .collect()
}

/// `k3 = q / p - 1 - log(q / p)`: unbiased and never negative.
pub fn k3(policy: &[f32], reference: &[f32]) -> Vec<f32> {
    policy
        .iter()
        .zip(reference)
        .map(|(p, q)| (q - p).exp_m1() - (q - p))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand_for_half_and_quarter() {
        let (p, q) = ([0.5f32.ln()], [0.25f32.ln()]);
        assert!((k1(&p, &q)[0] - 2f32.ln()).abs() < 1e-6);
        assert!((k2(&p, &q)[0] - 0.240_226_5).abs() < 1e-6);
        // 1/2 - 1 + ln 2
        assert!((k3(&p, &q)[0] - 0.193_147_18).abs() < 1e-6);
    }

    #[test]
    fn k1_and_k3_have_the_divergence_as_expectation() {
        let (p, q) = ([0.7f32, 0.3], [0.4f32, 0.6]);
        let log = |values: [f32; 2]| values.map(f32::ln);
        let exact: f32 = p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum();
        for estimator in [k1, k3] {
            let values = estimator(&log(p), &log(q));
            let mean: f32 = p.iter().zip(values).map(|(p, value)| p * value).sum();
            assert!((mean - exact).abs() < 1e-6);
        }
    }

    proptest! {
        #[test]
        fn k2_and_k3_are_never_negative(p in -20.0f32..0.0, q in -20.0f32..0.0) {
            prop_assert!(k2(&[p], &[q])[0] >= 0.0);
            prop_assert!(k3(&[p], &[q])[0] >= -1e-6);
        }
    }
}
