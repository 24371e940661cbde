//! The learning rate of each step.

use crate::config::{Schedule, TrainConfig};

/// The learning rate of the step after `done` steps of the run: rising to `lr` in a straight line over `warmup_steps`,
/// then falling to `lr_floor * lr`, which is reached after `schedule_steps`.
pub(super) fn learning_rate(train: &TrainConfig, done: u64) -> f64 {
    let step = (done + 1) as f64;
    let [warmup, end] = [train.warmup_steps, train.schedule_steps].map(f64::from);
    if step <= warmup {
        return train.lr * (step / warmup);
    }
    let fallen = ((step - warmup) / (end - warmup).max(1.0)).min(1.0);
    let left = match train.schedule {
        Schedule::Constant => 1.0,
        Schedule::Linear => 1.0 - fallen,
        Schedule::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * fallen).cos()),
    };
    train.lr * (train.lr_floor + (1.0 - train.lr_floor) * left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates<const N: usize>(schedule: Schedule, done: [u64; N]) -> [f64; N] {
        let train = TrainConfig {
            lr: 1.0,
            warmup_steps: 4,
            schedule,
            schedule_steps: 12,
            lr_floor: 0.2,
            ..TrainConfig::default()
        };
        done.map(|done| (learning_rate(&train, done) * 1e12).round() / 1e12)
    }

    #[test]
    fn rates_by_hand() {
        // Steps 1, 4 (the end of the warm-up), 8 (half of the fall), 12 (its end) and 20.
        let done = [0, 3, 7, 11, 19];
        assert_eq!(rates(Schedule::Constant, done), [0.25, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(rates(Schedule::Linear, done), [0.25, 1.0, 0.6, 0.2, 0.2]);
        assert_eq!(rates(Schedule::Cosine, done), [0.25, 1.0, 0.6, 0.2, 0.2]);
        // A quarter of the fall: 0.2 + 0.8 (1 + cos(pi / 4)) / 2.
        assert_eq!(rates(Schedule::Cosine, [5]), [0.882_842_712_475]);
    }

    #[test]
    fn without_warm_up_the_first_step_has_the_whole_rate() {
        assert_eq!(learning_rate(&TrainConfig::default(), 0), 5e-7);
    }
}
