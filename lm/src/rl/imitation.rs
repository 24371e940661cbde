//! Imitation: the likelihood of chosen responses.

use super::aggregation::{Aggregation, Size};
use crate::TokenObjective;

/// `-sum_t weight log p_t`: rejection fine-tuning on a response that was chosen, as supervised learning does on a
/// document.
pub fn imitate(logprobs: &[f32], aggregation: Aggregation, size: Size) -> TokenObjective {
    let weight = aggregation.weight(size, logprobs.len());
    TokenObjective {
        loss: -weight * logprobs.iter().map(|&value| f64::from(value)).sum::<f64>(),
        gradient: vec![-weight as f32; logprobs.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_tokens_by_hand() {
        let size = Size {
            responses: 2,
            tokens: 4,
        };
        let objective = imitate(&[-1.0, -3.0], Aggregation::TokenMean, size);
        assert_eq!((objective.loss, objective.gradient), (1.0, vec![-0.25, -0.25]));
    }
}
