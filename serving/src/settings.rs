//! What a user says about servers.

use std::time::Duration;

use crate::dialect::Engine;

/// Servers that draw, and how they are asked. None of it changes a response, apart from `engine` and `version`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What runs there.
    pub engine: Engine,
    /// Addresses, `http://HOST:PORT`, at least one.
    pub urls: Vec<String>,
    /// What there is to know about the servers, as far as it can change a response. If it is empty, they are asked.
    pub version: String,
    /// Command that starts a server of a policy, and its arguments; empty if servers are running already. In each,
    /// `{model}` stands for the policy's folder, `{host}` and `{port}` for the parts of the address.
    pub start: Vec<String>,
    /// The longest time until a started server must answer.
    pub start_timeout: Duration,
    /// Requests that a server has at once.
    pub in_flight: usize,
    /// The longest time until a reply must be complete.
    pub timeout: Duration,
    /// How often a request is tried again.
    pub retries: u32,
    /// The first pause before a request is tried again; each further one is twice as long, up to [`LONGEST_PAUSE`].
    pub pause: Duration,
    /// By how many nats the log-probabilities of a server may differ from those of the policy, in the mean over tokens.
    pub tolerance: f64,
    /// Sent to the servers as a bearer token.
    pub key: Option<String>,
}

/// The longest pause before a request is tried again.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(15);

impl Settings {
    /// The pause before attempt `attempt`, counted from 1 for the first repetition.
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        let factor = 1 << attempt.saturating_sub(1).min(16);
        (self.pause * factor).min(LONGEST_PAUSE)
    }
}
