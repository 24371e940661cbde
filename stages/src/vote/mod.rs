//! Reading the answers of a round's responses, counting them, and rewarding the responses.
//!
//! ```text
//! responses ──> readings ──> tallies ──> reward ──> rewards, r_mean
//! ```
//! Samples nothing and drops nothing: the train node decides which instructions are trained on, so that bounds can
//! change without judging again.

pub mod reward;
mod spread;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_answers::Method;
use serl_answers::vote::{Ballot, Outcome, vote};
use serl_artifacts::tables::{ParseStatus, Reward as RewardRow, Unparsed, Vote as VoteRow};
use serl_pipeline::NodeContext;

use crate::answers::reading::{self, Reading};
use crate::answers::readings::{self, Read};
use crate::config::AnswersConfig;
use crate::error::StageError;
use crate::respond::group::Group;
use crate::sampling::work::NodeWork;
use crate::stage::at::At;
use crate::stage::lab::Lab;
use crate::stage::output::TableOutput;
use crate::stage::wires::{Inputs, Wires, add};
use crate::stage::{Settings, Stage};
use reward::{AnyReward, Judged, RewardConfig, Verdict};

/// Rewards responses (SeRL, arXiv 2505.20347, section 3.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    answers: AnswersConfig,
    reward: RewardConfig,
    /// The version of the reward's own code, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reward_code_version: Option<u32>,
    /// The identity of the samplers, where the reward asks a model.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    sampler: Value,
}

impl Vote {
    /// The answer and the reward of every response.
    pub const REWARDS: TableOutput<RewardRow> = TableOutput::new(Self::NAME, "rewards.parquet");
    /// How the answers to each instruction are distributed.
    pub const VOTES: TableOutput<VoteRow> = TableOutput::new(Self::NAME, "votes.parquet");
    /// Texts from which no answer could be read.
    pub const UNPARSED: TableOutput<Unparsed> = TableOutput::new(Self::NAME, "unparsed.parquet");
}

impl Stage for Vote {
    const NAME: &'static str = "vote";
    const ALIASES: &'static [&'static str] = &["vote-reward"];
    const CODE_VERSION: u32 = 7;

    fn of(settings: Settings<'_>) -> Self {
        Self {
            answers: settings.config.answers.clone(),
            reward: settings.config.reward.in_key(),
            reward_code_version: settings.config.reward.code_version(),
            sampler: match settings.config.reward.models().is_empty() {
                true => Value::Null,
                false => settings.sampler.clone(),
            },
        }
    }

    fn draws(&self) -> bool {
        self.reward.draws()
    }

    fn models(&self) -> Vec<&'static str> {
        self.reward.models()
    }

    fn inputs(&self, at: At, wires: &Wires) -> Inputs {
        let mut inputs = Group::inputs(at);
        let models = self.reward.models();
        if models.iter().any(|model| !wires.evidence.contains_key(model)) {
            add(&mut inputs, "policy", Some(&wires.policy));
        }
        for (name, evidence) in &wires.evidence {
            add(&mut inputs, name, Some(evidence));
        }
        inputs
    }

    fn run(self, at: At, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let groups = Group::read(ctx)?;
        let order = reading::order(&self.answers)?;
        let read: Vec<Answers> = groups.iter().map(|group| Answers::read(group, &order)).collect();
        let judged: Vec<Judged<'_>> = groups
            .iter()
            .zip(&read)
            .map(|(group, answers)| answers.judged(group, &order))
            .collect();
        let reward = self.reward.open(ctx, lab, &self.sampler)?;
        let verdicts = reward(at, &judged, &NodeWork { ctx })?;
        check(&judged, &verdicts)?;
        self.put(at, &judged, &verdicts, ctx)
    }
}

impl Vote {
    fn put(
        &self,
        at: At,
        judged: &[Judged<'_>],
        verdicts: &[Verdict],
        ctx: &mut NodeContext<'_>,
    ) -> Result<(), StageError> {
        let both = || judged.iter().zip(verdicts);
        let rewards: Vec<Vec<RewardRow>> = both().map(|(group, verdict)| reward_rows(group, verdict)).collect();
        let votes: Vec<VoteRow> = both().map(|(group, verdict)| vote_row(at, group, verdict)).collect();
        let responses: Vec<Read<'_>> = judged.iter().flat_map(read_rows).collect();

        let mut metrics = readings::metrics(&responses);
        metrics["instructions"] = votes.len().into();
        let r_mean = votes.iter().map(|v| f64::from(v.r_mean)).sum::<f64>() / votes.len().max(1) as f64;
        metrics["r_mean"] = r_mean.into();
        metrics["reward"] = spread::metrics(verdicts);
        ctx.metrics(metrics);
        Self::REWARDS.put(ctx, &[rewards.concat()])?;
        Self::UNPARSED.put(ctx, &[readings::unparsed(&responses)])?;
        Self::VOTES.put(ctx, &[votes])
    }
}

/// Refuses verdicts that do not fit the groups: a fault of the reward must not become a result.
fn check(groups: &[Judged<'_>], verdicts: &[Verdict]) -> Result<(), StageError> {
    if verdicts.len() != groups.len() {
        let (verdicts, groups) = (verdicts.len(), groups.len());
        return Err(StageError::Mismatch(format!(
            "the reward gave {verdicts} verdicts on {groups} groups"
        )));
    }
    for (group, verdict) in groups.iter().zip(verdicts) {
        let rewards = verdict.rewards.as_deref().unwrap_or_default();
        let fits = verdict.rewards.is_none() || rewards.len() == group.responses.len();
        let valid = rewards.iter().all(|reward| reward.is_finite()) && (0.0..=1.0).contains(&verdict.r_mean);
        if !(fits && valid) {
            return Err(StageError::Mismatch(format!(
                "the reward gave instruction {} the rewards {rewards:?} and r_mean {}; it must give each of its {} \
                 responses a finite reward, and r_mean within 0..=1",
                group.prompt.instruction_id,
                verdict.r_mean,
                group.responses.len()
            )));
        }
    }
    Ok(())
}

/// The answers read from a group's responses.
struct Answers {
    readings: Vec<Reading>,
    outcome: Outcome,
}

impl Answers {
    fn read(group: &Group, order: &[Method]) -> Self {
        let read = group
            .responses
            .iter()
            .map(|response| reading::read(&response.text, order));
        let readings: Vec<Reading> = read.collect();
        let ballots: Vec<Option<Ballot>> = readings.iter().map(Reading::ballot).collect();
        Self {
            outcome: vote(&ballots),
            readings,
        }
    }

    fn judged<'a>(&'a self, group: &'a Group, order: &'a [Method]) -> Judged<'a> {
        Judged {
            prompt: &group.prompt,
            responses: &group.responses,
            readings: &self.readings,
            outcome: &self.outcome,
            order,
        }
    }
}

