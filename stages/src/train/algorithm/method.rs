//! The trait of algorithms: the scores that one needs, the worth of responses to it, and its loss.

use serl_lm::rl::surrogate::LossConfig;
use serl_lm::{Tally, TokenObjective, TokenScores};

use crate::error::StageError;
use crate::train::round::Round;

/// The scores of a round's responses that must be known before the first step. Others are not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Scores under the policy that sampled.
    pub old: bool,
    /// Scores under the reference policy.
    pub reference: bool,
}

/// Scores of a round's responses, by their numbers; empty where the algorithm does not need them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// Under the policy that sampled, as the trainer computes them.
    pub old: Vec<TokenScores>,
    /// Log-probabilities under the reference policy, in nats.
    pub reference: Vec<Vec<f32>>,
}

/// A way to learn from rewarded responses.
pub trait Algorithm {
    /// The scores that it needs before the first step.
    fn needs(&self) -> Needs;

    /// What each response, or each pair, is worth: fixed for the round.
    ///
    /// # Errors
    /// A round that nothing can be learned from.
    fn prepare<'r>(&self, round: &'r Round, scores: &'r Scores) -> Result<Box<dyn Targets + 'r>, StageError>;
}

/// What a round's responses are worth to an algorithm.
pub trait Targets: Sync {
    /// Numbers of the responses that are trained on, those that one term of the loss couples together. A unit lies
    /// within a group, and neither steps nor micro-batches cut it apart.
    fn units(&self) -> Vec<Vec<usize>>;

    /// The loss of a step over the responses `members`, in the order in which they were drawn.
    fn objective<'t>(&'t self, members: &'t [usize]) -> Box<dyn StepObjective + 't>;

    /// The losses in numbers, for a program that computes them itself. None by default.
    fn surrogate(&self) -> Option<Surrogate<'_>> {
        None
    }
}

/// A policy gradient in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surrogate<'t> {
    /// The advantage of each token of the round's responses, by their numbers.
    pub advantages: &'t [Vec<f32>],
    /// The loss of a step.
    pub loss: LossConfig,
    /// Weight of the entropy, which is subtracted from the loss.
    pub entropy_coef: f32,
}

/// The loss of one optimizer step. Several threads may evaluate units at the same time.
pub trait StepObjective: Sync {
    /// Loss and gradient of each response of a unit, given as its number and the log-probabilities of its tokens. What
    /// the figures are made of is counted in `tally`.
    fn evaluate(&self, unit: &[(usize, &[f32])], tally: &mut Tally) -> Vec<TokenObjective>;

    /// How much of each token's entropy is subtracted from the loss, for a response of so many `tokens`. 0 by default.
    fn entropy_weight(&self, tokens: usize) -> f32 {
        let _ = tokens;
        0.0
    }

    /// Those of the algorithm's own figures that are known before any unit has been evaluated. None by default.
    fn known(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// The algorithm's own figures of the step, by name, of the `tally` of all units.
    fn figures(&self, tally: &Tally) -> Vec<(&'static str, f64)>;
}
