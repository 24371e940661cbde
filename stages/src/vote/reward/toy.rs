//! A rule reward, to show and test what it takes to add one: this file, its `mod` line, and one line in the list of
//! rewards.
//!
//! It rewards the response whose answer is the gold answer of its instruction, from a table of the user. The gold
//! answers reach it as evidence, so a reward without this evidence has no access to them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serl_answers::canonical;
use serl_pipeline::{ArtifactKind, NodeContext};

use super::{Evidence, File, Judged, Reward, Verdict};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use crate::stage::lab::Lab;

/// `kind = "toy"`: agreeing with gold answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Toy {
    /// A JSON object: gold answers by instruction. Execution only: its content is an input.
    path: String,
    /// What a right answer is worth.
    worth: f32,
}

/// Gold answers in canonical form, by instruction.
pub struct Gold(HashMap<String, String>);

impl Evidence for Gold {
    fn open(ctx: &NodeContext<'_>, _lab: &mut Lab) -> Result<Self, StageError> {
        let answers: HashMap<String, String> = serde_json::from_slice(&ctx.read_input("gold")?).unwrap();
        let form = |(instruction, answer): (String, String)| (instruction, canonical(&answer).unwrap().to_string());
        Ok(Self(answers.into_iter().map(form).collect()))
    }
}

impl Reward for Toy {
    type Evidence = Gold;

    fn files(&self) -> Vec<File> {
        vec![File {
            input: "gold",
            path: self.path.clone(),
            kind: ArtifactKind::Blob,
        }]
    }

    fn without_paths(&self) -> Self {
        Self {
            path: String::new(),
            ..self.clone()
        }
    }

    fn judge(
        &self,
        _at: At,
        groups: &[Judged<'_>],
        evidence: Gold,
        _work: &dyn Work,
    ) -> Result<Vec<Verdict>, StageError> {
        let verdict = |group: &Judged<'_>| {
            let gold = evidence.0.get(&group.prompt.instruction);
            let right = |answer: &Option<String>| answer.is_some() && answer.as_ref() == gold;
            let answers = group.readings.iter().map(|reading| right(&reading.canonical));
            let rewards: Vec<f32> = answers.map(|right| f32::from(u8::from(right)) * self.worth).collect();
            Verdict {
                r_mean: rewards.iter().sum::<f32>() / rewards.len() as f32 / self.worth,
                rewards: gold.is_some().then_some(rewards),
            }
        };
        Ok(groups.iter().map(verdict).collect())
    }
}
