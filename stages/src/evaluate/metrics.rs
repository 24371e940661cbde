//! Pass@K, Maj@K and their confidence.

/// Unbiased estimate of Pass@k from `n` samples of which `c` are correct: `1 - C(n-c, k) / C(n, k)`
/// (Chen et al., arXiv 2107.03374, equation 1). `k` is at most `n`.
pub fn pass_at_k(n: u32, c: u32, k: u32) -> f64 {
    if n - c < k {
        return 1.0;
    }
    1.0 - (n - c + 1..=n)
        .map(|i| 1.0 - f64::from(k) / f64::from(i))
        .product::<f64>()
}

/// Wilson's score interval of a proportion at 95 %, `(low, high)`; `(0, 1)` where there is nothing to count.
pub fn wilson(correct: u32, n: u32) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    const Z: f64 = 1.959_963_984_540_054;
    let n = f64::from(n);
    let p = f64::from(correct) / n;
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (
        ((centre - spread) / scale).max(0.0),
        ((centre + spread) / scale).min(1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pass_at_k_by_counting_subsets() {
        assert!((pass_at_k(4, 1, 2) - 0.5).abs() < 1e-12);
        // C(3,2) / C(5,2) = 3/10 of the pairs hold no correct sample.
        assert!((pass_at_k(5, 2, 2) - 0.7).abs() < 1e-12);
        assert_eq!((pass_at_k(16, 0, 16), pass_at_k(16, 1, 16)), (0.0, 1.0));
    }

    /// Against the formula worked out in double precision by hand-written Python for 39 of 100.
    #[test]
    fn wilson_equals_its_formula() {
        let (low, high) = wilson(39, 100);
        assert!(
            (low - 0.300_168_74).abs() < 1e-6 && (high - 0.487_969_83).abs() < 1e-6,
            "{low} {high}"
        );
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    proptest! {
        #[test]
        fn more_tries_never_pass_less(n in 1u32..40, c in 0u32..40, k in 1u32..40) {
            let (c, k) = (c.min(n), k.min(n));
            prop_assert!(pass_at_k(n, c, k) >= pass_at_k(n, c, k.saturating_sub(1).max(1)) - 1e-12);
            prop_assert!((0.0..=1.0).contains(&pass_at_k(n, c, k)));
        }
    }
}
