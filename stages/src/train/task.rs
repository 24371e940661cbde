//! What the steps of a round have in common, whoever makes them, and the notes about each.

use serl_artifacts::tables::{TrainFigure, TrainLog};
use serl_lm::LmError;
use serl_lm::rl::kl::k1;

use super::algorithm::{Scores, Targets};
use super::kl_controller;
use super::log::{Log, mismatch};
use super::moments::moments;
use super::round::Round;
use crate::config::TrainConfig;
use crate::error::StageError;
use crate::stage::at::At;

/// The steps of a round: of each, its units, which are numbers of responses.
pub(super) type Order = [Vec<Vec<usize>>];

/// Shared by the steps of a round.
pub(super) struct Task<'a> {
    pub(super) at: At,
    pub(super) config: &'a TrainConfig,
    pub(super) round: &'a Round,
    pub(super) scores: &'a Scores,
    pub(super) targets: &'a dyn Targets,
    /// The weight of the KL penalty, where it is adapted.
    pub(super) kl_coef: Option<f64>,
}

/// What only whoever made a step knows of it.
pub(super) struct Measured {
    /// Steps made in all, this one included.
    pub(super) steps: u64,
    pub(super) loss: f64,
    pub(super) grad_norm: f64,
    /// Response tokens.
    pub(super) tokens: u64,
    /// The algorithm's own figures.
    pub(super) figures: Vec<(String, f64)>,
}

impl Task<'_> {
    /// Notes step `index` over the responses `members` in the log.
    ///
    /// # Errors
    /// Figures that are no numbers: ratios of probabilities may overflow where the losses do not.
    pub(super) fn note(
        &self,
        index: usize,
        members: &[usize],
        lr: f64,
        measured: Measured,
        log: &mut Log,
    ) -> Result<(), StageError> {
        let mut figures = measured.figures;
        let adapted = self.kl_coef.map(|kl_coef| (kl_controller::FIGURE, kl_coef));
        figures.extend(adapted.map(named));
        let mismatch_kl = mismatch(members, self.round, self.scores);
        self.check_finite(measured.steps, &figures, mismatch_kl)?;
        let Scores { old, reference } = self.scores;
        let k1_of = |&i: &usize| k1(&old[i].logprobs, &reference[i]);
        let kl: Vec<f32> = match !old.is_empty() && !reference.is_empty() {
            true => members.iter().flat_map(k1_of).collect(),
            false => Vec::new(),
        };
        let figures = figures.iter().map(|(name, value)| figure(self.at, index, name, *value));
        log.figures.extend(figures);
        log.steps.push(TrainLog {
            iteration: self.at.iteration,
            round: self.at.round(),
            step: index as u32,
            responses: members.len() as u32,
            tokens: measured.tokens,
            loss: measured.loss,
            kl: (!kl.is_empty()).then(|| moments(kl.iter()).0),
            reward_mean: moments(members.iter().map(|&i| &self.round.response(i).reward)).0,
            entropy: (!old.is_empty()).then(|| moments(members.iter().flat_map(|&i| &old[i].entropies)).0),
            grad_norm: measured.grad_norm,
            lr,
            mismatch_kl,
        });
        Ok(())
    }

    fn check_finite(&self, step: u64, figures: &[(String, f64)], mismatch_kl: Option<f64>) -> Result<(), StageError> {
        let mismatch_kl = mismatch_kl.map(|value| ("mismatch_kl", value));
        let figures = figures.iter().map(|(name, value)| (name.as_str(), *value));
        match figures.chain(mismatch_kl).find(|(_, value)| !value.is_finite()) {
            None => Ok(()),
            Some((name, _)) => {
                let what = format!("the figure `{name}` is");
                Err(self.diverged(LmError::Diverged { step, what }))
            }
        }
    }

    /// Says where training has diverged, and what to change.
    pub(super) fn diverged(&self, error: LmError) -> StageError {
        match error {
            LmError::Diverged { .. } => StageError::Diverged {
                place: format!("iteration {}, round {}, ", self.at.iteration, self.at.round()),
                cause: error.to_string(),
                advice: format!(
                    "lower `train.lr` (now {:e}) or `train.max_grad_norm` (now {}), or raise `train.warmup_steps` (now \
                     {}); nothing of this round is kept, and the policy before it is unchanged",
                    self.config.lr, self.config.max_grad_norm, self.config.warmup_steps
                ),
            },
            other => other.into(),
        }
    }
}

/// A figure with a name of its own.
pub(super) fn named((name, value): (&str, f64)) -> (String, f64) {
    (name.to_owned(), value)
}

/// A figure of a step.
pub(super) fn figure(at: At, step: usize, name: &str, value: f64) -> TrainFigure {
    TrainFigure {
        iteration: at.iteration,
        round: at.round(),
        step: step as u32,
        name: name.to_owned(),
        value,
    }
}
