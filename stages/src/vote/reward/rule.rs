//! The rule reward: agreeing with gold answers, where there are any.
//!
//! It is the upper bound that SeRL is compared with (arXiv 2505.20347, section 4). Gold answers reach it as evidence:
//! the type of the majority reward has no access to them.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_artifacts::InstructionId;
use serl_artifacts::tables::Problem;
use serl_pipeline::NodeContext;

use super::evidence::{Evidence, File, FileKind};
use super::method::{Judged, Reward, Verdict};
use crate::answers::gold::Gold;
use crate::config::checker::Checker;
use crate::config::{AnswerKind, EvalConfig};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use crate::stage::lab::Lab;
use crate::stage::tables::read;

/// A response with the gold answer is worth 1, any other 0. Instructions without a gold answer are not trained on.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// A data file of instructions with gold answers (docs/src/data.md), in any shape that `[eval]` reads. Execution
    /// only, as the other keys: what is read is an input.
    pub path: String,
    /// Column that holds the instruction; as `eval.problem_column`.
    pub problem_column: String,
    /// Column that holds the gold answer; as `eval.answer_column`.
    pub answer_column: String,
    /// Column that holds the options; as `eval.choices_column`.
    pub choices_column: String,
    /// What the gold answer of a multiple-choice question is; as `eval.answer_kind`.
    pub answer_kind: AnswerKind,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            path: String::new(),
            problem_column: String::new(),
            answer_column: String::new(),
            choices_column: String::new(),
            answer_kind: AnswerKind::Auto,
        }
    }
}

/// The gold answers of instructions.
pub struct Golds(HashMap<InstructionId, Gold>);

impl Evidence<Rule> for Golds {
    fn open(_rule: &Rule, ctx: &NodeContext<'_>, _lab: &mut Lab, _sampler: &Value) -> Result<Self, StageError> {
        let problems: Vec<Problem> = read(ctx, "gold")?;
        let gold = |problem: &Problem| (InstructionId::of(&problem.problem), Gold::new(problem));
        Ok(Self(problems.iter().map(gold).collect()))
    }
}

impl Reward for Rule {
    type Evidence = Golds;

    fn check(&self, c: &mut Checker) {
        let must = "a data file of instructions with gold answers";
        c.require(!self.path.is_empty(), "reward.path", "empty", must);
    }

    fn files(&self) -> Vec<File> {
        let columns = EvalConfig {
            problem_column: self.problem_column.clone(),
            answer_column: self.answer_column.clone(),
            choices_column: self.choices_column.clone(),
            answer_kind: self.answer_kind,
            ..EvalConfig::default()
        };
        vec![File {
            input: "gold",
            path: self.path.clone(),
            kind: FileKind::Problems(Box::new(columns)),
        }]
    }

    fn in_key(&self) -> Self {
        Self::default()
    }

    fn judge(
        &self,
        _at: At,
        groups: &[Judged<'_>],
        evidence: Golds,
        _work: &dyn Work,
    ) -> Result<Vec<Verdict>, StageError> {
        let verdict = |group: &Judged<'_>| match evidence.0.get(&group.prompt.instruction_id) {
            None => Verdict::none(),
            Some(gold) => {
                let right = group
                    .responses
                    .iter()
                    .map(|response| gold.grade(&response.text, group.order).1);
                Verdict::of(right.map(|right| f32::from(u8::from(right))).collect())
            }
        };
        Ok(groups.iter().map(verdict).collect())
    }
}
