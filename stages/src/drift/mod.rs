//! How far the kept instructions have moved from the seeds in meaning, by the vectors of an embedder.
//!
//! No other stage reads what this one writes. An instruction is embedded once in a run: each iteration takes the
//! vectors of those before it.

mod statistics;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use serl_artifacts::InstructionId;
use serl_artifacts::tables::{self, Instruction, Vector};
use serl_pipeline::NodeContext;

use crate::error::StageError;
use crate::filter::Filter;
use crate::sampling::embed::embed_in_parts;
use crate::sampling::work::NodeWork;
use crate::stage::at::At;
use crate::stage::lab::{Embedding, Lab};
use crate::stage::output::TableOutput;
use crate::stage::tables::read;
use crate::stage::wires::{Inputs, Wires, add, inputs};
use crate::stage::{Settings, Stage};
use statistics::{Groups, statistics};

/// Embeds seeds and kept instructions and compares them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    embedding: Embedding,
}

impl Drift {
    /// The statistics of the iteration.
    pub const DRIFT: TableOutput<tables::Drift> = TableOutput::new(Self::NAME, "drift.parquet");
    /// The vectors of the instructions that no earlier iteration has embedded.
    pub const VECTORS: TableOutput<Vector> = TableOutput::new(Self::NAME, "vectors.parquet");

    /// The input whose folder embeds.
    fn embedder(&self) -> &'static str {
        match self.embedding {
            Embedding::HiddenStates(_) => "policy",
            Embedding::SentenceEncoder => "encoder",
        }
    }
}

impl Stage for Drift {
    const NAME: &'static str = "drift";
    const CODE_VERSION: u32 = 1;

    fn of(settings: Settings<'_>) -> Self {
        Self {
            embedding: match settings.config.drift.encoder.as_str() {
                "" => Embedding::HiddenStates(settings.compute()),
                _ => Embedding::SentenceEncoder,
            },
        }
    }

    fn draws(&self) -> bool {
        false
    }

    fn models(&self) -> Vec<&'static str> {
        match self.embedding {
            Embedding::HiddenStates(_) => vec![self.embedder()],
            Embedding::SentenceEncoder => Vec::new(),
        }
    }

    fn inputs(&self, at: At, wires: &Wires) -> Inputs {
        let mut inputs = inputs([
            ("kept", Filter::KEPT.of_iteration(at.iteration)),
            ("seeds", wires.seeds.clone()),
            (self.embedder(), wires.embedder.clone()),
        ]);
        for (earlier, vectors) in wires.vectors.iter().enumerate() {
            add(&mut inputs, &vectors_of(earlier), Some(vectors));
        }
        inputs
    }

    fn run(self, at: At, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let seeds: Vec<Instruction> = read(ctx, "seeds")?;
        let kept: Vec<Instruction> = read(ctx, "kept")?;
        let mut known = HashMap::new();
        for name in (0..).map(vectors_of).take_while(|name| ctx.has_input(name)) {
            add_rows(&mut known, read(ctx, &name)?);
        }
        let missing = missing(&known, seeds.iter().chain(&kept));
        let embedder = lab.embedder(ctx, self.embedder(), &self.embedding)?;
        let vectors = embed_in_parts(&NodeWork { ctx }, &*embedder, &missing)?;
        ctx.metrics(json!({ "embedded": missing.len() }));
        vectors.iter().for_each(|rows| add_rows(&mut known, rows.clone()));

        let of = |instructions: &mut dyn Iterator<Item = &Instruction>| -> Vec<&[f32]> {
            instructions
                .filter_map(|instruction| known.get(&instruction.id))
                .map(Vec::as_slice)
                .collect()
        };
        let is_new = |instruction: &&Instruction| instruction.iteration == at.iteration;
        let groups = Groups {
            seeds: of(&mut seeds.iter()),
            earlier: of(&mut kept.iter().filter(|instruction| !is_new(instruction))),
            kept: of(&mut kept.iter().filter(is_new)),
        };
        let row = |(statistic, value): (&str, f64)| tables::Drift {
            iteration: at.iteration,
            statistic: statistic.into(),
            value,
        };
        let rows = statistics(&groups).into_iter().map(row).collect();
        Self::VECTORS.put(ctx, &vectors)?;
        Self::DRIFT.put(ctx, &[rows])
    }
}

/// The input with the vectors of an earlier iteration, counted from 0.
fn vectors_of(earlier: usize) -> String {
    format!("vectors.{earlier}")
}

fn add_rows(known: &mut HashMap<InstructionId, Vec<f32>>, rows: Vec<Vector>) {
    known.extend(rows.into_iter().map(|row| (row.instruction_id, row.vector)));
}

/// The instructions without a vector, each once, in their order.
fn missing<'i>(
    known: &HashMap<InstructionId, Vec<f32>>,
    instructions: impl Iterator<Item = &'i Instruction>,
) -> Vec<&'i Instruction> {
    let mut seen = HashSet::new();
    instructions
        .filter(|instruction| !known.contains_key(&instruction.id) && seen.insert(&instruction.id))
        .collect()
}
