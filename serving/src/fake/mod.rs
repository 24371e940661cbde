//! A server for tests: a policy of this program behind the HTTP of an engine, with faults on demand.
//!
//! It draws and scores for real, so what a client gets from it can be compared with what the policy gives in process.

mod engines;
mod wire;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::json;
use serl_lm::{Device, LmError, Policy, Request, Response, Sampler, SamplingParams};

use crate::dialect::Engine;
use engines::{Call, parse};

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer has this status.
    Status(u16),
    /// The answer comes after this time.
    Slow(Duration),
    /// The connection is closed before the answer.
    Closed,
    /// Half of the answer is sent.
    Truncated,
    /// The answer is no JSON.
    Garbled,
    /// A token id is outside the vocabulary.
    WrongId,
    /// A log-probability is NaN.
    NotANumber,
    /// A log-probability is missing.
    TooFew,
    /// The response breaks off.
    BreaksOff,
    /// The server goes down with this request and answers none after it.
    Dies,
}

/// What goes wrong with the request of this number, counted from 0, those that ask for a response alone.
pub type Plan = dyn Fn(usize) -> Option<Fault> + Send + Sync;

/// What a server does about weights that it is told to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loading {
    /// It loads them.
    Right,
    /// It says so and keeps the former ones.
    Keeps,
    /// It knows no such request.
    Unknown,
}

/// The server.
pub struct Fake {
    /// Its address.
    pub url: String,
    state: Arc<State>,
}

struct State {
    engine: Engine,
    policy: Mutex<Arc<Policy>>,
    plan: Box<Plan>,
    loading: Loading,
    drawn: AtomicUsize,
    /// Requests for a response that it has now, and that it had at most.
    busy: AtomicUsize,
    busiest: AtomicUsize,
    down: AtomicBool,
    loaded: Mutex<Vec<PathBuf>>,
    adapters: Mutex<BTreeMap<String, Arc<Policy>>>,
}

impl Fake {
    /// A server of `engine` with the policy in `folder`, on a free port.
    ///
    /// # Errors
    /// A folder that cannot be loaded, or no port.
    pub fn start(engine: Engine, folder: &Path, plan: Box<Plan>, loading: Loading) -> Result<Self, LmError> {
        let policy = Policy::load(folder, &Device::flex())?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| LmError::sampler(error, false))?;
        let address = listener.local_addr().map_err(|error| LmError::sampler(error, false))?;
        let state = Arc::new(State {
            engine,
            policy: Mutex::new(Arc::new(policy)),
            plan,
            loading,
            drawn: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            loaded: Mutex::default(),
            adapters: Mutex::default(),
        });
        let of_server = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&of_server);
                thread::spawn(move || state.serve(stream));
            }
        });
        Ok(Self {
            url: format!("http://{address}"),
            state,
        })
    }

    /// Requests for a response that it has had.
    pub fn drawn(&self) -> usize {
        self.state.drawn.load(Ordering::SeqCst)
    }

    /// Requests for a response that it had at once at most.
    pub fn busiest(&self) -> usize {
        self.state.busiest.load(Ordering::SeqCst)
    }

    /// The folders that it was told to load.
    pub fn loaded(&self) -> Vec<PathBuf> {
        self.state.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Names of the adapters that it has.
    pub fn adapters(&self) -> Vec<String> {
        self.state.adapters().keys().cloned().collect()
    }

    /// Takes other weights, as a server does that somebody starts again.
    ///
    /// # Errors
    /// A folder that cannot be loaded.
    pub fn replace(&self, folder: &Path) -> Result<(), LmError> {
        self.state.load(folder)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.state.down.store(true, Ordering::SeqCst);
    }
}

impl State {
    fn load(&self, folder: &Path) -> Result<(), LmError> {
        let policy = Policy::load(folder, &Device::flex())?;
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        Ok(())
    }

    /// The policy that a request is for; none if it names an adapter that is not there.
    fn policy(&self, adapter: Option<&str>) -> Option<Arc<Policy>> {
        match adapter {
            None => Some(Arc::clone(&self.policy.lock().unwrap_or_else(PoisonError::into_inner))),
            Some(name) => self.adapters().get(name).cloned(),
        }
    }

