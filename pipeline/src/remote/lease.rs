//! Leases: who computes a node, among machines.
//!
//! A lease is a key that its holder writes anew every [`RENEWAL`]. One that was not renewed for [`TERM`], by the clock
//! of the remote, or whose holder was a process of this machine that has ended, may be taken over, by replacing exactly
//! the version that was read. Nothing depends on leases: see [`super`].
//!
//! Its first line says for people who the holder is, its second for programs, its third is a number of its own.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use serl_artifacts::owner::{Life, Owner, host};
use serl_remote::{Link, RemoteError, Version};

use super::keys;
use crate::error::PipelineError;
use crate::graph::NodeKey;

/// How long a lease lasts that nobody renews.
const TERM: Duration = Duration::from_secs(90);
/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(20);
/// How often whoever waits looks again.
pub(crate) const POLL: Duration = Duration::from_secs(2);

/// The result of asking for a lease.
pub(crate) enum Acquired {
    /// This process has it.
    Mine(Lease),
    /// Somebody else has it.
    Held(String),
    /// The remote has no leases.
    Impossible,
}

/// A lease that is renewed until it is dropped.
pub(crate) struct Lease {
    stop: Option<Sender<()>>,
    renewing: Option<JoinHandle<()>>,
}

/// Takes the lease of a node if nobody has it.
///
/// # Errors
/// The remote cannot be reached.
pub(crate) fn acquire(link: &Arc<Link>, node: &NodeKey) -> Result<Acquired, PipelineError> {
    let key = keys::lease(node);
    let mine = holder();
    let remote = link.remote();
    let taken = match remote.create(&key, mine.as_bytes()) {
        Ok(Some(version)) => Ok(Some(version)),
        Ok(None) => take_over(link, &key, &mine),
        Err(error) => Err(error),
    };
    match taken {
        Ok(Some(version)) => Ok(Acquired::Mine(Lease::renewed(link, key, mine, version))),
        Ok(None) => {
            let found = remote.get(&key)?;
            let who = found.map(|found| line(&found.bytes, 0)).unwrap_or_default();
            Ok(Acquired::Held(who))
        }
        Err(RemoteError::Unsupported { .. }) => Ok(Acquired::Impossible),
        Err(error) => Err(error.into()),
    }
}

/// Replaces a lease that has run out.
fn take_over(link: &Link, key: &str, mine: &str) -> Result<Option<Version>, RemoteError> {
    let remote = link.remote();
    // First the version, then its age: if it was renewed in between, replacing fails.
    let (Some(found), Some(head)) = (remote.get(key)?, remote.head(key)?) else {
        return remote.create(key, mine.as_bytes());
    };
    let age = link.now(keys::CLOCK)?.duration_since(head.modified);
    let owner = line(&found.bytes, 1).parse::<Owner>();
    let is_dead = owner.is_ok_and(|owner| owner.life() == Life::Dead);
    match is_dead || age.is_ok_and(|age| age > TERM) {
        true => remote.swap(key, &found.version, mine.as_bytes()),
        false => Ok(None),
    }
}

/// A line of a lease.
fn line(lease: &[u8], number: usize) -> String {
    let text = String::from_utf8_lossy(lease);
    text.lines().nth(number).unwrap_or_default().to_owned()
}

/// What this process writes into a lease.
fn holder() -> String {
    use std::hash::{BuildHasher, RandomState};
    let machine = match host() {
        unknown if unknown.is_empty() => "another machine".to_owned(),
        known => known,
    };
    let owner = Owner::current().map(|owner| owner.to_string()).unwrap_or_default();
    let number = RandomState::new().hash_one(());
    format!("process {} on {machine}\n{owner}\n{number:016x}\n", std::process::id())
}

impl Lease {
    fn renewed(link: &Arc<Link>, key: String, mine: String, version: Version) -> Self {
        let (stop, stopped) = mpsc::channel();
        let link = Arc::clone(link);
        let renew = move || {
            let remote = link.remote();
            let mut version = version;
            while stopped.recv_timeout(RENEWAL) == Err(RecvTimeoutError::Timeout) {
                match remote.swap(&key, &version, mine.as_bytes()) {
                    Ok(Some(renewed)) => version = renewed,
                    // Somebody has taken it over, or it was renewed and the answer got lost.
                    Ok(None) => match remote.get(&key) {
                        Ok(Some(found)) if found.bytes == mine.as_bytes() => version = found.version,
                        _ => return,
                    },
                    // The next time may work.
                    Err(_) => {}
                }
            }
            let is_mine = |bytes: &[u8]| bytes == mine.as_bytes();
            if remote
                .get(&key)
                .is_ok_and(|found| found.is_some_and(|found| is_mine(&found.bytes)))
            {
                let _ = remote.delete(&key);
            }
        };
        let renewing = std::thread::Builder::new().name("lease".to_owned()).spawn(renew).ok();
        Self {
            stop: Some(stop),
            renewing,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(renewing) = self.renewing.take() {
            let _ = renewing.join();
        }
    }
}
