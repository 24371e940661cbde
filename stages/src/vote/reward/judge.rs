//! A model as judge: it reads each response and scores it by a rubric.
//!
//! The judge is the policy itself (Yuan et al. 2024, "Self-Rewarding Language Models", arXiv 2401.10020) or another
//! model folder: the model-based reward that SeRL is compared with (arXiv 2505.20347, section 4).

mod score;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_artifacts::tables::Response;
use serl_lm::{Rendered, Request, Sampler, SamplingParams};
use serl_pipeline::NodeContext;

use super::evidence::{Evidence, File, FileKind};
use super::method::{Judged, Reward, Verdict};
use crate::config::checker::Checker;
use crate::config::prompt::PromptFormat;
use crate::config::sampling;
use crate::error::StageError;
use crate::sampling::ask::encode;
use crate::sampling::work::{Job, Plan, Work, finish, prepare, sample_in_parts};
use crate::stage::at::At;
use crate::stage::lab::Lab;
use score::score;

/// The input that is the judge's folder; without it the policy judges.
const JUDGE: &str = "judge";

/// A response is worth its mean score, divided by the highest. One whose score cannot be read is worth 0.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Judge {
    /// The judge's model folder; empty: the policy that responded. Execution only: its content is an input.
    pub path: String,
    /// `chat` or `raw`.
    pub format: PromptFormat,
    /// System message of a chat; empty: none (the chat template may add its own).
    pub system: String,
    /// The question to the judge: `{instruction}` and `{response}` become those that it judges.
    pub template: String,
    /// The highest score; the lowest is 0.
    pub scale: u32,
    /// Scores of each response.
    pub n: u32,
    /// Softmax temperature; 0 takes the most likely token.
    pub temperature: f32,
    /// Nucleus mass; 1 keeps the whole vocabulary.
    pub top_p: f32,
    /// Length limit of a judgement, in tokens.
    pub max_new_tokens: u32,
    /// Responses judged together; a kill loses at most one such batch.
    pub batch_prompts: u32,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            path: String::new(),
            format: PromptFormat::Chat,
            system: String::new(),
            template: "Judge the response to an instruction. Give one point for each of these:\n\
                       - it deals with the instruction and nothing else;\n\
                       - every step follows from the ones before it;\n\
                       - its calculations and facts are right;\n\
                       - it answers all that was asked;\n\
                       - its final answer is right and stated clearly.\n\n\
                       Instruction:\n{instruction}\n\nResponse:\n{response}\n\n\
                       Reason briefly, and end with a line `Score: ` and the number of points, 0 to 5."
                .into(),
            scale: 5,
            n: 1,
            temperature: 0.0,
            top_p: 1.0,
            max_new_tokens: 512,
            batch_prompts: 64,
        }
    }
}

/// The sampler of the judge.
pub struct Bench(Arc<dyn Sampler>);

impl Evidence<Judge> for Bench {
    fn open(_judge: &Judge, ctx: &NodeContext<'_>, lab: &mut Lab, sampler: &Value) -> Result<Self, StageError> {
        let input = if ctx.has_input(JUDGE) { JUDGE } else { "policy" };
        lab.sampler(ctx, input, sampler).map(Self)
    }
}

impl Reward for Judge {
    type Evidence = Bench;

    fn check(&self, c: &mut Checker) {
        sampling::check(["reward.temperature", "reward.top_p"], self.temperature, self.top_p, c);
        c.require(
            ["{instruction}", "{response}"]
                .iter()
                .all(|slot| self.template.contains(slot)),
            "reward.template",
            format!("{:?}", self.template),
            "a text that contains `{instruction}` and `{response}`",
        );
        for (key, count) in [
            ("reward.scale", self.scale),
            ("reward.n", self.n),
            ("reward.max_new_tokens", self.max_new_tokens),
            ("reward.batch_prompts", self.batch_prompts),
        ] {
            c.positive(key, count);
        }
    }

    fn files(&self) -> Vec<File> {
        let file = || File {
            input: JUDGE,
            path: self.path.clone(),
            kind: FileKind::Model,
        };
        (!self.path.is_empty()).then(file).into_iter().collect()
    }

    fn in_key(&self) -> Self {
        Self {
            path: String::new(),
            ..self.clone()
        }
    }

