//! I-RFT, iterative rejection fine-tuning: the policy imitates its own responses that won (SeRL, arXiv 2505.20347,
//! section 4.1, baselines; Yuan et al. 2023, arXiv 2308.01825).

use serl_lm::rl::aggregation::{Aggregation, Size};
use serl_lm::rl::imitation::imitate;
use serl_lm::{Tally, TokenObjective};

use super::method::{Algorithm, Needs, Scores, StepObjective, Targets};
use super::outcome::outcomes;
use super::settings::Coefficients;
use crate::error::StageError;
use crate::train::round::Round;

/// `train.algorithm = "rft"`.
pub(super) fn rft(coefficients: Coefficients) -> impl Algorithm {
    Rft {
        aggregation: coefficients.aggregation(Aggregation::TokenMean),
    }
}

struct Rft {
    aggregation: Aggregation,
}

impl Algorithm for Rft {
    fn needs(&self) -> Needs {
        Needs {
            old: false,
            reference: false,
        }
    }

    fn prepare<'r>(&self, round: &'r Round, _scores: &'r Scores) -> Result<Box<dyn Targets + 'r>, StageError> {
        let winners = outcomes(round).into_iter().flat_map(|outcome| outcome.won);
        Ok(Box::new(Winners {
            units: winners.map(|number| vec![number]).collect(),
            round,
            aggregation: self.aggregation,
        }))
    }
}

struct Winners<'r> {
    units: Vec<Vec<usize>>,
    round: &'r Round,
    aggregation: Aggregation,
}

impl Targets for Winners<'_> {
    fn units(&self) -> Vec<Vec<usize>> {
        self.units.clone()
    }

    fn objective<'t>(&'t self, members: &'t [usize]) -> Box<dyn StepObjective + 't> {
        Box::new(Likelihood {
            aggregation: self.aggregation,
            size: Size {
                responses: members.len(),
                tokens: members
                    .iter()
                    .map(|&number| self.round.response(number).tokens.len())
                    .sum(),
            },
        })
    }
}

struct Likelihood {
    aggregation: Aggregation,
    size: Size,
}

impl StepObjective for Likelihood {
    fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
        let response = |(_, logprobs): &(usize, &[f32])| imitate(logprobs, self.aggregation, self.size);
        unit.iter().map(response).collect()
    }

    fn figures(&self, _: &Tally) -> Vec<(&'static str, f64)> {
        vec![("winners", self.size.responses as f64)]
    }
}
