//! What a dialect is: a translation, without connections and state. A request becomes JSON, JSON becomes a reply.

use std::path::Path;

use serde_json::Value;
use serl_lm::SamplingParams;

use crate::error::ServingError;
use crate::http::HttpError;

/// One response that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Token ids of the prompt.
    pub prompt: &'a [u32],
    /// Seed of the response.
    pub seed: u64,
    /// Its most tokens.
    pub limit: usize,
    /// Tokens that end it.
    pub ends: &'a [u32],
    /// Name of the adapter that is the policy; none if the server's own weights are.
    pub adapter: Option<&'a str>,
}

/// A response as the server has it: nothing in it has been checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reply {
    /// Token ids.
    pub tokens: Vec<u32>,
    /// A log-probability for each.
    pub logprobs: Vec<f64>,
    /// Why it ended, in the engine's word.
    pub reason: String,
}

/// What a server is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Description {
    /// What can change a response, apart from the weights.
    pub identity: Value,
    /// The most tokens of a sequence, if it says so.
    pub context: Option<usize>,
}

/// Asks a server for what is at a path.
pub(crate) type Ask<'a> = dyn FnMut(&str) -> Result<Value, HttpError> + 'a;

/// How an engine is spoken to.
pub(crate) trait Dialect: Sync {
    /// The engine's name in messages.
    fn engine(&self) -> &'static str;

    /// A path that is there as soon as the server can draw.
    fn health(&self) -> &'static str {
        "/health"
    }

    /// What the server is, by what it says about itself; `Err` names what it lacks.
    fn describe(&self, ask: &mut Ask<'_>) -> Result<Description, Lacking>;

    /// Refuses parameters that the engine has no words for.
    fn check(&self, params: &SamplingParams) -> Result<(), ServingError>;

    /// Path and body of a request. Every parameter is in it, since servers have defaults of their own.
    fn request(&self, asked: Asked<'_>, params: &SamplingParams) -> (&'static str, Value);

    /// The response in what the server answered; `Err` says what is wrong with it.
    fn reply(&self, body: &Value) -> Result<Reply, String>;

    /// Whether a request with these parameters is answered piece by piece, so that this program can end it. Each piece
    /// is read by [`Dialect::piece`].
    fn streams(&self, _params: &SamplingParams) -> bool {
        false
    }

    /// What a piece of an answer adds to the response, which has `had` tokens so far; none if it was the last piece.
    fn piece(&self, body: &Value, _had: usize) -> Result<Option<Reply>, String> {
        self.reply(body).map(Some)
    }

    /// Whether the log-probabilities are those of the policy itself, whatever the parameters.
    fn logprobs_are_raw(&self) -> bool {
        true
    }

    /// Paths and bodies of the requests by which a server takes the weights in `folder`; none if it cannot.
    fn load(&self, folder: &Path) -> Vec<(&'static str, Value)>;

    /// Path and body of the request by which a server takes the adapter in `folder` under `name`; none if it cannot.
    fn load_adapter(&self, _name: &str, _folder: &Path) -> Option<(&'static str, Value)> {
        None
    }

    /// Path and body of the request by which a server forgets the adapter `name`.
    fn unload_adapter(&self, _name: &str) -> Option<(&'static str, Value)> {
        None
    }

    /// What is wrong with the answer to a request of [`Dialect::load`] whose status is that of success.
    fn loaded(&self, _body: &Value) -> Result<(), String> {
        Ok(())
    }

    /// What to do where a request of [`Dialect::load`] or [`Dialect::load_adapter`] does not exist.
    fn how_to_load(&self) -> &'static str {
        ""
    }
}

/// What a server does not say.
#[derive(Debug)]
pub(crate) enum Lacking {
    /// A request failed.
    Http(HttpError),
    /// An answer has not the expected shape.
    Shape(String),
}

impl From<HttpError> for Lacking {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

/// The text at `place` of `body`, as a part of what a server is.
pub(super) fn told(body: &Value, path: &str, place: &str) -> Result<String, Lacking> {
    let text = body.pointer(place).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| Lacking::Shape(format!("{path} has no `{}`", place.trim_start_matches('/'))))
}

/// What is at `path`; `null` if there is no such path.
pub(super) fn optional(ask: &mut Ask<'_>, path: &str) -> Result<Value, Lacking> {
    match ask(path) {
        Ok(body) => Ok(body),
        Err(HttpError::Status { .. } | HttpError::Garbled(_)) => Ok(Value::Null),
        Err(error) => Err(error.into()),
    }
}

/// The token ids in `list`.
pub(super) fn ids(list: Option<&Value>, name: &str) -> Result<Vec<u32>, String> {
    let list = list
        .and_then(Value::as_array)
        .ok_or_else(|| format!("it has no `{name}`"))?;
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let ids: Option<Vec<u32>> = list.iter().map(id).collect();
    ids.ok_or_else(|| format!("`{name}` has something that is no token id"))
}

/// A log-probability; NaN where there is none, which is refused later.
pub(super) fn logprob(value: Option<&Value>) -> f64 {
    value.and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// The whole of `name` as a text, or nothing.
pub(super) fn word(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}
