//! An instruction with its responses, from the sampler to the optimizer step.

use serl_artifacts::tables::{Prompt, Response};
use serl_pipeline::NodeContext;

use super::Respond;
use crate::error::StageError;
use crate::stage::at::At;
use crate::stage::tables::read;
use crate::stage::wires::{Inputs, inputs};

/// An instruction as it was put to the policy, and its responses in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The instruction.
    pub prompt: Prompt,
    /// Its responses.
    pub responses: Vec<Response>,
}

impl Group {
    /// The inputs of a node that reads the groups of its round.
    pub(crate) fn inputs(at: At) -> Inputs {
        inputs([
            ("prompts", Respond::PROMPTS.of_round(at)),
            ("responses", Respond::RESPONSES.of_round(at)),
        ])
    }

    /// The groups among a node's inputs, in the order in which they were sampled.
    ///
    /// # Errors
    /// Tables that cannot be read, or that are not of one node.
    pub(crate) fn read(ctx: &NodeContext<'_>) -> Result<Vec<Self>, StageError> {
        Self::join(read(ctx, "prompts")?, read(ctx, "responses")?)
    }

    /// Gives each prompt its responses: both tables have the instructions in the same order.
    fn join(prompts: Vec<Prompt>, responses: Vec<Response>) -> Result<Vec<Self>, StageError> {
        let mut rest = responses.into_iter().peekable();
        let mut groups = Vec::with_capacity(prompts.len());
        for prompt in prompts {
            let mut responses = Vec::new();
            while let Some(response) = rest.next_if(|r| r.instruction_id == prompt.instruction_id) {
                responses.push(response);
            }
            groups.push(Self { prompt, responses });
        }
        match rest.next() {
            None => Ok(groups),
            Some(stray) => Err(StageError::Mismatch(format!(
                "`responses` has a response to instruction {} that `prompts` does not have in its place",
                stray.instruction_id
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::Finish;

    fn prompt(of: &str) -> Prompt {
        Prompt {
            instruction_id: InstructionId::of(of),
            instruction: of.into(),
            prompt_tokens: vec![1],
        }
    }

    fn response(of: &str, sample: u32) -> Response {
        Response {
            instruction_id: InstructionId::of(of),
            sample,
            output_tokens: vec![2],
            logprobs: vec![0.0],
            policy_logprobs: None,
            text: String::new(),
            finish: Finish::Stop,
        }
    }

    #[test]
    fn each_prompt_gets_its_responses() {
        let responses = vec![response("a", 0), response("a", 1), response("b", 0)];
        let groups = Group::join(vec![prompt("a"), prompt("b"), prompt("c")], responses).unwrap();
        let sizes: Vec<usize> = groups.iter().map(|group| group.responses.len()).collect();
        assert_eq!(sizes, [2, 1, 0]);
    }

    #[test]
    fn a_response_without_its_prompt_is_an_error() {
        let error = Group::join(vec![prompt("a")], vec![response("a", 0), response("b", 0)]).unwrap_err();
        assert!(matches!(error, StageError::Mismatch(text) if text.contains(InstructionId::of("b").as_str())));
    }
}
