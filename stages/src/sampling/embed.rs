//! Embedding texts in parts that survive a crash, as [`super::work`] samples.

use serl_artifacts::table;
use serl_artifacts::tables::{Instruction, Vector};
use serl_lm::{Embedder, LmError};
use serl_pipeline::Headway;

use super::work::Work;
use crate::error::StageError;

/// Instructions that are embedded between two looks at whether the user wants to stop; a kill loses at most as many.
const PART: usize = 256;

/// Name of the parts.
const NAME: &str = "vectors";

/// The vectors of `instructions`, in order, in one row group per part.
///
/// # Errors
/// An instruction that cannot be embedded, an interruption.
pub(crate) fn embed_in_parts(
    work: &dyn Work,
    embedder: &dyn Embedder,
    instructions: &[&Instruction],
) -> Result<Vec<Vec<Vector>>, StageError> {
    let total = instructions.len() as u64;
    let mut groups = Vec::new();
    let mut done = 0;
    for (index, part) in instructions.chunks(PART).enumerate() {
        groups.push(match work.part(NAME, index)? {
            Some(bytes) => table::decode(&bytes, NAME)?,
            None => {
                work.check_cancelled()?;
                let rows = vec![embed(embedder, part)?];
                work.save_part(NAME, index, &table::encode(&rows)?)?;
                rows.concat()
            }
        });
        done += part.len() as u64;
        work.progress(&Headway::of(done, total, "texts"));
    }
    Ok(groups)
}

fn embed(embedder: &dyn Embedder, instructions: &[&Instruction]) -> Result<Vec<Vector>, StageError> {
    let texts: Vec<&str> = instructions
        .iter()
        .map(|instruction| instruction.text.as_str())
        .collect();
    let vectors = embedder.embed(&texts).map_err(|error| match error {
        LmError::NoVector { text } if text < instructions.len() => StageError::Overflow {
            what: format!("instruction {}", instructions[text].id),
            values: "hidden states",
        },
        other => other.into(),
    })?;
    if vectors.len() != texts.len() {
        let (given, asked) = (vectors.len(), texts.len());
        return Err(StageError::Mismatch(format!(
            "the embedder was asked for {asked} vectors and gave {given}"
        )));
    }
    let rows = instructions.iter().zip(vectors);
    Ok(rows
        .map(|(instruction, vector)| Vector {
            instruction_id: instruction.id.clone(),
            vector,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use serde_json::Value;
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::Source;
    use serl_pipeline::PipelineError;

    use super::*;

    /// Embeds a text as its length, and counts texts; it cannot embed empty ones.
    #[derive(Default)]
    struct Lengths(Cell<usize>);

    impl Embedder for Lengths {
        fn identity(&self) -> Value {
            Value::Null
        }

        fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, LmError> {
            self.0.set(self.0.get() + texts.len());
            match texts.iter().position(|text| text.is_empty()) {
                Some(text) => Err(LmError::NoVector { text }),
                None => Ok(texts.iter().map(|text| vec![text.len() as f32]).collect()),
            }
        }
    }

    /// Parts in memory; asked to stop once there are this many.
    struct Memory {
        parts: RefCell<BTreeMap<usize, Vec<u8>>>,
        stop_at: usize,
    }

    impl Work for Memory {
        fn part(&self, _: &str, index: usize) -> Result<Option<Vec<u8>>, StageError> {
            Ok(self.parts.borrow().get(&index).cloned())
        }

        fn save_part(&self, _: &str, index: usize, bytes: &[u8]) -> Result<(), StageError> {
            self.parts.borrow_mut().insert(index, bytes.to_vec());
            Ok(())
        }

        fn progress(&self, _: &Headway<'_>) {}

        fn check_cancelled(&self) -> Result<(), StageError> {
            match self.parts.borrow().len() {
                parts if parts == self.stop_at => Err(PipelineError::Interrupted.into()),
                _ => Ok(()),
            }
        }
    }

    fn instruction(text: String) -> Instruction {
        Instruction {
            id: InstructionId::of(&text),
            iteration: 1,
            source: Source::Generated,
            text,
            few_shot: vec![],
            completion_id: None,
        }
    }

    #[test]
    fn an_interrupted_embedding_goes_on_with_the_next_part() {
        let instructions: Vec<Instruction> = (0..2 * PART + 9).map(|i| instruction("x".repeat(i + 1))).collect();
        let instructions: Vec<&Instruction> = instructions.iter().collect();
        let mut work = Memory {
            parts: RefCell::default(),
            stop_at: 2,
        };
        let embedder = Lengths::default();
        let stopped = embed_in_parts(&work, &embedder, &instructions).unwrap_err();
        assert!(matches!(stopped, StageError::Pipeline(PipelineError::Interrupted)));
        work.stop_at = usize::MAX;
        let vectors = embed_in_parts(&work, &embedder, &instructions).unwrap();
        assert_eq!(embedder.0.get(), instructions.len());
        assert_eq!(vectors.iter().map(Vec::len).collect::<Vec<_>>(), [PART, PART, 9]);
        for (instruction, row) in instructions.iter().zip(vectors.concat()) {
            assert_eq!(
                (&row.instruction_id, row.vector[0]),
                (&instruction.id, instruction.text.len() as f32)
            );
        }
    }

    #[test]
    fn an_instruction_that_cannot_be_embedded_is_named() {
        let [whole, empty] = ["x", ""].map(|text| instruction(text.to_owned()));
        let work = Memory {
            parts: RefCell::default(),
            stop_at: usize::MAX,
        };
        let error = embed_in_parts(&work, &Lengths::default(), &[&whole, &empty]).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("instruction {}: ", empty.id)),
            "{error}"
        );
    }
}