fn reward_rows(group: &Judged<'_>, verdict: &Verdict) -> Vec<RewardRow> {
    let read = group.responses.iter().zip(group.readings).enumerate();
    let row = |(i, (response, reading)): (usize, (&serl_artifacts::tables::Response, &Reading))| RewardRow {
        instruction_id: response.instruction_id.clone(),
        sample: response.sample,
        answer: reading.answer.clone(),
        canonical: reading.canonical.clone(),
        method: reading.method.clone(),
        parse_status: reading.status,
        reward: verdict.rewards.as_ref().and_then(|rewards| rewards.get(i).copied()),
    };
    read.map(row).collect()
}

fn vote_row(at: At, group: &Judged<'_>, verdict: &Verdict) -> VoteRow {
    let outcome = verdict.vote.as_ref().unwrap_or(group.outcome);
    let over_budget = |reading: &&Reading| reading.status == ParseStatus::OverBudget;
    VoteRow {
        instruction_id: group.prompt.instruction_id.clone(),
        iteration: at.iteration,
        round: at.round(),
        n: group.responses.len() as u32,
        n_parsed: outcome.parsed,
        n_over_budget: group.readings.iter().filter(over_budget).count() as u32,
        n_distinct: outcome.distinct,
        majority: outcome.majority.as_ref().map(|m| m.answer.clone()),
        majority_canonical: outcome.majority.as_ref().map(|m| m.canonical.clone()),
        majority_count: outcome.count,
        tie: outcome.tie,
        r_mean: verdict.r_mean,
        entropy: outcome.entropy,
    }
}

fn read_rows<'a>(group: &Judged<'a>) -> impl Iterator<Item = Read<'a>> + use<'a> {
    group
        .responses
        .iter()
        .zip(group.readings)
        .map(|(response, reading)| Read {
            id: response.instruction_id.as_str(),
            text: &response.text,
            answer: reading.answer.as_deref(),
            method: reading.method.as_deref(),
            status: reading.status,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::{Finish, Prompt, Response};

    use super::reward::{Consensus, Equality, Mixed, Part};

    fn verdict(rewards: Option<Vec<f32>>, r_mean: f32) -> Verdict {
        Verdict {
            rewards,
            r_mean,
            vote: None,
        }
    }

    #[test]
    fn a_key_has_the_version_of_a_reward_that_has_one() {
        let version = |reward: RewardConfig| {
            let vote = Vote {
                answers: AnswersConfig::default(),
                reward_code_version: reward.code_version(),
                reward,
                sampler: Value::Null,
            };
            serde_json::to_value(vote).unwrap().get("reward_code_version").cloned()
        };
        let words = RewardConfig::Consensus(Consensus::default());
        let vectors = RewardConfig::Consensus(Consensus {
            equality: Equality::Embedding,
            ..Consensus::default()
        });
        assert_eq!(version(RewardConfig::default()), None);
        assert_eq!(version(vectors), None);
        assert_eq!(version(words.clone()), Some(1.into()));
        let part = |reward| Part { weight: 1.0, reward };
        let parts = vec![part(RewardConfig::default()), part(words)];
        assert_eq!(version(RewardConfig::Mixed(Mixed { parts })), Some(1.into()));
    }

    #[test]
    fn verdicts_must_fit_their_groups() {
        let id = InstructionId::of("q");
        let response = |sample| Response {
            instruction_id: id.clone(),
            sample,
            output_tokens: vec![1],
            logprobs: vec![0.0],
            policy_logprobs: None,
            text: "#### 5".into(),
            finish: Finish::Stop,
        };
        let group = Group {
            prompt: Prompt {
                instruction_id: id.clone(),
                instruction: "q".into(),
                prompt_tokens: vec![1],
            },
            responses: vec![response(0), response(1)],
        };
        let answers = Answers::read(&group, &[Method::Hash]);
        let judged = [answers.judged(&group, &[Method::Hash])];
        assert!(check(&judged, &[verdict(Some(vec![1.0, -2.0]), 1.0)]).is_ok());
        assert!(check(&judged, &[verdict(None, 0.0)]).is_ok());
        let unfit = [
            vec![],
            vec![verdict(Some(vec![1.0]), 1.0)],
            vec![verdict(Some(vec![1.0, f32::NAN]), 1.0)],
            vec![verdict(Some(vec![1.0, 1.0]), 1.5)],
            vec![verdict(None, f32::NAN)],
        ];
        for verdicts in unfit {
            assert!(check(&judged, &verdicts).is_err(), "{verdicts:?}");
        }
    }
}
