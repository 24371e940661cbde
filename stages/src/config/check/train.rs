//! Values of `[train]`.

use serl_lm::Dtype;

use crate::config::checker::{Checker, Range};
use crate::config::optimizer::OptimizerSettings;
use crate::config::{AlgorithmName, Config, Schedule};

impl Config {
    pub(super) fn check_train(&self, c: &mut Checker) {
        let t = &self.train;
        let [low, high] = t.bounds;
        let ordered = 0.0 <= low && low <= high && high <= 1.0;
        c.require(
            ordered,
            "train.bounds",
            format!("[{low}, {high}]"),
            "two numbers, 0 <= lower <= upper <= 1",
        );
        c.positive("train.batch_rollouts", t.batch_rollouts);
        c.positive("train.epochs", t.epochs);
        self.check_loss(c);
        self.check_controller(c);
        self.check_schedule(c);
        let optimizer = OptimizerSettings {
            lr: t.lr,
            beta1: t.beta1,
            beta2: t.beta2,
            epsilon: t.epsilon,
            weight_decay: t.weight_decay,
            max_grad_norm: t.max_grad_norm,
        };
        let keys = [
            "train.lr",
            "train.beta1",
            "train.beta2",
            "train.epsilon",
            "train.weight_decay",
            "train.max_grad_norm",
        ];
        optimizer.check(keys, c);
        self.check_moments(c);
        c.positive("train.micro_batch_tokens", t.micro_batch_tokens);
        self.check_ranks(c);
        t.lora.check(["train.lora.alpha", "train.lora.targets"], c);
        c.require(
            t.lora.rank == 0 || !t.carry_optimizer,
            "train.carry_optimizer",
            t.carry_optimizer,
            "false where `train.lora.rank` is above 0: \
             every round starts a fresh adapter, so there are no moments to carry",
        );
        self.check_backend(c);
    }

    /// A moment decays by `1 - beta` of itself, which bf16 rounds away below half of its last bit.
    fn check_moments(&self, c: &mut Checker) {
        const DECAY: f64 = 1.0 / 256.0;
        let t = &self.train;
        for (key, beta) in [("train.beta1", t.beta1), ("train.beta2", t.beta2)] {
            c.require(
                t.moments == Dtype::F32 || 1.0 - beta > DECAY,
                key,
                beta,
                "below 0.996 where `train.moments` is \"bf16\": rounding would keep the moment from falling",
            );
        }
    }

    fn check_ranks(&self, c: &mut Checker) {
        let (parts, ranks) = (self.train.data_parallel, self.execution.ranks);
        c.positive("train.data_parallel", parts);
        c.positive("execution.ranks", ranks);
        if parts == 0 || ranks == 0 {
            return;
        }
        c.require(
            parts.is_power_of_two(),
            "train.data_parallel",
            parts,
            "a power of two: 1, 2, 4, 8, …",
        );
        c.require(
            ranks.is_power_of_two() && ranks <= parts,
            "execution.ranks",
            ranks,
            "a power of two, at most `train.data_parallel`: each rank computes its share of the gradient's parts",
        );
    }

    fn check_loss(&self, c: &mut Checker) {
        let t = &self.train;
        let clip = "0 (as the algorithm has it) or above, and below 1";
        c.within("train.clip", t.clip, Range::NOT_NEGATIVE.below(1.0), clip);
        c.note("train.dual_clip", Range::NOT_NEGATIVE);
        c.require(
            t.dual_clip == 0.0 || t.dual_clip > 1.0 && t.dual_clip.is_finite(),
            "train.dual_clip",
            t.dual_clip,
            "0 (off) or above 1",
        );
        for (key, value) in [
            ("train.clip_high", t.clip_high),
            ("train.kl_coef", t.kl_coef),
            ("train.kl_target", t.kl_target),
            ("train.entropy_coef", t.entropy_coef),
            ("train.mismatch_cap", t.mismatch_cap),
        ] {
            c.within(key, value, Range::NOT_NEGATIVE, "0 or more");
        }
        c.require(
            t.algorithm != AlgorithmName::Dpo || t.kl_coef > 0.0,
            "train.kl_coef",
            t.kl_coef,
            "above 0 where `train.algorithm` is \"dpo\": it is the beta of the loss",
        );
    }

    fn check_controller(&self, c: &mut Checker) {
        let t = &self.train;
        c.positive("train.kl_horizon", t.kl_horizon);
        if t.kl_target > 0.0 {
            c.require(
                t.algorithm.has_kl_penalty(t.kl) && t.kl_coef > 0.0,
                "train.kl_target",
                t.kl_target,
                "0 where there is no KL penalty to adapt: `train.algorithm` has none of its own, `train.kl` is \
                 \"none\", or `train.kl_coef` is 0",
            );
        }
    }

    fn check_schedule(&self, c: &mut Checker) {
        let t = &self.train;
        c.within("train.lr_floor", t.lr_floor, Range::SHARE, "within 0..=1");
        let (falls, ends) = (t.schedule != Schedule::Constant, t.schedule_steps > t.warmup_steps);
        c.require(
            !falls || ends,
            "train.schedule_steps",
            t.schedule_steps,
            "above `train.warmup_steps`, where the fall begins",
        );
        c.require(
            !falls || t.carry_optimizer,
            "train.schedule",
            "one that falls",
            "\"constant\" where `train.carry_optimizer` is false: steps are then counted anew in every round",
        );
        c.require(
            t.steps == 0 || t.max_steps == 0,
            "train.max_steps",
            t.max_steps,
            "0 where `train.steps` says how many there are",
        );
    }
}
