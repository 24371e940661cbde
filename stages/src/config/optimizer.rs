//! Ranges of the optimizer's settings, which `[train]` and `[sft]` share.

use super::checker::{Checker, Range};
use super::violation::number;

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
    /// Refuses every value out of its range, `keys` being the names in the order of the fields.
    pub fn check(&self, keys: [&'static str; 6], c: &mut Checker) {
        let positive = |value: f64| value as f32 > 0.0 && (value as f32).is_finite();
        let decays = |value: f64| (0.0..1.0).contains(&(value as f32));
        let decay = Range::NOT_NEGATIVE.below(1.0);
        let checks = [
            (
                Range::POSITIVE,
                positive(self.lr),
                self.lr,
                "above 0, and no more than a 32-bit number holds (3.4e38)",
            ),
            (decay, decays(self.beta1), self.beta1, "at least 0 and below 1"),
            (decay, decays(self.beta2), self.beta2, "at least 0 and below 1"),
            (
                Range::POSITIVE,
                positive(self.epsilon),
                self.epsilon,
                "above 0 as a 32-bit number (1e-45 and more)",
            ),
            (
                Range::NOT_NEGATIVE,
                self.weight_decay >= 0.0 && (self.weight_decay as f32).is_finite(),
                self.weight_decay,
                "0 or more, and no more than a 32-bit number holds (3.4e38)",
            ),
            (
                Range::POSITIVE,
                self.max_grad_norm > 0.0 && self.max_grad_norm.is_finite(),
                self.max_grad_norm,
                "above 0",
            ),
        ];
        for ((range, ok, value, must), key) in checks.into_iter().zip(keys) {
            c.note(key, range);
            c.require(ok, key, number(value), must);
        }
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
        let violations = |settings: OptimizerSettings| {
            let mut c = Checker::default();
            settings.check(keys, &mut c);
            c.violations()
        };
        assert_eq!(violations(good), []);
        let bad = OptimizerSettings {
            lr: 1e39,
            beta1: 0.999_999_999,
            beta2: 1.0,
            epsilon: 1e-46,
            weight_decay: 1e39,
            max_grad_norm: f64::INFINITY,
        };
        let found = violations(bad);
        let names: Vec<&str> = found.iter().map(|violation| violation.key).collect();
        assert_eq!(names, keys);
        assert_eq!(
            found[0].to_string(),
            "`lr` is 1e39, but must be above 0, and no more than a 32-bit number holds (3.4e38)"
        );
    }
}
