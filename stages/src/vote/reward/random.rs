//! Rewards that are drawn: what training does without any information.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::method::{Judged, Reward, Verdict};
use crate::config::checker::{Checker, Range};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// A response is worth 1 with a fixed probability, whatever it says: a control for experiments, since some policies
/// improve even then (Shao et al. 2025, "Spurious Rewards", arXiv 2506.10947).
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Random {
    /// Probability of the reward 1.
    pub probability: f32,
}

impl Default for Random {
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

impl Reward for Random {
    type Evidence = ();

    fn check(&self, c: &mut Checker) {
        c.within("reward.probability", self.probability, Range::SHARE, "within 0..=1");
    }

    fn draws(&self) -> bool {
        true
    }

    fn judge(&self, at: At, groups: &[Judged<'_>], (): (), _work: &dyn Work) -> Result<Vec<Verdict>, StageError> {
        let place = at.round_place("random");
        let verdict = |group: &Judged<'_>| {
            let place = place.clone().at(group.prompt.instruction_id.as_str());
            let reward = |sample: u32| {
                let drawn = place.clone().index(sample.into()).stream().uniform();
                f32::from(u8::from(drawn < f64::from(self.probability)))
            };
            Verdict::of(group.responses.iter().map(|response| reward(response.sample)).collect())
        };
        Ok(groups.iter().map(verdict).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::work::Unsaved;
    use crate::vote::reward::testing::{AT, Groups, refused};

    #[test]
    fn rewards_are_those_of_the_place_whatever_is_judged_with_it() {
        let groups = Groups::of(&[&["1"; 64], &["2"; 64]]);
        let all = Random::default().judge(AT, &groups.judged(), (), &Unsaved).unwrap();
        let alone = Random::default()
            .judge(AT, &groups.judged()[1..], (), &Unsaved)
            .unwrap();
        assert_eq!(all[1], alone[0]);
        assert_ne!(all[0].rewards, all[1].rewards);
        assert!((0.25..0.75).contains(&all[0].r_mean), "{}", all[0].r_mean);
    }

    #[test]
    fn probabilities_are_within_bounds() {
        let random = Random { probability: 1.5 };
        assert_eq!(
            refused(|c| random.check(c))[0].to_string(),
            "`reward.probability` is 1.5, but must be within 0..=1"
        );
    }
}
