//! Groups of responses for the tests of rewards.

use serl_answers::Method;
use serl_artifacts::InstructionId;
use serl_artifacts::tables::{Finish, Prompt, Response};

use super::method::Judged;
use crate::config::checker::Checker;
use crate::config::violation::Violation;
use crate::respond::group::Group;
use crate::stage::at::At;
use crate::vote::Answers;

/// What `check` of a reward refuses.
pub(super) fn refused(check: impl FnOnce(&mut Checker)) -> Vec<Violation> {
    let mut checker = Checker::default();
    check(&mut checker);
    checker.violations()
}

/// A round to judge in.
pub(super) const AT: At = At {
    iteration: 1,
    round: Some(0),
    seed: 7,
};

const ORDER: [Method; 1] = [Method::Hash];

/// Instructions `q0`, `q1`, … with responses that end in `#### ANSWER`, or have no answer where it is empty.
pub(super) struct Groups {
    groups: Vec<Group>,
    answers: Vec<Answers>,
}

impl Groups {
    pub(super) fn of(answers: &[&[&str]]) -> Self {
        let groups = answers
            .iter()
            .enumerate()
            .map(|(number, answers)| group(number, answers));
        let groups: Vec<Group> = groups.collect();
        Self {
            answers: groups.iter().map(|group| Answers::read(group, &ORDER)).collect(),
            groups,
        }
    }

    /// The same, with a log-probability for the only token of each response.
    pub(super) fn scored(mut self, logprobs: &[&[f32]]) -> Self {
        for (group, logprobs) in self.groups.iter_mut().zip(logprobs) {
            for (response, &logprob) in group.responses.iter_mut().zip(*logprobs) {
                response.logprobs = vec![logprob];
            }
        }
        self
    }

    /// The same from a sampler that reports no log-probabilities.
    pub(super) fn unreported(mut self) -> Self {
        let responses = self.groups.iter_mut().flat_map(|group| &mut group.responses);
        responses.for_each(|response| response.logprobs.clear());
        self
    }

    pub(super) fn judged(&self) -> Vec<Judged<'_>> {
        let both = self.groups.iter().zip(&self.answers);
        both.map(|(group, answers)| answers.judged(group, &ORDER)).collect()
    }
}

fn group(number: usize, answers: &[&str]) -> Group {
    let instruction = format!("q{number}");
    let instruction_id = InstructionId::of(&instruction);
    let response = |(sample, answer): (usize, &&str)| Response {
        instruction_id: instruction_id.clone(),
        sample: sample as u32,
        output_tokens: vec![1],
        logprobs: vec![0.0],
        policy_logprobs: None,
        text: if answer.is_empty() {
            String::new()
        } else {
            format!("#### {answer}")
        },
        finish: Finish::Stop,
    };
    Group {
        responses: answers.iter().enumerate().map(response).collect(),
        prompt: Prompt {
            instruction_id: instruction_id.clone(),
            instruction,
            prompt_tokens: vec![1],
        },
    }
}
