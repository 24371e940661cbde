//! `[sampler]`: what draws responses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serl_lm::Batching;

use super::checker::{Checker, Range};

/// What draws the responses of generate, respond and solve. What it is, in which version and precision, enters their
/// keys ([`Sampler::identity`](serl_lm::Sampler::identity)); addresses, commands and limits do not.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SamplerConfig {
    /// This process, or servers of an engine.
    pub kind: SamplerKind,
    /// Rows that this process decodes together at most. Semantic on a GPU, which rounds batches of other sizes
    /// differently.
    pub rows: u32,
    /// GiB of keys and values that this process has at once while it samples, without what a GPU pads them with. 0: as
    /// many keys and values as would be in f32 in the memory of the weights, in 2 GiB if that is more, or in 16 MiB for
    /// a small model on a CPU. Semantic on a GPU.
    pub cache_gib: f64,
    /// Addresses of the servers, `http://HOST:PORT`: each request goes to the one with the least to do.
    pub urls: Vec<String>,
    /// What the servers are, as far as it can change a response: engine's version, precision, quantisation. Semantic.
    /// Empty: they are asked before the run is planned.
    pub version: String,
    /// Command that starts a server with a policy, and its arguments. `{model}` stands for the policy's folder,
    /// `{host}` and `{port}` for the parts of an address. It is run for each address and each policy. Empty: servers
    /// are running and are told to load each policy.
    pub start: Vec<String>,
    /// What running servers are given of each policy.
    pub weights: ServedWeights,
    /// Seconds until a started server must answer.
    pub start_timeout: u32,
    /// Requests that a server has at once.
    pub in_flight: u32,
    /// Seconds until a reply must be complete.
    pub timeout: u32,
    /// How often a request is tried again.
    pub retries: u32,
    /// By how many nats the log-probabilities of a server may differ from those of the policy in this process, in the
    /// mean over the tokens of a few test prompts. A server that differs more is not used.
    pub tolerance: f64,
}

/// What draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SamplerKind {
    /// The policy in this process.
    Local,
    /// vLLM's server.
    Vllm,
    /// SGLang's server.
    Sglang,
    /// `llama-server` of llama.cpp.
    LlamaCpp,
}

/// What servers are given of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServedWeights {
    /// All of its weights.
    Whole,
    /// The adapters that were trained since the policy that the run starts from, as one; the servers hold that policy.
    Adapters,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self {
            kind: SamplerKind::Local,
            rows: Batching::DEFAULT.rows as u32,
            cache_gib: 0.0,
            urls: Vec::new(),
            version: String::new(),
            start: Vec::new(),
            weights: ServedWeights::Whole,
            start_timeout: 600,
            in_flight: 64,
            timeout: 600,
            retries: 6,
            tolerance: 0.02,
        }
    }
}

impl SamplerConfig {
    /// The largest [`SamplerConfig::rows`].
    pub const MOST_ROWS: u32 = 65_536;

    /// The largest [`SamplerConfig::cache_gib`].
    pub const MOST_CACHE_GIB: f64 = 65_536.0;

    /// The bounds of what this process samples at once.
    pub fn batching(&self) -> Batching {
        let bytes = (self.cache_gib * f64::from(1 << 30)) as u64;
        Batching {
            rows: self.rows as usize,
            cache: (self.cache_gib > 0.0).then_some(bytes),
        }
    }

    pub(super) fn check(&self, c: &mut Checker) {
        let rows = Range::from_to(1.0, Self::MOST_ROWS.into());
        c.within("sampler.rows", self.rows, rows, "within 1..=65536");
        let memory = Range::from_to(0.0, Self::MOST_CACHE_GIB);
        c.within("sampler.cache_gib", self.cache_gib, memory, "within 0..=65536 GiB");
        let seconds = Range::from_to(1.0, 86_400.0);
        let must = "within 1..=86400 seconds";
        c.within("sampler.start_timeout", self.start_timeout, seconds, must);
        c.within("sampler.timeout", self.timeout, seconds, must);
        let at_once = Range::from_to(1.0, 1024.0);
        c.within("sampler.in_flight", self.in_flight, at_once, "within 1..=1024");
        c.within("sampler.retries", self.retries, Range::at_most(100.0), "at most 100");
        c.within("sampler.tolerance", self.tolerance, Range::POSITIVE, "above 0");
        if self.kind == SamplerKind::Local {
            let none = self.urls.is_empty();
            c.require(
                none,
                "sampler.urls",
                "given",
                "empty, unless `sampler.kind` names an engine",
            );
            return;
        }
        c.require(
            !self.urls.is_empty(),
            "sampler.urls",
            "empty",
            "a list of addresses, `http://HOST:PORT`",
        );
        let mut sorted = self.urls.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let twice = sorted.len() < self.urls.len();
        c.require(
            !twice,
            "sampler.urls",
            format!("{:?}", self.urls),
            "a list with each address once",
        );
        self.check_start(c);
    }

    fn check_start(&self, c: &mut Checker) {
        let adapters = self.weights == ServedWeights::Adapters;
        c.require(
            !adapters || self.kind != SamplerKind::LlamaCpp && self.start.is_empty(),
            "sampler.weights",
            "adapters",
            "`whole` for llama.cpp, and with `sampler.start`: only running servers of vLLM and SGLang take adapters",
        );
        if self.start.is_empty() {
            c.require(
                self.kind != SamplerKind::LlamaCpp,
                "sampler.start",
                "empty",
                "a command that starts `llama-server` with the model {model}: it cannot take others while it runs",
            );
            return;
        }
        c.require(
            self.start.iter().any(|argument| argument.contains("{model}")),
            "sampler.start",
            format!("{:?}", self.start),
            "a command with the argument `{model}`, which stands for the policy's folder",
        );
        c.require(
            !self.version.is_empty(),
            "sampler.version",
            "empty",
            "what `sampler.start` starts, such as \"b6000, f16\": a server that does not run yet cannot be asked",
        );
    }
}
