//! Several rewards at once, such as votes and a judge.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_pipeline::NodeContext;

use super::any::{AnyReward, Opened};
use super::evidence::{Evidence, File};
use super::method::{Judged, Reward, Verdict};
use crate::config::checker::Checker;
use crate::config::violation::Violation;
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use crate::stage::lab::Lab;

/// A response is worth the mean of what the parts give it, by their weights. A part without a verdict on a group, such
/// as a rule without a gold answer, is left out there.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, bound(deserialize = "R: DeserializeOwned"))]
pub struct Mixed<R> {
    /// The rewards: `[{ weight = 1.0, reward = { kind = "majority" } }, …]`, each kind once.
    pub parts: Vec<Part<R>>,
}

impl<R> Default for Mixed<R> {
    fn default() -> Self {
        Self { parts: Vec::new() }
    }
}

/// One of the rewards of a mixture.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "R: DeserializeOwned"))]
pub struct Part<R> {
    /// Its weight, relative to the others.
    pub weight: f32,
    /// The reward, with the keys of its kind.
    pub reward: R,
}

/// The parts with their evidence.
pub struct Parts(Vec<Opened>);

impl<R: AnyReward> Evidence<Mixed<R>> for Parts {
    fn open(reward: &Mixed<R>, ctx: &NodeContext<'_>, lab: &mut Lab, sampler: &Value) -> Result<Self, StageError> {
        let parts = reward.parts.iter().map(|part| part.reward.open(ctx, lab, sampler));
        parts.collect::<Result<_, _>>().map(Self)
    }
}

impl<R> Reward for Mixed<R>
where
    R: AnyReward + Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned + 'static,
{
    type Evidence = Parts;

    fn check(&self, c: &mut Checker) {
        let key = "reward.parts";
        c.require(
            self.parts.len() >= 2,
            key,
            format!("a list of {}", self.parts.len()),
            "two rewards or more, such as [{ weight = 1.0, reward = { kind = \"majority\" } }, …]",
        );
        for (place, part) in self.parts.iter().enumerate() {
            let kind = part.reward.kind();
            let weight = format!("a list in which `{kind}` has the weight {:?}", part.weight);
            let weighed = part.weight.is_finite() && part.weight > 0.0;
            c.require(weighed, key, weight, "such that every weight is above 0");
            let once = self.parts[..place].iter().all(|earlier| earlier.reward.kind() != kind);
            let twice = format!("a list with `{kind}` more than once");
            c.require(once, key, twice, "such that every kind is there once");
            c.require(kind != "mixed", key, "a list with a mixture", "rewards of other kinds");
            let mut inner = Checker::default();
            part.reward.check(&mut inner);
            c.adopt(inner, |inner| Violation {
                key,
                value: format!(
                    "a list in which {} of `{kind}` is {}",
                    inner.key.replacen("reward.", "", 1),
                    inner.value
                ),
                ..inner
            });
        }
    }

    fn files(&self) -> Vec<File> {
        self.parts.iter().flat_map(|part| part.reward.files()).collect()
    }

    fn in_key(&self) -> Self {
        let part = |part: &Part<R>| Part {
            weight: part.weight,
            reward: part.reward.in_key(),
        };
        Self {
            parts: self.parts.iter().map(part).collect(),
        }
    }

    /// The sum of those of its parts: it rises with each of them.
    fn code_version(&self) -> Option<u32> {
        let versions = self.parts.iter().filter_map(|part| part.reward.code_version());
        versions.reduce(|sum, version| sum + version)
    }

    fn models(&self) -> Vec<&'static str> {
        self.parts.iter().flat_map(|part| part.reward.models()).collect()
    }

    fn draws(&self) -> bool {
        self.parts.iter().any(|part| part.reward.draws())
    }

    fn judge(
        &self,
        at: At,
        groups: &[Judged<'_>],
        Parts(parts): Parts,
        work: &dyn Work,
    ) -> Result<Vec<Verdict>, StageError> {
        let mut of_parts = Vec::with_capacity(parts.len());
        for (part, opened) in self.parts.iter().zip(parts) {
            of_parts.push((part.weight, opened(at, groups, work)?));
        }
        let mixed = |place: usize| {
            let verdicts = of_parts.iter().map(|(weight, verdicts)| (*weight, &verdicts[place]));
            mix(verdicts.collect())
        };
        Ok((0..groups.len()).map(mixed).collect())
    }
}

/// The weighted mean of the verdicts that there are.
fn mix(verdicts: Vec<(f32, &Verdict)>) -> Verdict {
    let judged: Vec<(f32, &Verdict, &[f32])> = verdicts
        .iter()
        .filter_map(|(weight, verdict)| Some((*weight, *verdict, verdict.rewards.as_deref()?)))
        .collect();
    let total: f32 = judged.iter().map(|(weight, ..)| weight).sum();
    let Some(count) = judged.first().map(|(_, _, rewards)| rewards.len()) else {
        return Verdict::none();
    };
    let mean = |value: &dyn Fn(&Verdict, &[f32]) -> f32| {
        judged
            .iter()
            .map(|(weight, verdict, rewards)| weight * value(verdict, rewards))
            .sum::<f32>()
            / total
    };
    Verdict {
        rewards: Some((0..count).map(|i| mean(&|_, rewards| rewards[i])).collect()),
        r_mean: mean(&|verdict, _| verdict.r_mean).clamp(0.0, 1.0),
        // The first part that counts votes in its own way is shown.
        vote: judged.iter().find_map(|(_, verdict, _)| verdict.vote.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(rewards: Option<&[f32]>, r_mean: f32) -> Verdict {
        Verdict {
            rewards: rewards.map(<[f32]>::to_vec),
            r_mean,
            vote: None,
        }
    }

    #[test]
    fn parts_are_weighed_and_missing_ones_left_out() {
        let (votes, judge) = (verdict(Some(&[1.0, 0.0]), 0.5), verdict(Some(&[0.2, 0.6]), 0.4));
        let mixed = mix(vec![(3.0, &votes), (1.0, &judge)]);
        assert_eq!(mixed, verdict(Some(&[0.8, 0.15]), 0.475));
        let unknown = verdict(None, 0.0);
        assert_eq!(mix(vec![(3.0, &unknown), (1.0, &judge)]), judge);
        assert_eq!(mix(vec![(3.0, &unknown)]), unknown);
    }
}
