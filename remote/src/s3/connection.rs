//! Requests: signed, sent, and sent again where that may help.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use ureq::http::{self, Response};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use super::answer::header;
use super::clock;
use super::settings::Settings;
use super::sign::{Signed, encoded, query, sha256};

/// How often a request is sent before it has failed.
const ATTEMPTS: u32 = 4;
/// The pause before the second time; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a server may take to be reached.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to answer: putting many parts together takes a while.
const MORE_PATIENCE: Duration = Duration::from_secs(120);
/// A signature is refused if the clocks differ by more than 15 minutes.
const SKEW: i64 = 300;

/// A request, not yet signed.
#[derive(Debug)]
pub(super) struct Request<'r> {
    method: &'static str,
    key: String,
    parameters: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    content: &'r [u8],
}

impl<'r> Request<'r> {
    /// A request of a key, or of the bucket if that is empty.
    pub(super) fn of(method: &'static str, key: String) -> Self {
        Self {
            method,
            key,
            parameters: Vec::new(),
            headers: Vec::new(),
            content: b"",
        }
    }

    pub(super) fn asking(mut self, name: &'static str, value: &str) -> Self {
        self.parameters.push((name, value.to_owned()));
        self
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn content(self, content: &'r [u8]) -> Self {
        Self { content, ..self }
    }
}

/// A server.
#[derive(Debug)]
pub(super) struct Connection {
    agent: Agent,
    settings: Settings,
    /// Seconds by which the clock of the server is ahead of this machine's, if that matters.
    ahead: AtomicI64,
}

impl Connection {
    pub(super) fn new(settings: Settings) -> Result<Self, String> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = &settings.certificates {
            tls = tls.root_certs(certificates(path)?);
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(MORE_PATIENCE))
            .user_agent(concat!("serl/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        Ok(Self {
            agent: Agent::new_with_config(config),
            settings,
            ahead: AtomicI64::new(0),
        })
    }

    /// Sends a request until it is answered. What answers say is the caller's business, unless it is that the server
    /// cannot answer now.
    pub(super) fn send(&self, request: &Request<'_>) -> io::Result<Response<Body>> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let answer = self.once(request);
            let is_last = attempt == ATTEMPTS;
            match answer {
                Ok(response) if is_last || !self.is_worth_repeating(&response) => return Ok(response),
                Err(error) if is_last => return Err(error),
                _ => {}
            }
            std::thread::sleep(pause);
            pause *= 2;
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Whether the answer may be another one next time. Of two conditional writes at once, S3 refuses one by 409.
    fn is_worth_repeating(&self, response: &Response<Body>) -> bool {
        match response.status().as_u16() {
            408 | 409 | 429 | 500..600 => true,
            403 => self.learns_the_time(response),
            _ => false,
        }
    }

    /// Takes the time of the server for the next signature, if the clocks differ; returns whether they do.
    fn learns_the_time(&self, response: &Response<Body>) -> bool {
        let Some(theirs) = header(response, "date").and_then(clock::parse) else {
            return false;
        };
        let here = SystemTime::now();
        let ahead = match theirs.duration_since(here) {
            Ok(ahead) => ahead.as_secs() as i64,
            Err(behind) => -(behind.duration().as_secs() as i64),
        };
        let before = self.ahead.swap(ahead, Ordering::Relaxed);
        (ahead - before).abs() > SKEW
    }

    fn now(&self) -> SystemTime {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let seconds = Duration::from_secs(ahead.unsigned_abs());
        let here = SystemTime::now();
        if ahead < 0 { here - seconds } else { here + seconds }
    }

    fn once(&self, request: &Request<'_>) -> io::Result<Response<Body>> {
        let Settings {
            server,
            path,
            signer,
            token,
            ..
        } = &self.settings;
        let path = format!("{path}{}", encoded(&request.key, true));
        let query = query(&request.parameters);
        let (stamp, content) = (clock::stamp(self.now()), sha256(request.content));
        let host = server.split_once("://").map_or(server.as_str(), |(_, host)| host);
        let mut headers: Vec<(String, String)> = vec![
            ("host".to_owned(), host.to_owned()),
            ("x-amz-content-sha256".to_owned(), content.clone()),
            ("x-amz-date".to_owned(), stamp.clone()),
        ];
        headers.extend(
            token
                .iter()
                .map(|token| ("x-amz-security-token".to_owned(), token.clone())),
        );
        headers.extend(
            request
                .headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        headers.sort_unstable();
        let authorization = signer.authorization(&Signed {
            method: request.method,
            path: &path,
            query: &query,
            headers: &headers,
            content: &content,
            stamp: &stamp,
        });
        let mark = if query.is_empty() { "" } else { "?" };
        let mut built = http::Request::builder()
            .method(request.method)
            .uri(format!("{server}{path}{mark}{query}"))
            .header("authorization", authorization);
        // The host is in the address.
        for (name, value) in headers.iter().filter(|(name, _)| name != "host") {
            built = built.header(name, value);
        }
        let answer = match request.method {
            "PUT" | "POST" => self.agent.run(built.body(request.content).map_err(io::Error::other)?),
            _ => self.agent.run(built.body(()).map_err(io::Error::other)?),
        };
        answer.map_err(|error| match error {
            ureq::Error::Io(error) => error,
            error => io::Error::other(error),
        })
    }
}

fn certificates(path: &str) -> Result<RootCerts, String> {
    let text = std::fs::read(path).map_err(|error| format!("`AWS_CA_BUNDLE` is {path}: {error}"))?;
    let certificates = parse_pem(&text).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let found: Vec<Certificate<'static>> = certificates.collect();
    if found.is_empty() {
        return Err(format!("`AWS_CA_BUNDLE` is {path}, which has no certificate"));
    }
    Ok(RootCerts::from(found))
}
