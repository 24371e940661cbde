//! A remote in memory whose calls fail on demand, for tests; behind the feature `fault-injection`.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::error::RemoteError;
use crate::remote::{Entry, Found, Head, Remote, Version};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The request does not arrive; the next one does.
    Lost,
    /// The request arrives, but not its answer; the next one works.
    Unanswered,
    /// The process dies before the request.
    DeathBefore,
    /// The process dies after the request.
    DeathAfter,
    /// There is no network from here on.
    Unreachable,
}

impl Failure {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Lost,
        Self::Unanswered,
        Self::DeathBefore,
        Self::DeathAfter,
        Self::Unreachable,
    ];

    fn arrives(self) -> bool {
        matches!(self, Self::Unanswered | Self::DeathAfter)
    }

    fn lasts(self) -> bool {
        matches!(self, Self::DeathBefore | Self::DeathAfter | Self::Unreachable)
    }
}

/// What several machines share.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    keys: BTreeMap<String, Kept>,
    /// Versions so far.
    written: u64,
    /// What the remote's clock is ahead of this machine's, or behind.
    ahead: Duration,
    behind: Duration,
}

#[derive(Debug, Clone)]
struct Kept {
    bytes: Vec<u8>,
    modified: SystemTime,
    version: Version,
}

impl Content {
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead - self.behind
    }

    fn write(&mut self, key: &str, bytes: &[u8]) -> Version {
        self.written += 1;
        let version = Version(self.written.to_string());
        let kept = Kept {
            bytes: bytes.to_owned(),
            modified: self.now(),
            version: version.clone(),
        };
        self.keys.insert(key.to_owned(), kept);
        version
    }
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// One machine's access to it, which works.
    pub fn remote(&self) -> Faulty {
        self.failing(None)
    }

    /// One machine's access to it, whose call `at`, counted from 0, fails.
    pub fn failing(&self, fault: Option<(Failure, usize)>) -> Faulty {
        Faulty {
            memory: self.clone(),
            fault,
            can_swap: true,
            state: Arc::default(),
        }
    }

    /// Sets its clock.
    pub fn set_clock(&self, now: SystemTime) {
        let (mut content, here) = (self.content(), SystemTime::now());
        content.ahead = now.duration_since(here).unwrap_or_default();
        content.behind = here.duration_since(now).unwrap_or_default();
    }

    /// All keys with their content.
    pub fn everything(&self) -> BTreeMap<String, Vec<u8>> {
        let content = self.content();
        let kept = content.keys.iter();
        kept.map(|(key, kept)| (key.clone(), kept.bytes.clone())).collect()
    }

    /// Changes what is there behind everyone's back; none removes it.
    pub fn damage(&self, key: &str, bytes: Option<&[u8]>) {
        let mut content = self.content();
        match (bytes, content.keys.get_mut(key)) {
            (Some(bytes), Some(kept)) => kept.bytes = bytes.to_owned(),
            _ => drop(content.keys.remove(key)),
        }
    }

    /// Makes everything there older.
    pub fn age(&self, by: Duration) {
        for kept in self.content().keys.values_mut() {
            kept.modified -= by;
        }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One machine's access to a [`Memory`].
#[derive(Debug, Clone)]
pub struct Faulty {
    memory: Memory,
    fault: Option<(Failure, usize)>,
    can_swap: bool,
    state: Arc<Mutex<Calls>>,
}

#[derive(Debug, Default)]
struct Calls {
    made: Vec<(&'static str, String)>,
    is_down: bool,
}

impl Faulty {
    /// Without compare-and-swap.
    pub fn without_swap(self) -> Self {
        Self {
            can_swap: false,
            ..self
        }
    }

    /// The calls so far, by operation and key.
    pub fn calls(&self) -> Vec<(&'static str, String)> {
        self.calls_so_far().made.clone()
    }

    /// Cuts the network, or mends it.
    pub fn cut(&self, is_down: bool) {
        self.calls_so_far().is_down = is_down;
    }

    fn calls_so_far(&self) -> MutexGuard<'_, Calls> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T>(
        &self,
        operation: &'static str,
        key: &str,
        act: impl FnOnce(&mut Content) -> T,
    ) -> Result<T, RemoteError> {
        let mut calls = self.calls_so_far();
        let number = calls.made.len();
        calls.made.push((operation, key.to_owned()));
        let failure = self.fault.filter(|(_, at)| *at == number).map(|(failure, _)| failure);
        let failed = || RemoteError::failed(operation, "memory", key)(io::Error::other("there is no network"));
        if calls.is_down {
            return Err(failed());
        }
        calls.is_down = failure.is_some_and(Failure::lasts);
        drop(calls);
        match failure {
            None => Ok(act(&mut self.memory.content())),
            Some(failure) => {
                if failure.arrives() {
                    act(&mut self.memory.content());
                }
                Err(failed())
            }
        }
    }
}

impl Remote for Faulty {
    fn place(&self) -> &str {
        "memory"
    }

    fn head(&self, key: &str) -> Result<Option<Head>, RemoteError> {
        self.call("look up", key, |content| content.keys.get(key).map(head))
    }

    fn get(&self, key: &str) -> Result<Option<Found>, RemoteError> {
        self.call("read", key, |content| {
            let kept = content.keys.get(key)?;
            let (bytes, version) = (kept.bytes.clone(), kept.version.clone());
            Some(Found { bytes, version })
        })
    }

    fn read(&self, key: &str) -> Result<Option<Box<dyn Read + '_>>, RemoteError> {
        let found = self.get(key)?;
        Ok(found.map(|found| Box::new(io::Cursor::new(found.bytes)) as Box<dyn Read>))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, RemoteError> {
        self.call("list", folder, |content| {
            let within = |key: &str| key.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            let entries = content.keys.iter().filter(|(key, _)| within(key));
            let entry = |(key, kept): (&String, &Kept)| Entry {
                key: key.clone(),
                head: head(kept),
            };
            entries.map(entry).collect()
        })
    }

    fn send(&self, key: &str, from: &mut dyn Read, bytes: u64) -> Result<(), RemoteError> {
        let mut all = Vec::new();
        let read = from
            .read_to_end(&mut all)
            .and_then(|_| match all.len() as u64 == bytes {
                true => Ok(()),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            });
        read.map_err(RemoteError::failed("write", "memory", key))?;
        self.call("write", key, |content| drop(content.write(key, &all)))
    }

    fn create(&self, key: &str, bytes: &[u8]) -> Result<Option<Version>, RemoteError> {
        self.call("create", key, |content| match content.keys.contains_key(key) {
            true => None,
            false => Some(content.write(key, bytes)),
        })
    }

    fn swap(&self, key: &str, from: &Version, bytes: &[u8]) -> Result<Option<Version>, RemoteError> {
        if !self.can_swap {
            return Err(RemoteError::Unsupported {
                place: "memory".to_owned(),
                what: "replace on a condition",
            });
        }
        self.call("swap", key, |content| {
            let is_same = content.keys.get(key).is_some_and(|kept| kept.version == *from);
            is_same.then(|| content.write(key, bytes))
        })
    }

    fn delete(&self, key: &str) -> Result<(), RemoteError> {
        self.call("remove", key, |content| drop(content.keys.remove(key)))
    }
}

fn head(kept: &Kept) -> Head {
    Head {
        bytes: kept.bytes.len() as u64,
        modified: kept.modified,
    }
}
