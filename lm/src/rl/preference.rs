//! Direct preference optimisation (Rafailov et al. 2023, arXiv:2305.18290, equation 7).

/// The loss of a pair, and what it says about the pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preference {
    /// `-log sigmoid(margin)`, in nats.
    pub loss: f64,
    /// Derivative of the loss with respect to the log-probability of the preferred response; that of the other is its
    /// negative.
    pub slope: f64,
    /// `beta ((log p_w - log q_w) - (log p_l - log q_l))`: how much more the policy prefers the right response than the
    /// reference policy does.
    pub margin: f64,
}

/// The preference for a response over another. `gain` of each is its log-probability under the policy minus that under
/// the reference policy, summed over its tokens, in nats.
pub fn dpo(gain_preferred: f64, gain_other: f64, beta: f64) -> Preference {
    let margin = beta * (gain_preferred - gain_other);
    // log(1 + exp(-m)) without overflow.
    let loss = (-margin).max(0.0) + (-margin.abs()).exp().ln_1p();
    Preference {
        loss,
        slope: -beta / (1.0 + margin.exp()),
        margin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_policy_has_the_loss_of_a_coin() {
        let at_start = dpo(0.0, 0.0, 0.1);
        assert!((at_start.loss - 2f64.ln()).abs() < 1e-15);
        assert_eq!((at_start.slope, at_start.margin), (-0.05, 0.0));
    }

    #[test]
    fn slopes_are_derivatives_and_nothing_overflows() {
        let h = 1e-6;
        for (preferred, other, beta) in [(1.0, -2.0, 0.3), (-4.0, 3.0, 0.5), (0.2, 0.1, 2.0)] {
            let numeric = (dpo(preferred + h, other, beta).loss - dpo(preferred - h, other, beta).loss) / (2.0 * h);
            assert!((numeric - dpo(preferred, other, beta).slope).abs() < 1e-8);
        }
        let [hopeless, certain] = [-1e4, 1e4].map(|gain| dpo(gain, 0.0, 1.0));
        assert_eq!((hopeless.loss, hopeless.slope), (1e4, -1.0));
        assert_eq!((certain.loss, certain.slope.abs()), (0.0, 0.0));
    }
}
