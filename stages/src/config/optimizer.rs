//! Ranges of the optimizer's settings, which `[train]` and `[sft]` share.

use super::violation::Violation;

/// Settings of the optimizer. They are computed with as 32-bit numbers, so it is as such that they must be in range.
#[derive(Debug, Clone, Copy)]
pub struct OptimizerSettings {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest norm of a gradient.
    pub max_grad_norm: f64,
}

impl OptimizerSettings {
    /// Every value out of its range, `keys` being the names in the order of the fields.
    pub fn violations(&self, keys: [&'static str; 6]) -> Vec<Violation> {
        let positive = |value: f64| value as f32 > 0.0 && (value as f32).is_finite();
        let decays = |value: f64| (0.0..1.0).contains(&(value as f32));
        let checks = [
            (
                positive(self.lr),
                self.lr,
                "above 0, and no more than a 32-bit number holds (3.4e38)",
            ),
            (decays(self.beta1), self.beta1, "at least 0 and below 1"),
            (decays(self.beta2), self.beta2, "at least 0 and below 1"),
            (
                positive(self.epsilon),
                self.epsilon,
                "above 0 as a 32-bit number (1e-45 and more)",
            ),
            (
                self.weight_decay >= 0.0 && (self.weight_decay as f32).is_finite(),
                self.weight_decay,
                "0 or more, and no more than a 32-bit number holds (3.4e38)",
            ),
            (
                self.max_grad_norm > 0.0 && self.max_grad_norm.is_finite(),
                self.max_grad_norm,
                "above 0",
            ),
        ];
        let named = checks.into_iter().zip(keys).filter(|((ok, ..), _)| !ok);
        named
            .map(|((_, value, must), key)| Violation {
                key,
                value: format!("{value:?}"),
                must,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_32_bits_do_not_hold_are_refused() {
        let good = OptimizerSettings {
            lr: 1e-5,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            max_grad_norm: 1.0,
        };
        let keys = ["lr", "beta1", "beta2", "epsilon", "weight_decay", "max_grad_norm"];
        assert_eq!(good.violations(keys), []);
        let bad = OptimizerSettings {
            lr: 1e39,
            beta1: 0.999_999_999,
            beta2: 1.0,
            epsilon: 1e-46,
            weight_decay: 1e39,
            max_grad_norm: f64::INFINITY,
        };
        let found = bad.violations(keys);
        let names: Vec<&str> = found.iter().map(|violation| violation.key).collect();
        assert_eq!(names, keys);
        assert_eq!(
            found[0].to_string(),
            "`lr` is 1e39, but must be above 0, and no more than a 32-bit number holds (3.4e38)"
        );
    }
}
