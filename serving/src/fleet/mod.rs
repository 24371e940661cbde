//! Several servers as one: each request goes to the one with the least to do, and again to another one if it fails.

mod endpoint;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use serl_lm::{Extent, Rules, SamplingParams};

use crate::dialect::{Asked, Dialect, Reply};
use crate::error::{Out, Reasons, ServingError};
use crate::http::{Http, HttpError};
use crate::reply::checked;
use crate::settings::Settings;
use endpoint::{Endpoint, Place};

/// Told what the user should know, one sentence each.
pub type Notes = Arc<dyn Fn(&str) + Send + Sync>;

/// The longest wait for a server that is asked whether it is there.
const HEALTH: Duration = Duration::from_secs(5);

/// Servers of the same engine, version and weights.
pub(crate) struct Fleet {
    settings: Settings,
    http: Http,
    endpoints: Vec<Endpoint>,
    notes: Notes,
}

/// A reply, and the number of the server that gave it.
pub(crate) type Answered = (Reply, usize);

/// How the responses of a call are drawn, and what they must be.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// How tokens are chosen.
    pub params: &'a SamplingParams,
    /// Where responses end.
    pub rules: &'a Rules<'a>,
    /// Which tokens there are.
    pub extent: Extent,
}

impl Fleet {
    /// The servers of `settings`.
    pub fn new(settings: Settings, notes: Notes) -> Self {
        let http = Http::new(settings.timeout, settings.in_flight, settings.key.as_deref());
        let endpoints = settings.urls.iter().map(|url| Endpoint::new(url)).collect();
        Self {
            settings,
            http,
            endpoints,
            notes,
        }
    }

