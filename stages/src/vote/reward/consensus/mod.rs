//! The consensus reward: votes on answers without one right string.
//!
//! The responses to an instruction are clustered by meaning, and the largest cluster is the majority: self-consistency
//! for free-form answers (as in semantic entropy, Kuhn et al. 2023, arXiv 2302.09664). How alike two answers are is
//! said by a [`Likeness`]; to add one, a file with a type that implements it and a line in [`Meaning`].

mod answers;
mod cluster;
mod embedding;
mod entailment;
mod likeness;
mod outputs;
mod program;
mod words;

pub use answers::Compared;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_pipeline::NodeContext;

use super::evidence::{Evidence, File, FileKind};
use super::method::{Judged, Reward, Verdict};
use crate::config::checker::{Checker, Range};
use crate::config::prompt::PromptFormat;
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use crate::stage::lab::{self, Lab};
use answers::{Answers, Form};
use embedding::Embedding;
use entailment::{Asking, Entailment};
use likeness::{EQUALITY, Likeness, Question};
use outputs::{Interpreter, Outputs};
use program::Program;
use words::Words;

/// How two answers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Equality {
    /// Their words: for short answers, without a model.
    Words,
    /// The vectors that the sentence encoder in the folder `reward.path` gives.
    Embedding,
    /// A model is asked whether they mean the same, in both orders: the policy, or the model folder `reward.path`.
    Entailment,
    /// The program `reward.path` says it.
    Program,
    /// Their code is run on generated inputs, and the outputs are compared.
    Outputs,
}

/// A response of the largest cluster is worth 1, any other 0; r_mean is the share of that cluster.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consensus {
    /// How two answers are compared: `words`, `embedding`, `entailment`, `program` or `outputs`.
    pub equality: Equality,
    /// For `embedding` the folder of a sentence encoder (docs/src/algorithms.md says which are read). For `entailment`
    /// a model folder, or empty: the policy that responded. For `program` an executable file, which reads a JSON object
    /// with `instruction`, `first` and `second` from each line, and answers each with a line `true` or `false`.
    /// Execution only: its content is an input.
    pub path: String,
    /// Which text of a response is compared: `answer` or `response`; with `outputs`, always the code of the response.
    pub compared: Compared,
    /// Clusters are joined while the mean likeness between them is at least this; 0..=1. Likeness is the share of words
    /// in common, the cosine of vectors, the probability of a yes, 1 and 0 for a program, or the share of equal
    /// outputs. 0: 0.2 for words, 0.84 for vectors, 1 for outputs, 0.5 for the others. The best one differs from task
    /// to task: tune it on a few instructions whose answers you have grouped by hand.
    pub threshold: f32,
    /// `entailment`: `chat` or `raw`.
    pub format: PromptFormat,
    /// `entailment`: system message of a chat; empty: none.
    pub system: String,
    /// `entailment`: the question, which is answered with yes or no. `{instruction}`, `{first}` and `{second}` become
    /// the texts.
    pub template: String,
    /// `entailment`: pairs compared together; a kill loses at most one such batch.
    pub batch_prompts: u32,
    /// `program`: seconds after which a comparison has failed. `outputs`: seconds of processor time for an answer.
    pub timeout_seconds: u32,
    /// `outputs`: the Python 3 that runs the answers, a name or a path. Its name is in the key, its version is not.
    pub interpreter: String,
    /// `outputs`: inputs on which the answers to an instruction are run.
    pub inputs: u32,
    /// `outputs`: answers cannot reach files, networks and other processes. Needs Linux 5.13; `false` is for containers
    /// that see to this themselves.
    pub sandbox: bool,
}

impl Default for Consensus {
    fn default() -> Self {
        Self {
            equality: Equality::Words,
            path: String::new(),
            compared: Compared::Answer,
            threshold: 0.0,
            format: PromptFormat::Chat,
            system: String::new(),
            template: "Instruction:\n{instruction}\n\nAnswer 1:\n{first}\n\nAnswer 2:\n{second}\n\n\
                       Do the two answers mean the same? Reply with Yes or No."
                .into(),
            batch_prompts: 256,
            timeout_seconds: 10,
            interpreter: "python3".into(),
            inputs: 32,
            sandbox: true,
        }
    }
}

/// What says how alike answers are, ready to be asked.
pub struct Meaning(Box<dyn Likeness>);

impl Evidence<Consensus> for Meaning {
    fn open(reward: &Consensus, ctx: &NodeContext<'_>, lab: &mut Lab, sampler: &Value) -> Result<Self, StageError> {
        Ok(Self(match reward.equality {
            Equality::Words => Box::new(Words),
            Equality::Embedding => Box::new(Embedding(lab.embedder(
                ctx,
                EQUALITY,
                &lab::Embedding::SentenceEncoder,
            )?)),
            Equality::Entailment => {
                let input = if ctx.has_input(EQUALITY) { EQUALITY } else { "policy" };
                Box::new(Entailment {
                    asking: reward.asking(),
                    sampler: lab.sampler(ctx, input, sampler)?,
                })
            }
            Equality::Program => Box::new(Program::open(ctx, EQUALITY, reward.timeout_seconds)?),
            Equality::Outputs => Box::new(reward.outputs(ctx)?),
        }))
    }
}

