//! What `[train]` says about the loss, as algorithms are opened with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serl_lm::rl::advantage::Deviation;
use serl_lm::rl::aggregation::Aggregation;
use serl_lm::rl::kl::Estimator;

/// `train.kl`: where the KL to the reference policy counts, and how it is estimated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KlPenalty {
    /// As the algorithm's paper has it.
    #[default]
    Preset,
    /// Nowhere.
    None,
    /// Per token inside the reward, as k1.
    Reward,
    /// As a term of the loss, by k1, whose gradient has mean 0: to compare with.
    LossK1,
    /// As a term of the loss, by k2.
    LossK2,
    /// As a term of the loss, by k3.
    LossK3,
}

impl KlPenalty {
    /// This, or `preset` if it leaves the choice to the algorithm.
    pub(super) fn or(self, preset: Self) -> Self {
        if self == Self::Preset { preset } else { self }
    }

    /// The estimator of a term of the loss.
    pub(super) fn estimator(self) -> Option<Estimator> {
        match self {
            Self::Preset | Self::None | Self::Reward => None,
            Self::LossK1 => Some(Estimator::K1),
            Self::LossK2 => Some(Estimator::K2),
            Self::LossK3 => Some(Estimator::K3),
        }
    }
}

/// `train.aggregation`: how the terms of a step's tokens are added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AggregationName {
    /// As the algorithm's paper has it.
    #[default]
    Preset,
    /// Mean over all tokens.
    TokenMean,
    /// Mean over responses of their means over tokens.
    SequenceMean,
    /// Mean over responses of their sums divided by `vote.max_new_tokens`.
    Constant,
    /// Mean over responses of their sums.
    SequenceSum,
}

/// `train.deviation`: the standard deviation of a group's rewards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviationName {
    /// Divided by `n`.
    #[default]
    Population,
    /// Divided by `n - 1`.
    Sample,
}

impl From<DeviationName> for Deviation {
    fn from(kind: DeviationName) -> Self {
        match kind {
            DeviationName::Population => Self::Population,
            DeviationName::Sample => Self::Sample,
        }
    }
}

/// The settings of a loss.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Coefficients {
    /// `train.clip`; `None`: as the algorithm's paper has it.
    pub clip: Option<f32>,
    /// `train.clip_high`; `None`: `clip` upwards as well, or as the algorithm's paper has it.
    pub clip_high: Option<f32>,
    /// `train.dual_clip`
    pub dual_clip: Option<f32>,
    /// `train.kl`
    pub kl: KlPenalty,
    /// `train.kl_coef`
    pub kl_coef: f32,
    /// `train.aggregation`
    pub aggregation: AggregationName,
    /// `train.deviation`
    pub deviation: DeviationName,
    /// `train.mismatch_cap`
    pub mismatch_cap: Option<f32>,
    /// `train.entropy_coef`
    pub entropy_coef: f32,
    /// `vote.max_new_tokens`
    pub longest_response: usize,
}

impl Coefficients {
    /// The weight of tokens, `preset` being that of the algorithm.
    pub(super) fn aggregation(&self, preset: Aggregation) -> Aggregation {
        match self.aggregation {
            AggregationName::Preset => preset,
            AggregationName::TokenMean => Aggregation::TokenMean,
            AggregationName::SequenceMean => Aggregation::SequenceMean,
            AggregationName::Constant => self.constant(),
            AggregationName::SequenceSum => Aggregation::SequenceSum,
        }
    }

    /// Sums divided by the longest response that the sampler may give.
    pub(super) fn constant(&self) -> Aggregation {
        Aggregation::Constant {
            length: self.longest_response,
        }
    }
}