    fn adapters(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Policy>>> {
        self.adapters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load_adapter(&self, name: String, folder: &Path) -> Result<(), LmError> {
        let base = Arc::clone(&self.policy.lock().unwrap_or_else(PoisonError::into_inner));
        let adapted = base.with_adapter(folder)?;
        self.adapters().insert(name, Arc::new(adapted));
        Ok(())
    }

    fn serve(&self, mut stream: TcpStream) {
        let Some(incoming) = wire::read(&mut stream) else {
            return;
        };
        if self.down.load(Ordering::SeqCst) {
            return;
        }
        // A client that has gone needs no answer.
        let _sent = match parse(self.engine, &incoming) {
            Call::Draw {
                request,
                params,
                adapter,
                streamed,
            } => match self.policy(adapter.as_deref()) {
                Some(policy) => self.draw(&mut stream, &policy, &request, &params, streamed),
                None => wire::answer(&mut stream, 404, r#"{"message": "there is no such model"}"#),
            },
            Call::Load(folder) => self.answer_load(&mut stream, &folder, |folder| self.load(folder)),
            Call::LoadAdapter { name, folder } => {
                self.answer_load(&mut stream, &folder, |folder| self.load_adapter(name, folder))
            }
            Call::UnloadAdapter(name) => {
                self.adapters().remove(&name);
                wire::answer(&mut stream, 200, r#""Success: it is gone""#)
            }
            Call::Tell(body) => wire::answer(&mut stream, 200, &body.to_string()),
            Call::Unknown => wire::answer(&mut stream, 404, r#"{"detail": "Not Found"}"#),
        };
    }

    fn answer_load(
        &self,
        stream: &mut TcpStream,
        folder: &Path,
        load: impl FnOnce(&Path) -> Result<(), LmError>,
    ) -> std::io::Result<()> {
        self.loaded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(folder.to_owned());
        match self.loading {
            Loading::Unknown => wire::answer(stream, 404, r#"{"detail": "Not Found"}"#),
            Loading::Keeps => wire::answer(stream, 200, r#"{"success": true}"#),
            Loading::Right => match load(folder) {
                Ok(()) => wire::answer(stream, 200, r#"{"success": true}"#),
                Err(error) => wire::answer(stream, 500, &json!({ "message": error.to_string() }).to_string()),
            },
        }
    }

    fn draw(
        &self,
        stream: &mut TcpStream,
        policy: &Policy,
        request: &Request,
        params: &SamplingParams,
        streamed: bool,
    ) -> std::io::Result<()> {
        let busy = Busy::new(self);
        let fault = (self.plan)(self.drawn.fetch_add(1, Ordering::SeqCst));
        match fault {
            Some(Fault::Status(status)) => {
                return wire::answer(stream, status, r#"{"error": {"message": "a fault for tests"}}"#);
            }
            Some(Fault::Slow(time)) => thread::sleep(time),
            Some(Fault::Closed) => return Ok(()),
            Some(Fault::Garbled) => return wire::answer(stream, 200, "<html>proxy error</html>"),
            Some(Fault::Dies) => {
                self.down.store(true, Ordering::SeqCst);
                return Ok(());
            }
            _ => {}
        }
        let drawn = policy.sample(std::slice::from_ref(request), params, &mut |_| {});
        let response = match drawn.map(|responses| responses.into_iter().flatten().next()) {
            Ok(Some(response)) => response,
            Ok(None) => return wire::answer(stream, 400, r#"{"message": "no seed"}"#),
            Err(error) => return wire::answer(stream, 400, &json!({ "message": error.to_string() }).to_string()),
        };
        let response = damaged(response, fault, policy.vocab_size());
        let body = match streamed {
            true => engines::events(&response),
            false => engines::body(self.engine, &response).to_string(),
        };
        // Whoever gets the answer may ask for the next response at once.
        drop(busy);
        match fault {
            Some(Fault::Truncated) => {
                let text = wire::response(200, &body);
                stream.write_all(&text.as_bytes()[..text.len() - body.len() / 2])
            }
            _ => wire::answer(stream, 200, &body),
        }
    }
}

/// A request for a response that the server has, until it is dropped.
struct Busy<'s>(&'s State);

impl<'s> Busy<'s> {
    fn new(state: &'s State) -> Self {
        let now = state.busy.fetch_add(1, Ordering::SeqCst) + 1;
        state.busiest.fetch_max(now, Ordering::SeqCst);
        Self(state)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

/// `response` with what `fault` does to it.
fn damaged(mut response: Response, fault: Option<Fault>, vocab: usize) -> Response {
    let logprobs = response.policy_logprobs.get_or_insert_default();
    match fault {
        Some(Fault::WrongId) => response.tokens[0] = vocab as u32,
        Some(Fault::NotANumber) => logprobs[0] = f32::NAN,
        Some(Fault::TooFew) => {
            logprobs.pop();
        }
        Some(Fault::BreaksOff) => {
            response.tokens.pop();
            logprobs.pop();
        }
        _ => {}
    }
    response
}
