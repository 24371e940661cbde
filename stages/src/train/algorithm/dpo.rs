//! I-DPO, iterative direct preference optimisation: pairs of a response that won and one that lost (SeRL, arXiv
//! 2505.20347, section 4.1, baselines; Rafailov et al. 2023, arXiv 2305.18290, equation 7).
//!
//! `L = -1/P sum log sigmoid(beta ((log p_w - log q_w) - (log p_l - log q_l)))` over the `P` pairs of a step, where `p`
//! is the policy, `q` the reference policy, and a response's log-probability is the sum of its tokens'.

use serl_lm::rl::preference::dpo as preference;
use serl_lm::{Tally, TokenObjective};

use super::method::{Algorithm, Needs, Scores, StepObjective, Targets};
use super::outcome::outcomes;
use super::settings::Coefficients;
use crate::error::StageError;
use crate::train::round::Round;

/// `train.algorithm = "dpo"`, with `train.kl_coef` as beta.
pub(super) fn dpo(coefficients: Coefficients) -> impl Algorithm {
    Dpo {
        beta: f64::from(coefficients.kl_coef),
    }
}

struct Dpo {
    beta: f64,
}

impl Algorithm for Dpo {
    fn needs(&self) -> Needs {
        Needs {
            old: false,
            reference: true,
        }
    }

    /// In each group the first winner is paired with the first loser, the second with the second, and so on.
    fn prepare<'r>(&self, round: &'r Round, scores: &'r Scores) -> Result<Box<dyn Targets + 'r>, StageError> {
        let pairs = outcomes(round).into_iter().flat_map(|outcome| {
            let pairs = outcome.won.into_iter().zip(outcome.lost);
            pairs.map(|(won, lost)| vec![won, lost])
        });
        Ok(Box::new(Preferences {
            pairs: pairs.collect(),
            scores,
            beta: self.beta,
        }))
    }
}

struct Preferences<'r> {
    pairs: Vec<Vec<usize>>,
    scores: &'r Scores,
    beta: f64,
}

impl Targets for Preferences<'_> {
    fn units(&self) -> Vec<Vec<usize>> {
        self.pairs.clone()
    }

    fn objective<'t>(&'t self, members: &'t [usize]) -> Box<dyn StepObjective + 't> {
        Box::new(Loss {
            of: self,
            pairs: members.len() as f64 / 2.0,
        })
    }
}

/// The sum of the pairs' margins in a tally.
const MARGIN: &str = "margin";
/// Pairs of which the policy prefers the winner more than the reference policy does.
const RIGHT: &str = "right";

struct Loss<'t> {
    of: &'t Preferences<'t>,
    pairs: f64,
}

impl StepObjective for Loss<'_> {
    fn evaluate(&self, unit: &[(usize, &[f32])], tally: &mut Tally) -> Vec<TokenObjective> {
        let sum = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
        let gain = |(number, logprobs): &(usize, &[f32])| sum(logprobs) - sum(&self.of.scores.reference[*number]);
        let [won, lost] = unit else {
            return Vec::new(); // `lm` refuses an answer for fewer responses than it asked about.
        };
        let pair = preference(gain(won), gain(lost), self.of.beta);
        tally.add(MARGIN, pair.margin);
        tally.add(RIGHT, f64::from(u8::from(pair.margin > 0.0)));
        let of = |(_, logprobs): &(usize, &[f32]), loss: f64, slope: f64| TokenObjective {
            loss: loss / self.pairs,
            gradient: vec![(slope / self.pairs) as f32; logprobs.len()],
        };
        vec![of(won, pair.loss, pair.slope), of(lost, 0.0, -pair.slope)]
    }

    fn figures(&self, tally: &Tally) -> Vec<(&'static str, f64)> {
        vec![
            ("margin", tally.sum(MARGIN) / self.pairs),
            ("preference_accuracy", tally.sum(RIGHT) / self.pairs),
        ]
    }
}
