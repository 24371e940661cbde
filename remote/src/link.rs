//! A remote that may be out of reach for a while.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::error::RemoteError;
use crate::remote::Remote;

/// How long a remote is left alone after it could not be reached; each further time, twice as long.
const PAUSE: Duration = Duration::from_secs(60);
/// How often the pause is doubled.
const DOUBLINGS: u32 = 4;

/// A remote, and what this process has found out about it.
#[derive(Debug)]
pub struct Link {
    remote: Box<dyn Remote>,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When it could not be reached last, how often not in a row, and why.
    down: Option<(Instant, u32, String)>,
    /// Keys whose content turned out to be missing or damaged.
    suspects: BTreeSet<String>,
    /// The time of the remote, and when it was that.
    clock: Option<(SystemTime, Instant)>,
}

impl Link {
    /// A link to `remote`.
    pub fn new(remote: Box<dyn Remote>) -> Self {
        Self::pausing(remote, PAUSE)
    }

    /// A link that is left alone for `pause` at first.
    pub fn pausing(remote: Box<dyn Remote>, pause: Duration) -> Self {
        Self {
            remote,
            pause,
            state: Mutex::default(),
        }
    }

    /// The remote.
    pub fn remote(&self) -> &dyn Remote {
        &*self.remote
    }

    /// Whether it is worth a try: it could be reached the last time, or that was some time ago.
    pub fn is_up(&self) -> bool {
        let state = self.state();
        let is_over = |(since, times, _): &(Instant, u32, String)| {
            let doubled = 1 << times.saturating_sub(1).min(DOUBLINGS);
            since.elapsed() >= self.pause * doubled
        };
        state.down.as_ref().is_none_or(is_over)
    }

    /// Notes that it could not be reached. It is left alone for a while.
    pub fn failed(&self, error: &RemoteError) {
        let mut state = self.state();
        let times = state.down.as_ref().map_or(0, |(_, times, _)| *times);
        state.down = Some((Instant::now(), times + 1, error.to_string()));
    }

    /// Notes that it could be reached.
    pub fn reached(&self) {
        self.state().down = None;
    }

    /// Why it could not be reached the last time.
    pub fn trouble(&self) -> Option<String> {
        self.state().down.as_ref().map(|(_, _, reason)| reason.clone())
    }

    /// Notes that the content of `key` is missing or damaged: whoever has it should write it again.
    pub fn suspect(&self, key: &str) {
        self.state().suspects.insert(key.to_owned());
    }

    /// Notes that `key` has been written again.
    pub fn clear(&self, key: &str) {
        self.state().suspects.remove(key);
    }

    /// Whether the content of `key` turned out to be missing or damaged.
    pub fn is_suspect(&self, key: &str) -> bool {
        self.state().suspects.contains(key)
    }

    /// The time of the remote. It is asked once, by writing `key`; from then on the time that has passed here is added.
    ///
    /// # Errors
    /// The remote cannot be reached, or refuses.
    pub fn now(&self, key: &str) -> Result<SystemTime, RemoteError> {
        let known = self.state().clock;
        let (time, at) = match known {
            Some(known) => known,
            None => {
                self.remote.put(key, b"")?;
                let head = self.remote.head(key)?;
                let time = head.map_or_else(SystemTime::now, |head| head.modified);
                *self.state().clock.insert((time, Instant::now()))
            }
        };
        Ok(time + at.elapsed())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faulty::Memory;

    #[test]
    fn a_remote_that_failed_is_left_alone_for_a_while() {
        let link = Link::new(Box::new(Memory::new().remote()));
        assert!(link.is_up() && link.trouble().is_none());
        let error = || RemoteError::failed("read", "memory/", "a")(std::io::ErrorKind::TimedOut);
        link.failed(&error());
        assert!(!link.is_up());
        assert_eq!(link.trouble().unwrap(), "cannot read memory/a: timed out");
        let link = Link::pausing(Box::new(Memory::new().remote()), Duration::ZERO);
        link.failed(&error());
        assert!(link.is_up());
        link.reached();
        assert!(link.trouble().is_none());
    }

    #[test]
    fn the_time_is_that_of_the_remote() {
        let memory = Memory::new();
        let day = Duration::from_secs(86400);
        memory.set_clock(SystemTime::UNIX_EPOCH + day);
        let link = Link::new(Box::new(memory.remote()));
        let now = link.now("clock").unwrap();
        assert!(now >= SystemTime::UNIX_EPOCH + day && now < SystemTime::UNIX_EPOCH + 2 * day);
        assert!(link.now("clock").unwrap() >= now);
    }
}
