//! How much work a node is, by the configuration and what earlier nodes yielded.

use serl_stages::config::{Config, Instructions};
use serl_stages::{Drift, Evaluate, Filter, Generate, Respond, Solve, Stage, Train, Vote};

use super::measured::{Measured, Sums};

/// Rows of the user's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data {
    /// Seed instructions.
    pub seeds: usize,
    /// Held-out problems.
    pub problems: usize,
}

/// The work of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    /// In the unit of its stage: samples, candidates, responses; tokens, for `train`.
    pub units: f64,
    /// Tokens that it samples.
    pub tokens: f64,
    /// Whether it is at most that much.
    pub at_most: bool,
}

/// What is known better than from measurements.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Given {
    /// Mean tokens of a response.
    pub response_tokens: Option<f64>,
    /// The share of instructions that are trained on.
    pub selected: Option<f64>,
}

/// The work of any node of a stage.
pub struct Workload<'a> {
    /// The configuration of the run.
    pub config: &'a Config,
    /// Rows of the user's data.
    pub data: Data,
    /// What earlier nodes yielded.
    pub measured: &'a Measured,
    /// What the user says.
    pub given: Given,
}

/// A number, and whether it is an upper bound.
pub type Bounded = (f64, bool);

impl Workload<'_> {
    /// The work of a node of `stage`.
    pub fn of(&self, stage: &str) -> Work {
        let config = self.config;
        let prompts = f64::from(config.generate.prompts);
        match stage {
            Generate::NAME => self.sampled(stage, (prompts, false), config.generate.max_new_tokens),
            Filter::NAME => counted(self.written()),
            Drift::NAME => counted(self.kept()),
            Respond::NAME => self.sampled(stage, self.responses(), config.vote.max_new_tokens),
            Vote::NAME => counted(self.responses()),
            Train::NAME => self.trained(),
            Solve::NAME => self.sampled(stage, (self.answers(), false), config.eval.max_new_tokens),
            Evaluate::NAME => counted((self.answers(), false)),
            _ => Work::default(),
        }
    }

    /// Samples of the mean length that was measured, or of the greatest that the configuration allows.
    fn sampled(&self, stage: &str, (units, at_most): Bounded, longest: u32) -> Work {
        let measured = self.measured.stage(stage).filter(|sums| sums.units > 0.0);
        let given = self.given.response_tokens.filter(|_| stage != Generate::NAME);
        let given = given.map(|tokens| tokens.min(f64::from(longest)));
        let length = given.or(measured.map(|sums| sums.tokens / sums.units));
        Work {
            units,
            tokens: units * length.unwrap_or(f64::from(longest)),
            at_most: at_most || length.is_none(),
        }
    }

    fn share(&self, stage: &str) -> Option<f64> {
        let sums: &Sums = self.measured.stage(stage)?;
        (sums.of > 0.0).then(|| sums.yielded / sums.of)
    }

    /// The share of instructions that are trained on, where it is known.
    pub fn selected(&self) -> Option<f64> {
        self.given.selected.or_else(|| self.share(Train::NAME))
    }

    /// Instructions that an iteration writes.
    fn written(&self) -> Bounded {
        let config = &self.config.generate;
        let most = f64::from(config.prompts) * f64::from(config.max_per_prompt);
        match self.share(Generate::NAME) {
            Some(share) => ((f64::from(config.prompts) * share).min(most), false),
            None => (most, true),
        }
    }

    /// Instructions that an iteration answers.
    pub fn kept(&self) -> Bounded {
        if self.config.instructions == Instructions::Seeds {
            return (self.data.seeds as f64, false);
        }
        let (written, at_most) = self.written();
        match self.config.filter.max_kept {
            // The share that was kept fell under the limit that there was; up to the limit it is not known.
            most if most > 0 => (written.min(f64::from(most)), at_most && written < f64::from(most)),
            _ => match self.share(Filter::NAME) {
                Some(share) => (written * share, at_most),
                None => (written, true),
            },
        }
    }

    /// Responses of a round.
    fn responses(&self) -> Bounded {
        let (kept, at_most) = self.kept();
        let rounds = f64::from(self.config.rounds.max(1));
        (kept / rounds * f64::from(self.config.vote.n), at_most)
    }

    /// Tokens that a round trains on: those of the selected instructions' responses, in each epoch.
    fn trained(&self) -> Work {
        let config = self.config;
        let sampled = self.of(Respond::NAME);
        let part = match config.vote.train_n {
            0 => 1.0,
            n => f64::from(n) / f64::from(config.vote.n.max(1)),
        };
        let selected = self.selected();
        Work {
            units: sampled.tokens * part.min(1.0) * selected.unwrap_or(1.0) * f64::from(config.train.epochs),
            tokens: 0.0,
            at_most: sampled.at_most || selected.is_none(),
        }
    }

    /// Responses to held-out problems: a greedy one each, and samples of some.
    fn answers(&self) -> f64 {
        self.data.problems as f64 + self.sampled_problems() * f64::from(self.config.eval.k)
    }

    /// Held-out problems that are sampled.
    pub fn sampled_problems(&self) -> f64 {
        match (self.config.eval.k, self.config.eval.sample_limit) {
            (0, _) => 0.0,
            (_, 0) => self.data.problems as f64,
            (_, limit) => (self.data.problems as f64).min(f64::from(limit)),
        }
    }
}

fn counted((units, at_most): Bounded) -> Work {
    Work {
        units,
        tokens: 0.0,
        at_most,
    }
}
