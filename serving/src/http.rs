//! Requests and replies in JSON. Knows no engine.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, Error};

/// Bytes of a reply at most: a response of 100,000 tokens with their log-probabilities has about ten million.
const LONGEST_REPLY: u64 = 256 << 20;

/// Characters of a server's message that are passed on.
const LONGEST_MESSAGE: usize = 400;

/// Why a request has no reply that can be read.
#[derive(Debug)]
pub(crate) enum HttpError {
    /// The server cannot be reached, or the connection broke.
    Unreachable(String),
    /// It took too long.
    TimedOut(Duration),
    /// It answered with a status that means failure.
    Status {
        /// The status.
        status: u16,
        /// What the server says.
        message: String,
    },
    /// The reply is no JSON.
    Garbled(String),
}

impl HttpError {
    /// Whether the same request may succeed later: the server is down, overloaded or was interrupted.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) | Self::Garbled(_) => true,
            Self::Status { status, .. } => *status >= 500 || matches!(status, 408 | 425 | 429),
        }
    }
}

impl std::fmt::Display for HttpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(reason) => write!(f, "it cannot be reached: {reason}"),
            Self::TimedOut(limit) => write!(f, "no answer within {} s", limit.as_secs_f32()),
            Self::Status { status, message } => write!(f, "status {status}: {message}"),
            Self::Garbled(reason) => write!(f, "its reply is no JSON: {reason}"),
        }
    }
}

/// A client of HTTP servers that speak JSON.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    agent: Agent,
    timeout: Duration,
    bearer: Option<String>,
}

impl Http {
    /// A client that waits `timeout` for each reply, keeps `connections` open to a server, and sends `key`, if there is
    /// one, as a bearer token.
    pub(crate) fn new(timeout: Duration, connections: usize, key: Option<&str>) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_idle_connections(connections * 4)
            .max_idle_connections_per_host(connections)
            // Servers of one's own cluster are not behind the proxy of the environment.
            .proxy(None)
            .build();
        Self {
            agent: config.into(),
            timeout,
            bearer: key.map(|key| format!("Bearer {key}")),
        }
    }

    /// The same client with another limit of time.
    pub(crate) fn within(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// What `url` has; `null` if that is empty.
    pub(crate) fn get(&self, url: &str) -> Result<Value, HttpError> {
        let mut request = self.agent.get(url).config().timeout_global(Some(self.timeout)).build();
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", bearer);
        }
        self.read(request.call())
    }

    /// What `url` answers to `body`; `null` if that is empty.
    pub(crate) fn post(&self, url: &str, body: &Value) -> Result<Value, HttpError> {
        self.read(self.send(url, body))
    }

    /// What `url` answers to `body`, piece by piece as server-sent events, until `take` has enough and says so by
    /// returning true. The connection is closed then, which ends the work of the server.
    pub(crate) fn post_events(
        &self,
        url: &str,
        body: &Value,
        take: &mut dyn FnMut(&Value) -> bool,
    ) -> Result<(), HttpError> {
        let response = self.send(url, body).map_err(|error| self.fault(&error))?;
        if !response.status().is_success() {
            return self.read(Ok(response)).map(|_| ());
        }
        let reader = response.into_body().into_with_config().limit(LONGEST_REPLY).reader();
        for line in BufReader::new(reader).lines() {
            let line = line.map_err(|error| self.broken(&error))?;
            let Some(event) = line.strip_prefix("data:") else {
                continue;
            };
            let event = serde_json::from_str(event.trim()).map_err(|error| HttpError::Garbled(error.to_string()))?;
            if take(&event) {
                return Ok(());
            }
        }
        Err(HttpError::Unreachable("the events end too early".to_owned()))
    }

    fn send(&self, url: &str, body: &Value) -> Result<ureq::http::Response<ureq::Body>, Error> {
        let request = self.agent.post(url).config().timeout_global(Some(self.timeout)).build();
        let mut request = request.header("content-type", "application/json");
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", bearer);
        }
        request.send(body.to_string())
    }

    fn read(&self, response: Result<ureq::http::Response<ureq::Body>, Error>) -> Result<Value, HttpError> {
        let mut response = response.map_err(|error| self.fault(&error))?;
        let status = response.status();
        let body = response.body_mut().with_config().limit(LONGEST_REPLY).read_to_vec();
        let body = body.map_err(|error| self.fault(&error))?;
        if !status.is_success() {
            return Err(HttpError::Status {
                status: status.as_u16(),
                message: message(&body),
            });
        }
        // Some endpoints answer with nothing, or with a line of text, when all is well.
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|error| HttpError::Garbled(error.to_string()))
    }

    /// A failure in the middle of a body.
    fn broken(&self, error: &std::io::Error) -> HttpError {
        match error.kind() {
            std::io::ErrorKind::TimedOut => HttpError::TimedOut(self.timeout),
            _ => HttpError::Unreachable(error.to_string()),
        }
    }

    fn fault(&self, error: &Error) -> HttpError {
        match error {
            Error::Timeout(_) => HttpError::TimedOut(self.timeout),
            other => HttpError::Unreachable(other.to_string()),
        }
    }
}

/// What a server says is wrong, in one short line: engines put it into several shapes of JSON.
fn message(body: &[u8]) -> String {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let places = ["/error/message", "/message", "/detail", "/error"];
    let told = places.iter().find_map(|place| match json.pointer(place)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    });
    let text = told.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    let words: Vec<&str> = text.split_whitespace().collect();
    // It is shown on terminals, which obey control characters.
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None if line.is_empty() => "no message".to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_in_the_shapes_of_engines() {
        assert_eq!(
            message(br#"{"error": {"code": 400, "message": "too\n long"}}"#),
            "too long"
        );
        assert_eq!(
            message(br#"{"object": "error", "message": "no such model"}"#),
            "no such model"
        );
        assert_eq!(
            message(br#"{"detail": [{"msg": "missing"}]}"#),
            r#"[{"msg":"missing"}]"#
        );
        assert_eq!(message(b"Internal Server Error"), "Internal Server Error");
        assert_eq!(message(b"\x1b[2J\x07gone"), "[2Jgone");
        assert_eq!(message(b""), "no message");
        assert_eq!(message("ä".repeat(500).as_bytes()).chars().count(), LONGEST_MESSAGE + 2);
    }

    #[test]
    fn failures_that_may_pass_are_those_of_servers_not_of_requests() {
        let status = |status| HttpError::Status {
            status,
            message: String::new(),
        };
        let pass = [500, 502, 503, 408, 429].map(|code| status(code).may_pass());
        assert_eq!(pass, [true; 5]);
        let stay = [400, 401, 403, 404, 422].map(|code| status(code).may_pass());
        assert_eq!(stay, [false; 5]);
    }
}
