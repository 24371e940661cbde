//! Responses drawn by servers: vLLM, SGLang and llama.cpp behind the trait [`Sampler`](serl_lm::Sampler).
//!
//! [`Servers`] get the weights of one policy after the other and are tested after each change: a few prompts must have
//! the log-probabilities that the policy in this process gives them. Each response is one request with its own seed,
//! and goes to the server with the least to do. Token ids go out, token ids and log-probabilities come back; a server's
//! tokenizer and chat template take no part. Replies are checked before anything is made of them: ids,
//! log-probabilities and where a response ends.
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//! use std::time::Duration;
//! use serl_lm::{Device, Folder, Policy, Request, Sampler, SamplingParams, logprobs};
//! use serl_serving::{Engine, Load, Servers, Settings};
//!
//! let settings = Settings {
//!     engine: Engine::Vllm,
//!     urls: vec!["http://127.0.0.1:8000".into()],
//!     version: String::new(),
//!     start: Vec::new(),
//!     start_timeout: Duration::from_secs(600),
//!     in_flight: 64,
//!     timeout: Duration::from_secs(600),
//!     retries: 6,
//!     pause: Duration::from_millis(250),
//!     tolerance: 0.02,
//!     key: None,
//! };
//! let path = Path::new("path/to/a/hugging-face-folder");
//! let mut servers = Servers::connect(settings, Path::new("logs"), Arc::new(|note| eprintln!("{note}")))?;
//! let sampler = servers.open(path, &Folder::new(path), &Load::Policy, &mut |groups| {
//!     let policy = Policy::load(path, &Device::flex())?;
//!     Ok(logprobs(&policy, groups, 2048)?.into_iter().map(|scores| scores.logprobs).collect())
//! })?;
//! let prompt = sampler.tokenizer().encode("What is 12 * 7?")?;
//! let request = Request { prompt, seeds: vec![1, 2, 3, 4], ..Request::default() };
//! let responses = sampler.sample(&[request], &SamplingParams::default(), &mut |_progress| {})?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canary;
mod dialect;
mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
mod fleet;
mod http;
mod process;
mod reply;
mod sampler;
mod servers;
mod settings;

pub use dialect::Engine;
pub use error::{Out, Reasons, ServingError};
pub use fleet::Notes;
pub use sampler::Served;
pub use servers::{Load, Scorer, Servers};
pub use settings::{LONGEST_PAUSE, Settings};

#[cfg(test)]
mod tests;
