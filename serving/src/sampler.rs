//! The sampler of a policy whose weights servers have.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use serl_lm::{Extent, LmError, Request, Response, Rules, SampleProgress, Sampler, SamplingParams, Tokenizer};

use crate::canary::{Sample, Test, answers};
use crate::dialect::{Asked, Dialect};
use crate::error::Out;
use crate::fleet::{Answered, Fleet, Terms};
use crate::reply::{Meaning, response};

/// Draws responses of a policy from servers.
///
/// A response depends on its prompt and seed and, as far as an engine computes a row in another way beside other rows,
/// on its company: unlike those of a [`Policy`](serl_lm::Policy), responses of a server may differ from run to run.
pub struct Served {
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) tokenizer: Tokenizer,
    pub(crate) extent: Extent,
    pub(crate) identity: Value,
    pub(crate) test: Test,
    /// What each server said to the test prompts with the policy's weights.
    pub(crate) samples: Vec<Option<Sample>>,
}

impl Served {
    /// Leaves out those of `servers` that do not have the policy's weights any more, and returns them.
    fn doubtful(&self, servers: BTreeSet<usize>) -> BTreeSet<usize> {
        let tolerance = self.fleet.settings().tolerance;
        let wrong = |reason| Out { reason, passing: false };
        let against = |number: usize| match &self.samples[number] {
            None => Some(wrong("it has not been tested".to_owned())),
            Some(sample) => match answers(&self.fleet, number, &self.test, &self.tokenizer, self.extent) {
                Ok(again) => sample.has_changed(&again, tolerance).map(wrong),
                Err(out) => Some(out),
            },
        };
        let mut doubtful = BTreeSet::new();
        for number in servers {
            if let Some(out) = against(number) {
                self.fleet.leave_out(number, out);
                doubtful.insert(number);
            }
        }
        doubtful
    }
}

/// Requests, one per response, with what becomes of them.
struct Work<'a> {
    asked: Vec<Asked<'a>>,
    answers: Vec<Option<Answered>>,
}

impl<'a> Work<'a> {
    fn new(requests: &'a [Request], params: &SamplingParams, ends: &'a [u32], adapter: Option<&'a str>) -> Self {
        let of_request = |request: &'a Request| {
            let asked = |(index, seed): (usize, &u64)| Asked {
                prompt: &request.prompt,
                seed: *seed,
                limit: request.limit(index, params),
                ends,
                adapter,
            };
            request.seeds.iter().enumerate().map(asked)
        };
        let asked: Vec<Asked<'a>> = requests.iter().flat_map(of_request).collect();
        Self {
            answers: vec![None; asked.len()],
            asked,
        }
    }

    /// Numbers of the requests that have no answer.
    fn open(&self) -> Vec<usize> {
        (0..self.asked.len())
            .filter(|&number| self.answers[number].is_none())
            .collect()
    }

    /// How far it is.
    fn progress(&self) -> SampleProgress {
        let done = self.answers.iter().flatten();
        SampleProgress {
            rows_done: done.clone().count(),
            rows: self.asked.len(),
            tokens: done.map(|(reply, _)| reply.tokens.len()).sum(),
        }
    }
}

impl Sampler for Served {
    fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    fn context_length(&self) -> usize {
        self.extent.context
    }

    fn identity(&self) -> Value {
        self.identity.clone()
    }

    /// One request per response, each with the response's own seed. Servers that fail, give wrong replies, or turn out
    /// not to have the policy's weights at the end are left out, and what they gave is drawn again by the others.
    fn sample(
        &self,
        requests: &[Request],
        params: &SamplingParams,
        on_step: &mut dyn FnMut(SampleProgress),
    ) -> Result<Vec<Vec<Response>>, LmError> {
        self.extent.check(requests, params)?;
        let dialect = self.fleet.dialect();
        dialect.check(params)?;
        let rules = Rules::new(params, &self.tokenizer);
        let terms = Terms {
            params,
            rules: &rules,
            extent: self.extent,
        };
        let mut work = Work::new(requests, params, rules.ends(), self.test.adapter.as_deref());
        loop {
            let open = work.open();
            if open.is_empty() {
                break;
            }
            let asked: Vec<Asked<'_>> = open.iter().map(|&number| work.asked[number]).collect();
            let mut progress = work.progress();
            let answered = self.fleet.ask_all(&asked, terms, &mut |reply| {
                progress.rows_done += 1;
                progress.tokens += reply.tokens.len();
                on_step(progress);
            });
            let answered = answered?;
            let doubtful = self.doubtful(answered.iter().map(|(_, server)| *server).collect());
            for (number, answer) in open.into_iter().zip(answered) {
                work.answers[number] = (!doubtful.contains(&answer.1)).then_some(answer);
            }
        }
        let meaning = meaning(dialect, params, self.extent.vocab);
        let replies = work.asked.iter().zip(work.answers);
        let mut responses =
            replies.filter_map(|(asked, answer)| Some(response(answer?.0, asked.limit, &rules, meaning)));
        let of_request = |request: &Request| responses.by_ref().take(request.seeds.len()).collect();
        Ok(requests.iter().map(of_request).collect())
    }
}

/// Which distributions the log-probabilities of an engine belong to.
fn meaning(dialect: &dyn Dialect, params: &SamplingParams, vocab: usize) -> Meaning {
    // At temperature 0, all report what they would at 1.
    let plain =
        [0.0, 1.0].contains(&params.temperature) && params.presence_penalty == 0.0 && params.frequency_penalty == 0.0;
    let whole = params.top_p >= 1.0 && (params.top_k == 0 || params.top_k >= vocab);
    // Before `min_new_tokens`, end tokens are cut off too.
    let free = params.min_new_tokens == 0;
    Meaning {
        of_policy: dialect.logprobs_are_raw() || plain && free,
        of_draw: plain && whole && free,
    }
}
