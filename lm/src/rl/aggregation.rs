//! The weight of a token in the loss of a step.

/// How the terms of tokens are added up. `N` is the number of response tokens in the step, `R` that of responses, `n_i`
/// the length of response `i`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregation {
    /// `1 / N`: every token counts the same, so long responses count more (DAPO, arXiv:2503.14476, equation 8).
    TokenMean,
    /// `1 / (R n_i)`: every response counts the same, so tokens of long ones count less (GRPO, arXiv:2402.03300,
    /// equation 3).
    SequenceMean,
    /// `1 / (R length)`: every token counts the same in every step, whatever the responses' lengths (Dr. GRPO,
    /// arXiv:2503.20783, appendix; `length` is the longest response that the sampler may give).
    Constant {
        /// Tokens that a response is divided by.
        length: usize,
    },
    /// `1 / R`: a response counts as the sum of its tokens, the loss being that of the whole sequence (RLOO,
    /// arXiv:2402.14740, equation 6).
    SequenceSum,
}

/// The size of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Its responses.
    pub responses: usize,
    /// Response tokens of all of them.
    pub tokens: usize,
}

impl Aggregation {
    /// The weight of each token of a response of `length` tokens in a step of this size.
    pub fn weight(self, size: Size, length: usize) -> f64 {
        let responses = size.responses.max(1) as f64;
        match self {
            Self::TokenMean => 1.0 / size.tokens.max(1) as f64,
            Self::SequenceMean => 1.0 / (responses * length.max(1) as f64),
            Self::Constant { length } => 1.0 / (responses * length.max(1) as f64),
            Self::SequenceSum => 1.0 / responses,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_by_hand() {
        let size = Size {
            responses: 4,
            tokens: 20,
        };
        let of = |aggregation: Aggregation| aggregation.weight(size, 5);
        assert_eq!(of(Aggregation::TokenMean), 0.05);
        assert_eq!(of(Aggregation::SequenceMean), 0.05);
        assert_eq!(Aggregation::SequenceMean.weight(size, 2), 0.125);
        assert_eq!(of(Aggregation::Constant { length: 10 }), 0.025);
        assert_eq!(of(Aggregation::SequenceSum), 0.25);
    }
}
