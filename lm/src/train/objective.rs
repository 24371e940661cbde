//! What a step minimises: a function of the responses' log-probabilities, unit by unit.

use super::tally::Tally;

/// An objective's answer for one response.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenObjective {
    /// Its share of the loss, to be minimised.
    pub loss: f64,
    /// Derivative of the loss with respect to the log-probability of each response token.
    pub gradient: Vec<f32>,
}

/// A loss that is a sum over units of functions of their tokens' log-probabilities.
///
/// A unit is a response, unless the objective couples several: a preference pair is a unit of two. Responses are
/// numbered through the groups of the step, as [`Group`](crate::Group) says. Several threads may evaluate units at the
/// same time.
pub trait Objective: Sync {
    /// The unit that response `response` belongs to. Responses of one unit are evaluated together, and never cut apart
    /// by micro-batches. All of them must be in one group. By default each response is a unit.
    fn unit(&self, response: usize) -> usize {
        response
    }

    /// Loss and gradient of every response of a unit, in the order given: `unit` has the number of each and the
    /// log-probabilities of its tokens, none for a response without tokens. A loss that belongs to the unit as a whole
    /// may be given with any of its responses: only the sum counts. Units without any token are not evaluated. What the
    /// objective counts goes to `tally`, which the step's report has in the end.
    fn evaluate(&self, unit: &[(usize, &[f32])], tally: &mut Tally) -> Vec<TokenObjective>;

    /// How much of each token's entropy is subtracted from the loss, for a response of so many `tokens`. 0 by default.
    fn entropy_weight(&self, response: usize, tokens: usize) -> f32 {
        let _ = (response, tokens);
        0.0
    }
}