    fn models(&self) -> Vec<&'static str> {
        vec![JUDGE]
    }

    fn judge(
        &self,
        at: At,
        groups: &[Judged<'_>],
        Bench(sampler): Bench,
        work: &dyn Work,
    ) -> Result<Vec<Verdict>, StageError> {
        let judgements = self.ask(at, groups, &*sampler, work)?;
        let mut scores = judgements
            .iter()
            .flatten()
            .map(|judgement| score(&judgement.text, self.scale));
        let n = self.n as usize;
        let verdict = |group: &Judged<'_>| {
            let of_response = |_: &Response| {
                let read: Vec<f64> = scores.by_ref().take(n).flatten().collect();
                (!read.is_empty()).then(|| read.iter().sum::<f64>() / read.len() as f64)
            };
            let worth: Vec<Option<f64>> = group.responses.iter().map(of_response).collect();
            let rewards = worth
                .iter()
                .map(|worth| (worth.unwrap_or(0.0) / f64::from(self.scale)) as f32);
            match worth.iter().any(Option::is_some) {
                true => Verdict::of(rewards.collect()),
                false => Verdict::none(),
            }
        };
        Ok(groups.iter().map(verdict).collect())
    }
}

impl Judge {
    /// `n` judgements of each response, in order.
    fn ask(
        &self,
        at: At,
        groups: &[Judged<'_>],
        sampler: &dyn Sampler,
        work: &dyn Work,
    ) -> Result<Vec<Vec<Response>>, StageError> {
        let pairs: Vec<(&Judged<'_>, &Response)> = groups
            .iter()
            .flat_map(|group| group.responses.iter().map(move |response| (group, response)))
            .collect();
        let place = at.round_place(JUDGE);
        let job = |i: usize| {
            let (group, response) = pairs[i];
            let question = self.question(&group.prompt.instruction, &response.text);
            let place = place
                .clone()
                .at(response.instruction_id.as_str())
                .index(response.sample.into());
            Ok(Job {
                request: Request {
                    prompt: encode(sampler.tokenizer(), self.format, &self.system, question)?.tokens,
                    seeds: (0..u64::from(self.n)).map(|i| place.clone().index(i).seed()).collect(),
                    ..Request::default()
                },
                what: format!(
                    "response {} to instruction {}",
                    response.sample, response.instruction_id
                ),
            })
        };
        let jobs = prepare(work, pairs.len(), job)?;
        let plan = Plan {
            name: "judgements",
            batch: self.batch_prompts,
            params: SamplingParams {
                temperature: self.temperature,
                top_p: self.top_p,
                max_new_tokens: self.max_new_tokens as usize,
                ..SamplingParams::default()
            },
            limit_key: "reward.max_new_tokens",
        };
        let rows = |i: usize, judgements: Vec<serl_lm::Response>| {
            let row = |judgement: serl_lm::Response| Response {
                instruction_id: pairs[i].1.instruction_id.clone(),
                sample: pairs[i].1.sample,
                text: sampler.tokenizer().decode(&judgement.tokens),
                output_tokens: judgement.tokens,
                logprobs: judgement.logprobs,
                policy_logprobs: judgement.policy_logprobs,
                finish: finish(judgement.finish),
            };
            judgements.into_iter().map(row).collect()
        };
        sample_in_parts(work, sampler, &plan, &jobs, rows)
    }

    /// The question about a response. What it judges is data: it cannot spell out control tokens.
    fn question(&self, instruction: &str, response: &str) -> Rendered {
        let mut question = Rendered::default();
        for (i, around) in self.template.split("{instruction}").enumerate() {
            if i > 0 {
                question.push_data(instruction);
            }
            for (i, part) in around.split("{response}").enumerate() {
                if i > 0 {
                    question.push_data(response);
                }
                question.push_trusted(part);
            }
        }
        question
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vote::reward::testing::refused;

    #[test]
    fn every_fault_is_named_with_its_value() {
        assert_eq!(refused(|c| Judge::default().check(c)), []);
        let judge = Judge {
            template: "{response}".into(),
            temperature: -1.0,
            n: 0,
            ..Judge::default()
        };
        let told: Vec<String> = refused(|c| judge.check(c)).iter().map(ToString::to_string).collect();
        assert!(
            told[0].starts_with("`reward.temperature` is -1.0, but must be 0 (greedy)"),
            "{told:?}"
        );
        assert!(
            told[1].starts_with("`reward.template` is \"{response}\", but must be a text"),
            "{told:?}"
        );
        assert_eq!(told[2..], ["`reward.n` is 0, but must be at least 1"]);
    }

    #[test]
    fn what_is_judged_is_data_of_the_question() {
        let judge = Judge {
            template: "Q: {instruction}\nA: {response}\nScore?".into(),
            ..Judge::default()
        };
        let question = judge.question("1+1? {response}", "2");
        assert_eq!(question.text(), "Q: 1+1? {response}\nA: 2\nScore?");
        let data: Vec<&str> = question
            .data()
            .iter()
            .map(|range| &question.text()[range.clone()])
            .collect();
        assert_eq!(data, ["1+1? {response}", "2"]);
    }
}
