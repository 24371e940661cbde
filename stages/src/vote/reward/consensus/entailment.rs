//! A model says whether two answers mean the same.

use std::sync::Arc;

use serl_artifacts::InstructionId;
use serl_artifacts::tables::Response;
use serl_lm::{Rendered, Request, Sampler, SamplingParams};

use super::likeness::{Alike, EQUALITY, Likeness, Question, alone};
use crate::config::prompt::PromptFormat;
use crate::error::StageError;
use crate::sampling::ask::encode;
use crate::sampling::work::{Job, Plan, Work, finish, prepare, sample_in_parts};
use crate::stage::at::At;

/// Tokens of a reply: enough for a word.
const REPLY: u32 = 4;

/// The answers to an instruction mean the same as far as the model says yes, in both orders (mutual entailment, arXiv
/// 2302.09664, section 4.2, asked as one question).
pub(super) struct Entailment {
    pub(super) asking: Asking,
    pub(super) sampler: Arc<dyn Sampler>,
}

/// How the model is asked: the keys of `[reward]` of the same names.
pub(super) struct Asking {
    pub(super) format: PromptFormat,
    pub(super) system: String,
    pub(super) template: String,
    /// `batch_prompts`
    pub(super) batch: u32,
}

/// Two texts of a question, in one of the two orders.
#[derive(Clone, Copy)]
struct Pair {
    question: usize,
    first: usize,
    second: usize,
}

impl Entailment {
    /// The pairs that fit the model's context with a reply, each with its prompt. What is so long that it does not is
    /// like nothing else.
    fn fitting(
        &self,
        at: At,
        questions: &[Question<'_>],
        pairs: Vec<Pair>,
        work: &dyn Work,
    ) -> Result<(Vec<Pair>, Vec<Job>), StageError> {
        let place = at.round_place(EQUALITY);
        let (sampler, Asking { format, system, .. }) = (&*self.sampler, &self.asking);
        let job = |i: usize| {
            let Pair {
                question,
                first,
                second,
            } = pairs[i];
            let Question { instruction, texts } = &questions[question];
            let asked = self.question(instruction, &texts[first], &texts[second]);
            Ok(Job {
                request: Request {
                    prompt: encode(sampler.tokenizer(), *format, system, asked)?.tokens,
                    seeds: vec![place.clone().index(i as u64).seed()],
                    ..Request::default()
                },
                what: format!("two answers to instruction {}", InstructionId::of(instruction)),
            })
        };
        let jobs = prepare(work, pairs.len(), job)?;
        let fits = |job: &Job| job.request.prompt.len() + REPLY as usize <= sampler.context_length();
        let both = pairs.into_iter().zip(jobs);
        Ok(both.filter(|(_, job)| fits(job)).unzip())
    }

    /// The replies to the pairs, in order.
    fn ask(
        &self,
        questions: &[Question<'_>],
        pairs: &[Pair],
        jobs: &[Job],
        work: &dyn Work,
    ) -> Result<Vec<Response>, StageError> {
        let sampler = &*self.sampler;
        let plan = Plan {
            name: "comparisons",
            batch: self.asking.batch,
            params: SamplingParams {
                temperature: 0.0,
                max_new_tokens: REPLY as usize,
                ..SamplingParams::default()
            },
            limit_key: "reward.template",
        };
        let rows = |i: usize, replies: Vec<serl_lm::Response>| {
            let row = |reply: serl_lm::Response| Response {
                instruction_id: InstructionId::of(questions[pairs[i].question].instruction),
                sample: i as u32,
                text: sampler.tokenizer().decode(&reply.tokens),
                output_tokens: reply.tokens,
                logprobs: reply.logprobs,
                policy_logprobs: reply.policy_logprobs,
                finish: finish(reply.finish),
            };
            replies.into_iter().map(row).collect()
        };
        Ok(sample_in_parts(work, sampler, &plan, jobs, rows)?.concat())
    }

    /// The question about two answers. What it is about is data: it cannot spell out control tokens.
    fn question(&self, instruction: &str, first: &str, second: &str) -> Rendered {
        let slots = [("{instruction}", instruction), ("{first}", first), ("{second}", second)];
        let mut question = Rendered::default();
        let mut rest = self.asking.template.as_str();
        let next = |rest: &str| {
            let found = slots
                .iter()
                .filter_map(|(slot, text)| Some((rest.find(slot)?, *slot, *text)));
            found.min_by_key(|(at, ..)| *at)
        };
        while let Some((at, slot, text)) = next(rest) {
            question.push_trusted(&rest[..at]);
            question.push_data(text);
            rest = &rest[at + slot.len()..];
        }
        question.push_trusted(rest);
        question
    }
}

impl Likeness for Entailment {
    fn of(&self, at: At, questions: &[Question<'_>], work: &dyn Work) -> Result<Alike, StageError> {
        let pairs: Vec<Pair> = questions
            .iter()
            .enumerate()
            .flat_map(|(question, of)| {
                let texts = of.texts.len();
                let both = (0..texts).flat_map(move |first| (0..texts).map(move |second| (first, second)));
                both.filter(|(first, second)| first != second)
                    .map(move |(first, second)| Pair {
                        question,
                        first,
                        second,
                    })
            })
            .collect();
        let (pairs, jobs) = self.fitting(at, questions, pairs, work)?;
        let replies = self.ask(questions, &pairs, &jobs, work)?;
        let mut alike: Alike = questions.iter().map(|question| alone(question.texts.len())).collect();
        for (pair, reply) in pairs.iter().zip(&replies) {
            let half = yes(reply)? / 2.0;
            let of = &mut alike[pair.question];
            of[pair.first][pair.second] += half;
            of[pair.second][pair.first] += half;
        }
        Ok(alike)
    }
}

/// The probability of a yes: of the first token if the reply begins with yes, of any other if it begins with no; 0 if
/// it begins with neither.
///
/// # Errors
/// The sampler has reported no probabilities.
fn yes(reply: &Response) -> Result<f64, StageError> {
    let Some(logprobs) = reply.reported_logprobs() else {
        let reason =
            "`entailment` takes log-probabilities of greedy replies, which the sampler does not report".to_owned();
        return Err(StageError::Config {
            key: "reward.equality",
            reason,
        });
    };
    let first = f64::from(logprobs.first().copied().unwrap_or(0.0)).exp();
    let word: String = reply
        .text
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .collect();
    Ok(match word.to_lowercase().as_str() {
        "yes" | "true" => first,
        "no" | "false" => 1.0 - first,
        _ => 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::tables::Finish;

    fn reply(text: &str, probability: f32) -> Response {
        Response {
            instruction_id: InstructionId::of("q"),
            sample: 0,
            output_tokens: vec![1],
            logprobs: vec![0.0],
            policy_logprobs: Some(vec![probability.ln()]),
            text: text.into(),
            finish: Finish::Stop,
        }
    }

    #[test]
    fn replies_are_read_with_their_probability() {
        for (text, expected) in [
            ("Yes.", 0.75),
            (" **yes**, they do", 0.75),
            ("No", 0.25),
            ("FALSE", 0.25),
            ("Nobody knows", 0.0),
            ("", 0.0),
        ] {
            assert!((yes(&reply(text, 0.75)).unwrap() - expected).abs() < 1e-6, "{text}");
        }
    }

    #[test]
    fn a_reply_without_its_probability_is_no_certain_one() {
        let mut silent = reply("Yes.", 0.75);
        (silent.logprobs, silent.policy_logprobs) = (Vec::new(), None);
        assert!(yes(&silent).unwrap_err().to_string().contains("`reward.equality`"));
    }
}
