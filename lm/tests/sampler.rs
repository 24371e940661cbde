//! A sampler from outside the crate: this file has everything that it takes to add one.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use serde_json::{Value, json};
use serl_lm::{Device, Finish, LmError, Policy, Request, Response, SampleProgress, Sampler, SamplingParams, Tokenizer};

/// Replays texts that were written before, by the prompt that they answer.
struct Replay {
    tokenizer: Tokenizer,
    texts: HashMap<Vec<u32>, Vec<String>>,
}

/// A prompt, or a seed, that nothing was written for.
#[derive(Debug, thiserror::Error)]
#[error("no text {seed} for the prompt {prompt:?}")]
struct Unwritten {
    prompt: Vec<u32>,
    seed: u64,
}

impl Replay {
    fn new(texts: &[(&str, &[&str])]) -> Self {
        let tokenizer = Tokenizer::load(&quickstart()).unwrap();
        let owned = |texts: &&[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let texts = texts
            .iter()
            .map(|(prompt, texts)| (tokenizer.encode(prompt).unwrap(), owned(texts)))
            .collect();
        Self { tokenizer, texts }
    }

    fn response(&self, prompt: &[u32], seed: u64, params: &SamplingParams) -> Result<Response, LmError> {
        let text = self.texts.get(prompt).and_then(|texts| texts.get(seed as usize));
        let missing = || Unwritten {
            prompt: prompt.to_vec(),
            seed,
        };
        let text = text.ok_or_else(|| LmError::sampler(missing(), false))?;
        let mut tokens = self.tokenizer.encode(text)?;
        let whole = tokens.len() <= params.max_new_tokens;
        tokens.truncate(params.max_new_tokens);
        Ok(Response {
            logprobs: vec![0.0; tokens.len()],
            policy_logprobs: None,
            finish: if whole { Finish::Stop } else { Finish::Length },
            tokens,
        })
    }
}

impl Sampler for Replay {
    fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    fn context_length(&self) -> usize {
        1024
    }

    fn identity(&self) -> Value {
        json!({ "kind": "replay", "prompts": self.texts.len() })
    }

    fn sample(
        &self,
        requests: &[Request],
        params: &SamplingParams,
        on_step: &mut dyn FnMut(SampleProgress),
    ) -> Result<Vec<Vec<Response>>, LmError> {
        let mut progress = SampleProgress {
            rows_done: 0,
            rows: requests.iter().map(|request| request.seeds.len()).sum(),
            tokens: 0,
        };
        let mut all = Vec::new();
        for Request { prompt, seeds, .. } in requests {
            let responses: Result<Vec<Response>, LmError> =
                seeds.iter().map(|seed| self.response(prompt, *seed, params)).collect();
            let responses = responses?;
            progress.rows_done += responses.len();
            progress.tokens += responses.iter().map(|response| response.tokens.len()).sum::<usize>();
            on_step(progress);
            all.push(responses);
        }
        Ok(all)
    }
}

fn quickstart() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/quickstart")
}

/// The responses of any sampler to a prompt, as texts, and the last progress that it reported.
fn answers(sampler: &dyn Sampler, prompt: &str, seeds: &[u64]) -> Result<(Vec<String>, SampleProgress), LmError> {
    let request = Request {
        prompt: sampler.tokenizer().encode(prompt)?,
        seeds: seeds.to_vec(),
        ..Request::default()
    };
    let params = SamplingParams {
        max_new_tokens: 32,
        ..SamplingParams::default()
    };
    let mut last = None;
    let responses = sampler.sample(&[request], &params, &mut |progress| last = Some(progress))?;
    let tokenizer = sampler.tokenizer();
    let texts = responses[0].iter().map(|response| tokenizer.decode(&response.tokens));
    Ok((texts.collect(), last.unwrap()))
}

#[test]
fn whoever_samples_sees_the_trait_alone() {
    let prompt = "Sam has 3 cups.";
    let replay = Replay::new(&[(prompt, &["There are 3 cups.", "There are 5 cups."])]);
    let policy = Policy::load(&quickstart(), &Device::flex()).unwrap();
    let (replayed, progress) = answers(&replay, prompt, &[1, 0]).unwrap();
    assert_eq!(replayed, ["There are 5 cups.", "There are 3 cups."]);
    assert_eq!((progress.rows_done, progress.rows), (2, 2));
    let (drawn, progress) = answers(&policy, prompt, &[1, 0]).unwrap();
    assert_eq!((drawn.len(), progress.rows_done, progress.rows), (2, 2, 2));
}

#[test]
fn samplers_say_what_they_are() {
    let samplers: [Box<dyn Sampler>; 3] = [
        Box::new(Replay::new(&[])),
        Box::new(Policy::load(&quickstart(), &Device::flex()).unwrap()),
        Box::new(Policy::load(&quickstart(), &Device::plain()).unwrap()),
    ];
    let identities = samplers.each_ref().map(|sampler| sampler.identity());
    let expected = [
        json!({"kind": "replay", "prompts": 0}),
        json!({"kind": "local", "device": "flex", "dtype": "f32"}),
        json!({"kind": "local", "device": "plain", "dtype": "f32"}),
    ];
    assert_eq!(identities, expected);
}

#[test]
fn its_errors_come_through_with_their_cause() {
    let error = answers(&Replay::new(&[]), "Sam", &[4]).unwrap_err();
    assert!(!error.is_user_error());
    let cause = error.source().and_then(|cause| cause.downcast_ref::<Unwritten>());
    assert_eq!(cause.map(|cause| cause.seed), Some(4));
    assert!(error.to_string().starts_with("cannot sample: no text 4"), "{error}");
    assert!(LmError::sampler("the key of the server is wrong", true).is_user_error());
}
