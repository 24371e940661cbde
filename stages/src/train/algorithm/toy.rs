//! A loss over pairs, to show and test what it takes to add one: this file, its `mod` line, and one line in the list of
//! algorithms.
//!
//! It is DPO (Rafailov et al. 2023, arXiv 2305.18290, equation 7) on pairs of a rewarded and an unrewarded response to
//! one instruction: `L = -1/P sum log sigmoid(beta ((log p_w - log r_w) - (log p_l - log r_l)))` over `P` pairs, where
//! `p` is the policy, `r` the reference policy and a response's log-probability the sum of its tokens'.

use std::cell::Cell;

use serl_lm::TokenObjective;

use super::{Algorithm, Coefficients, Needs, Scores, StepObjective, Targets};
use crate::error::StageError;
use crate::train::round::Round;

/// `train.algorithm = "toy_pairs"`, with `train.kl_coef` as beta.
pub(super) fn pairs(coefficients: Coefficients) -> impl Algorithm {
    Pairs {
        beta: f64::from(coefficients.kl_coef),
    }
}

struct Pairs {
    beta: f64,
}

impl Algorithm for Pairs {
    fn needs(&self) -> Needs {
        Needs {
            old: false,
            reference: true,
        }
    }

    fn prepare<'r>(&self, round: &'r Round, scores: &'r Scores) -> Result<Box<dyn Targets + 'r>, StageError> {
        let mut pairs = Vec::new();
        for group in 0..round.groups().len() {
            let members = (0..round.len()).filter(|&number| round.group_of(number) == group);
            let (won, lost): (Vec<usize>, Vec<usize>) = members.partition(|&n| round.response(n).reward > 0.0);
            pairs.extend(won.into_iter().zip(lost).map(|(won, lost)| vec![won, lost]));
        }
        Ok(Box::new(Preferences {
            pairs,
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
            margin: Cell::new(0.0),
        })
    }
}

struct Loss<'t> {
    of: &'t Preferences<'t>,
    pairs: f64,
    margin: Cell<f64>,
}

impl StepObjective for Loss<'_> {
    fn evaluate(&self, unit: &[(usize, &[f32])]) -> Vec<TokenObjective> {
        let sum = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
        let gain = |(number, logprobs): &(usize, &[f32])| sum(logprobs) - sum(&self.of.scores.reference[*number]);
        let [won, lost] = unit else {
            panic!("a pair was cut apart: {unit:?}");
        };
        let margin = self.of.beta * (gain(won) - gain(lost));
        self.margin.set(self.margin.get() + margin);
        let loss = (1.0 + (-margin).exp()).ln() / self.pairs;
        let slope = -self.of.beta / (1.0 + margin.exp()) / self.pairs;
        let of = |(_, logprobs): &(usize, &[f32]), loss, slope: f64| TokenObjective {
            loss,
            gradient: vec![slope as f32; logprobs.len()],
        };
        vec![of(won, loss, slope), of(lost, 0.0, -slope)]
    }

    fn figures(&self) -> Vec<(&'static str, f64)> {
        vec![("margin", self.margin.get() / self.pairs)]
    }
}