impl Reward for Consensus {
    type Evidence = Meaning;

    fn check(&self, c: &mut Checker) {
        c.within("reward.threshold", self.threshold, Range::SHARE, "within 0..=1");
        let slots = ["{instruction}", "{first}", "{second}"];
        c.require(
            slots.iter().all(|slot| self.template.contains(slot)),
            "reward.template",
            format!("{:?}", self.template),
            "a text that contains `{instruction}`, `{first}` and `{second}`",
        );
        let needs_path = matches!(self.equality, Equality::Embedding | Equality::Program);
        c.require(
            !needs_path || !self.path.is_empty(),
            "reward.path",
            "empty",
            "the sentence encoder's folder or the program that compares answers (docs/src/algorithms.md)",
        );
        let takes_none = matches!(self.equality, Equality::Words | Equality::Outputs);
        c.require(
            !takes_none || self.path.is_empty(),
            "reward.path",
            format!("{:?}", self.path),
            "empty: this `reward.equality` reads no file",
        );
        for (key, count) in [
            ("reward.batch_prompts", self.batch_prompts),
            ("reward.timeout_seconds", self.timeout_seconds),
            ("reward.inputs", self.inputs),
        ] {
            c.positive(key, count);
        }
    }

    fn files(&self) -> Vec<File> {
        let kind = match self.equality {
            Equality::Words | Equality::Outputs => None,
            Equality::Embedding => Some(FileKind::Encoder),
            Equality::Entailment => Some(FileKind::Model),
            Equality::Program => Some(FileKind::Program),
        };
        let file = |kind| File {
            input: EQUALITY,
            path: self.path.clone(),
            kind,
        };
        kind.filter(|_| !self.path.is_empty()).map(file).into_iter().collect()
    }

    /// Without what does not matter to its equality, too: a prompt's template must not ask the same words again.
    fn in_key(&self) -> Self {
        let Self {
            equality,
            compared,
            threshold,
            ..
        } = *self;
        let default = Self {
            equality,
            compared,
            threshold,
            ..Self::default()
        };
        match equality {
            Equality::Words | Equality::Embedding => default,
            Equality::Entailment => Self {
                format: self.format,
                system: self.system.clone(),
                template: self.template.clone(),
                batch_prompts: self.batch_prompts,
                ..default
            },
            Equality::Program => Self {
                timeout_seconds: self.timeout_seconds,
                ..default
            },
            Equality::Outputs => Self {
                compared: Compared::Response,
                timeout_seconds: self.timeout_seconds,
                interpreter: self.interpreter.clone(),
                inputs: self.inputs,
                sandbox: self.sandbox,
                ..default
            },
        }
    }

    /// That of `words` and its default threshold.
    fn code_version(&self) -> Option<u32> {
        (self.equality == Equality::Words).then_some(1)
    }

    fn models(&self) -> Vec<&'static str> {
        match self.equality {
            Equality::Entailment => vec![EQUALITY],
            Equality::Words | Equality::Embedding | Equality::Program | Equality::Outputs => Vec::new(),
        }
    }

    fn judge(
        &self,
        at: At,
        groups: &[Judged<'_>],
        Meaning(likeness): Meaning,
        work: &dyn Work,
    ) -> Result<Vec<Verdict>, StageError> {
        let (compared, form) = match self.equality {
            Equality::Outputs => (Compared::Response, Form::Code),
            _ => (self.compared, Form::Prose),
        };
        let answers: Vec<Answers> = groups.iter().map(|group| Answers::of(group, compared, form)).collect();
        let question = |place: usize| Question {
            instruction: &groups[place].prompt.instruction,
            texts: answers[place].texts.clone(),
        };
        let questions: Vec<Question<'_>> = (0..groups.len()).map(question).collect();
        let alike = likeness.of(at, &questions, work)?;
        let threshold = self.threshold();
        let verdict = |(answers, alike): (&Answers, &Vec<Vec<f64>>)| answers.verdict(alike, threshold);
        Ok(answers.iter().zip(&alike).map(verdict).collect())
    }
}

impl Consensus {
    fn asking(&self) -> Asking {
        Asking {
            format: self.format,
            system: self.system.clone(),
            template: self.template.clone(),
            batch: self.batch_prompts,
        }
    }

    fn outputs(&self, ctx: &NodeContext<'_>) -> Result<Outputs, StageError> {
        let folder = ctx.work_dir().join("answers");
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|error| StageError::Interpreter(format!("cannot make {}: {error}", folder.display())))?;
        Ok(Outputs {
            interpreter: Interpreter::open(&self.interpreter, &folder, self.timeout_seconds, self.sandbox)?,
            inputs: self.inputs,
        })
    }

    fn threshold(&self) -> f64 {
        match (self.threshold, self.equality) {
            // The best on the first hundred groups of experiments/consensus/short.jsonl, with the rules of words.
            (0.0, Equality::Words) => 0.2,
            // What a prototype with all-MiniLM-L6-v2 and complete linkage chose there. With average linkage it joins
            // too much (experiments/consensus/README.md).
            (0.0, Equality::Embedding) => 0.84,
            (0.0, Equality::Outputs) => 1.0,
            (0.0, _) => 0.5,
            (threshold, _) => f64::from(threshold),
        }
    }
}

#[cfg(test)]
mod tests;