    /// What the user has said.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How the servers are spoken to.
    pub fn dialect(&self) -> &'static dyn Dialect {
        self.settings.engine.dialect()
    }

    /// The client.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Number of servers, those left out included.
    pub fn len(&self) -> usize {
        self.endpoints.len()
    }

    /// The address of server `number`.
    pub fn url(&self, number: usize) -> &str {
        &self.endpoints[number].url
    }

    /// The servers that are asked.
    pub fn in_use(&self) -> Vec<usize> {
        let numbers = 0..self.endpoints.len();
        numbers
            .filter(|&number| self.endpoints[number].out().is_none())
            .collect()
    }

    /// Gives servers that were left out another chance.
    pub fn forgive(&self) {
        self.endpoints.iter().for_each(Endpoint::forgive);
    }

    /// Leaves server `number` out and says so.
    pub fn leave_out(&self, number: usize, out: Out) {
        let endpoint = &self.endpoints[number];
        let note = format!("{} is left out until the next policy: {}", endpoint.url, out.reason);
        if endpoint.leave_out(out) && self.endpoints.len() > 1 {
            (self.notes)(&note);
        }
    }

    /// That no server is left, with the reasons.
    pub fn all_out(&self) -> ServingError {
        let out = |endpoint: &Endpoint| Some((endpoint.url.clone(), endpoint.out()?));
        ServingError::AllOut(Reasons(self.endpoints.iter().filter_map(out).collect()))
    }

    /// Whether server `number` answers.
    pub fn is_up(&self, number: usize) -> bool {
        let url = format!("{}{}", self.url(number), self.dialect().health());
        // Some engines answer with a line of text.
        !matches!(
            self.http.within(HEALTH).get(&url),
            Err(HttpError::Unreachable(_) | HttpError::TimedOut(_) | HttpError::Status { .. })
        )
    }

    /// Has all of `asked` answered, by any server; in the order given. `on_reply` is called with each reply at once.
    ///
    /// # Errors
    /// A request that is refused or fails too often, or no server that is left.
    pub fn ask_all(
        &self,
        asked: &[Asked<'_>],
        terms: Terms<'_>,
        on_reply: &mut dyn FnMut(&Reply),
    ) -> Result<Vec<Answered>, ServingError> {
        let workers = (self.settings.in_flight * self.in_use().len()).min(asked.len());
        if workers == 0 && !asked.is_empty() {
            return Err(self.all_out());
        }
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let mut answers: Vec<Option<Answered>> = vec![None; asked.len()];
        thread::scope(|scope| {
            for _ in 0..workers {
                let sender = sender.clone();
                scope.spawn(|| {
                    let sender = sender;
                    while let Some(number) = take(&next, asked.len(), &stop) {
                        let answer = self.ask(&asked[number], terms, &stop);
                        if sender.send((number, answer)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut failed = None;
            for (number, answer) in receiver {
                match answer {
                    Ok(answer) => {
                        on_reply(&answer.0);
                        answers[number] = Some(answer);
                    }
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        failed.get_or_insert(error);
                    }
                }
            }
            failed.map_or(Ok(()), Err)
        })?;
        let answers: Option<Vec<Answered>> = answers.into_iter().collect();
        answers.ok_or_else(|| self.all_out())
    }

    /// Has one request answered by server `number` and no other.
    ///
    /// # Errors
    /// Why it is not.
    pub fn ask_one(&self, number: usize, asked: &Asked<'_>, terms: Terms<'_>) -> Result<Reply, Out> {
        let mut attempts = 0;
        loop {
            let (reason, passing) = match self.once(&self.endpoints[number], asked, terms) {
                Ok(reply) => return Ok(reply),
                Err(Fault::Passing(reason)) => (reason, true),
                Err(Fault::Wrong(reason)) => (reason, false),
                Err(Fault::Refused { status, message }) => (format!("status {status}: {message}"), false),
            };
            attempts += 1;
            if !passing || attempts > self.settings.retries {
                return Err(Out { reason, passing });
            }
            thread::sleep(self.settings.pause(attempts));
        }
    }

    fn ask(&self, asked: &Asked<'_>, terms: Terms<'_>, stop: &AtomicBool) -> Result<Answered, ServingError> {
        let mut attempts = 0;
        loop {
            // Another request has failed for good; whatever this one would bring is not used.
            if stop.load(Ordering::Relaxed) {
                return Err(self.all_out());
            }
            let Some((number, place)) = self.free(stop)? else {
                continue;
            };
            let endpoint = &self.endpoints[number];
            let sent = Instant::now();
            let reply = self.once(endpoint, asked, terms);
            drop(place);
            match reply {
                Ok(reply) => {
                    endpoint.answered();
                    return Ok((reply, number));
                }
                Err(Fault::Refused { status, message }) => {
                    let url = endpoint.url.clone();
                    return Err(ServingError::Refused { url, status, message });
                }
                Err(Fault::Wrong(reason)) => self.leave_out(number, Out { reason, passing: false }),
                Err(Fault::Passing(reason)) => {
                    attempts += 1;
                    self.strike(number, sent, &reason);
                    if endpoint.out().is_none() && attempts > self.settings.retries {
                        let url = endpoint.url.clone();
                        return Err(ServingError::Failing { attempts, url, reason });
                    }
                    pause(self.settings.pause(attempts), stop);
                }
            }
        }
    }

    /// A place at the server with the least to do; none if all have enough to do and the caller has waited a moment.
    ///
    /// # Errors
    /// No server is left.
    fn free(&self, stop: &AtomicBool) -> Result<Option<(usize, Place<'_>)>, ServingError> {
        const MOMENT: Duration = Duration::from_millis(2);
        let number = self.least_loaded().ok_or_else(|| self.all_out())?;
        // Those of a server that was left out come to the others, which have no room for more at once.
        if let Some(place) = self.endpoints[number].place(self.settings.in_flight) {
            return Ok(Some((number, place)));
        }
        pause(MOMENT, stop);
        Ok(None)
    }

    /// The server with the least to do, of those that answered last if there are any.
    fn least_loaded(&self) -> Option<usize> {
        let burden = |&number: &usize| {
            let endpoint = &self.endpoints[number];
            (endpoint.strikes(), endpoint.load())
        };
        self.in_use().into_iter().min_by_key(burden)
    }

    /// Notes a failure, and leaves the server out if it is down and others are not, or has failed too often.
    fn strike(&self, number: usize, sent: Instant, reason: &str) {
        let strikes = self.endpoints[number].strike(sent);
        let others = self
            .in_use()
            .into_iter()
            .any(|other| other != number && self.endpoints[other].strikes() == 0);
        let dead = others && !self.is_up(number);
        if dead || strikes > self.settings.retries {
            let reason = reason.to_owned();
            self.leave_out(number, Out { reason, passing: true });
        }
    }

    fn once(&self, endpoint: &Endpoint, asked: &Asked<'_>, terms: Terms<'_>) -> Result<Reply, Fault> {
        let dialect = self.dialect();
        let (path, body) = dialect.request(*asked, terms.params);
        let url = format!("{}{path}", endpoint.url);
        let reply = if dialect.streams(terms.params) {
            self.stream(&url, &body, asked, terms)?
        } else {
            let reply = self.http.post(&url, &body).map_err(Fault::of)?;
            dialect.reply(&reply).map_err(Fault::wrong)?
        };
        checked(reply, asked, terms.rules, terms.extent).map_err(Fault::wrong)
    }

    /// A reply that comes piece by piece, up to where the response ends.
    fn stream(&self, url: &str, body: &Value, asked: &Asked<'_>, terms: Terms<'_>) -> Result<Reply, Fault> {
        let dialect = self.dialect();
        let mut whole = Reply::default();
        let mut wrong = None;
        let mut take = |event: &Value| {
            match dialect.piece(event, whole.tokens.len()) {
                Ok(None) => return true,
                Ok(Some(piece)) => {
                    whole.tokens.extend(piece.tokens);
                    whole.logprobs.extend(piece.logprobs);
                }
                Err(reason) => wrong = Some(reason),
            }
            wrong.is_some() || terms.rules.ending(&whole.tokens, asked.limit).is_some()
        };
        self.http.post_events(url, body, &mut take).map_err(Fault::of)?;
        wrong.map_or(Ok(whole), |reason| Err(Fault::wrong(reason)))
    }
}

/// Why a request has no reply that can be used.
enum Fault {
    /// It may have one if it is sent again.
    Passing(String),
    /// The server refuses it.
    Refused { status: u16, message: String },
    /// The reply is wrong: nothing that this server says can be relied on.
    Wrong(String),
}

impl Fault {
    fn of(error: HttpError) -> Self {
        if error.may_pass() {
            return Self::Passing(error.to_string());
        }
        match error {
            HttpError::Status { status, message } => Self::Refused { status, message },
            other => Self::Passing(other.to_string()),
        }
    }

    fn wrong(reason: String) -> Self {
        Self::Wrong(format!("a reply cannot be used: {reason}"))
    }
}

/// The next of `count` requests, unless all are taken or the work is to stop.
fn take(next: &AtomicUsize, count: usize, stop: &AtomicBool) -> Option<usize> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    (number < count && !stop.load(Ordering::Relaxed)).then_some(number)
}

/// Waits, but not any longer than until the work is to stop.
fn pause(length: Duration, stop: &AtomicBool) {
    const SLICE: Duration = Duration::from_millis(50);
    let end = Instant::now() + length;
    while !stop.load(Ordering::Relaxed) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        thread::sleep(left.min(SLICE));
    }
}
