//! Putting the test prompts to a server.

use std::panic::resume_unwind;
use std::thread;

use serl_lm::{Extent, Rules, SamplingParams, Tokenizer};

use super::LENGTH;
use crate::dialect::{Asked, Reply};
use crate::error::Out;
use crate::fleet::{Fleet, Terms};

/// What servers are tested by.
pub(crate) struct Test {
    /// Token ids of the prompts.
    pub prompts: Vec<Vec<u32>>,
    /// Name of the adapter that is the policy.
    pub adapter: Option<String>,
}

/// The answers of server `number` to the prompts of a test.
pub(crate) fn answers(
    fleet: &Fleet,
    number: usize,
    test: &Test,
    tokenizer: &Tokenizer,
    extent: Extent,
) -> Result<Vec<Reply>, Out> {
    let params = SamplingParams {
        max_new_tokens: LENGTH,
        ..SamplingParams::default()
    };
    let rules = Rules::new(&params, tokenizer);
    let terms = Terms {
        params: &params,
        rules: &rules,
        extent,
    };
    let answer = &|(seed, prompt): (u64, &Vec<u32>)| {
        let asked = Asked {
            prompt,
            seed,
            limit: LENGTH,
            ends: rules.ends(),
            adapter: test.adapter.as_deref(),
        };
        fleet.ask_one(number, &asked, terms)
    };
    // As many together as a server is given, since it answers a few hardly slower than one.
    let numbered: Vec<(u64, &Vec<u32>)> = (1..).zip(&test.prompts).collect();
    let together = numbered.chunks(fleet.settings().in_flight).flat_map(|some| {
        thread::scope(|scope| {
            let asked: Vec<_> = some.iter().map(|each| scope.spawn(move || answer(*each))).collect();
            let answered = asked.into_iter().map(|answer| answer.join());
            answered
                .map(|answer| answer.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect::<Vec<_>>()
        })
    });
    together.collect()
}
