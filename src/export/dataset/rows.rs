//! The rows of an exported data set: what lies in several tables of a run, side by side. Each row says where it is from
//! and has the text that its ids stand for, so that none needs another.

use documented::{Documented, DocumentedFields};
use serde::{Deserialize, Serialize};
use serl_artifacts::InstructionId;
use serl_artifacts::table::Table;
use serl_artifacts::tables::{FilterReason, Finish, ParseStatus, SelectionReason};

/// An instruction that the policy wrote, with the filter's verdict.
#[derive(Debug, Clone, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Candidate {
    /// The run.
    pub run: String,
    /// The iteration that wrote it.
    pub iteration: u32,
    /// Id, derived from the text: the same text has the same id in every run.
    pub instruction_id: InstructionId,
    /// The text.
    pub instruction: String,
    /// Whether the filter kept it.
    pub kept: bool,
    /// Why.
    pub reason: FilterReason,
    /// Largest ROUGE-L (F measure) with an instruction of the pool.
    pub rouge_l_max: f32,
    /// The id of that instruction.
    pub nearest: Option<InstructionId>,
    /// Its length in words.
    pub words: u32,
    /// The ids of the examples in the prompt that it was written from.
    pub few_shot: Vec<InstructionId>,
}

/// The vote on an instruction, and whether it was trained on.
#[derive(Debug, Clone, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Ballot {
    /// The run.
    pub run: String,
    /// The iteration.
    pub iteration: u32,
    /// The round of the iteration.
    pub round: u32,
    /// Id, derived from the text.
    pub instruction_id: InstructionId,
    /// The text.
    pub instruction: String,
    /// Responses.
    pub n: u32,
    /// Responses with an answer.
    pub n_parsed: u32,
    /// Different answers.
    pub n_distinct: u32,
    /// The majority answer as one response wrote it; none if no response has one.
    pub majority: Option<String>,
    /// Responses that gave the majority answer.
    pub majority_count: u32,
    /// Whether another answer had as many votes.
    pub tie: bool,
    /// Mean reward of the responses: under the majority reward, the share that gave the majority answer.
    pub r_mean: f32,
    /// Entropy of the distribution of answers, in nats.
    pub entropy: f32,
    /// Whether it was trained on; none if the round has not trained.
    pub selected: Option<bool>,
    /// Why.
    pub reason: Option<SelectionReason>,
}

/// A response to an instruction, with its answer and reward.
#[derive(Debug, Clone, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Rollout {
    /// The run.
    pub run: String,
    /// The iteration.
    pub iteration: u32,
    /// The round of the iteration.
    pub round: u32,
    /// Id of the instruction, derived from its text.
    pub instruction_id: InstructionId,
    /// The instruction.
    pub instruction: String,
    /// Number of the response among those to the instruction, from 0.
    pub sample: u32,
    /// The response as text, without special tokens.
    pub response: String,
    /// Why it ended.
    pub finish: Finish,
    /// The final answer as written.
    pub answer: Option<String>,
    /// The final answer in canonical form: equal answers have the same.
    pub canonical: Option<String>,
    /// Whether an answer was read, and if not, why.
    pub parse_status: Option<ParseStatus>,
    /// What the response is worth; under the majority reward 1 if its answer is the majority answer, else 0.
    pub reward: Option<f32>,
    /// Whether its instruction was trained on; none if the round has not trained.
    pub selected: Option<bool>,
    /// Token ids of the prompt.
    pub prompt_tokens: Vec<u32>,
    /// Token ids of the response, including an end-of-sequence token.
    pub output_tokens: Vec<u32>,
    /// Log-probability of each of its tokens under the policy itself, in nats; none if the sampler did not report it.
    pub policy_logprobs: Option<Vec<f32>>,
}

/// A response to a held-out problem, graded.
#[derive(Debug, Clone, Serialize, Deserialize, Documented, DocumentedFields)]
pub struct Graded {
    /// The run.
    pub run: String,
    /// Iteration of the policy; 0 for the untouched one.
    pub iteration: u32,
    /// The benchmark.
    pub benchmark: String,
    /// Id of the problem within the benchmark.
    pub problem_id: String,
    /// What the policy was asked.
    pub problem: String,
    /// The gold answer.
    pub gold_answer: String,
    /// Number of the response among those to the problem, from 0.
    pub sample: u32,
    /// Whether it was decoded greedily rather than sampled.
    pub greedy: bool,
    /// The response as text.
    pub response: String,
    /// Why it ended.
    pub finish: Finish,
    /// The final answer as written.
    pub answer: Option<String>,
    /// The final answer in canonical form.
    pub canonical: Option<String>,
    /// Whether an answer was read, and if not, why.
    pub parse_status: ParseStatus,
    /// Whether the answer equals the gold answer.
    pub correct: bool,
}

impl Table for Candidate {
    const NAME: &'static str = "export_instructions";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["run", "iteration", "instruction_id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}

impl Table for Ballot {
    const NAME: &'static str = "export_votes";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["run", "iteration", "round", "instruction_id"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}

impl Table for Rollout {
    const NAME: &'static str = "export_rollouts";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["run", "iteration", "round", "instruction_id", "sample"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}

impl Table for Graded {
    const NAME: &'static str = "export_eval";
    const SCHEMA_VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["run", "iteration", "benchmark", "problem_id", "greedy", "sample"];
    const DESCRIPTION: &'static str = Self::DOCS;
    const COLUMNS: &'static [&'static str] = Self::FIELD_DOCS;
}
