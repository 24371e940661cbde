//! Objects on their way to the remote and back.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use serl_artifacts::{ArtifactError, Digest};
use serl_remote::{Head, Link, RemoteError};

use super::keys;
use crate::error::PipelineError;
use crate::store::Store;

/// How much is read at once.
const CHUNK: usize = 1 << 20;
/// How often a damaged object is fetched: it may have been the connection.
const ATTEMPTS: usize = 2;
/// An object of this age is written again before a new manifest names it, since the collector of garbage may be about
/// to remove it: it spares what is younger than a day.
const OLD: Duration = Duration::from_secs(12 * 3600);

/// What has become of an object that was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is in the store, for so many bytes that were transferred.
    Here(u64),
    /// The remote does not have it.
    Missing,
    /// What the remote has is not it.
    Damaged,
}

/// Brings an object into the store, unless it is there.
///
/// # Errors
/// The remote cannot be reached, or the object cannot be stored.
pub(crate) fn fetch(store: &Store, link: &Link, digest: &Digest) -> Result<Arrival, PipelineError> {
    if store.objects().keeps(digest)? {
        return Ok(Arrival::Here(0));
    }
    let key = keys::object(digest);
    let mut arrival = Arrival::Missing;
    for _ in 0..ATTEMPTS {
        arrival = receive(store, link, &key, digest)?;
        if arrival != Arrival::Damaged {
            break;
        }
    }
    if !matches!(arrival, Arrival::Here(_)) {
        link.suspect(&key);
    }
    Ok(arrival)
}

fn receive(store: &Store, link: &Link, key: &str, digest: &Digest) -> Result<Arrival, PipelineError> {
    let remote = link.remote();
    let Some(mut content) = remote.read(key)? else {
        return Ok(Arrival::Missing);
    };
    let mut incoming = store.objects().receive(digest)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = content.read(&mut chunk);
        match read.map_err(RemoteError::failed("read", remote.place(), key))? {
            0 => break,
            read => incoming.write(&chunk[..read])?,
        }
    }
    match incoming.finish() {
        Err(ArtifactError::Damaged { .. }) => Ok(Arrival::Damaged),
        done => Ok(Arrival::Here(done?)),
    }
}

/// What has become of an object that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// The remote has it, for so many bytes that were transferred.
    There(u64),
    /// The store does not have it whole.
    Lacking,
}

/// Brings an object to the remote, unless it is there.
///
/// # Errors
/// The remote cannot be reached.
pub(crate) fn send(store: &Store, link: &Link, digest: &Digest) -> Result<Departure, PipelineError> {
    let key = keys::object(digest);
    let Some(bytes) = store.objects().size(digest) else {
        return Ok(Departure::Lacking);
    };
    let remote = link.remote();
    if !link.is_suspect(&key)
        && let Some(head) = remote.head(&key)?
        && head.bytes == bytes
        && is_young(link, head)?
    {
        return Ok(Departure::There(0));
    }
    let Ok(file) = File::open(store.objects().path(digest)) else {
        return Ok(Departure::Lacking);
    };
    let mut content = Verified::new(file, digest);
    match remote.send(&key, &mut content, bytes) {
        Err(_) if content.is_bad => Ok(Departure::Lacking),
        sent => {
            sent?;
            link.clear(&key);
            Ok(Departure::There(bytes))
        }
    }
}

fn is_young(link: &Link, head: Head) -> Result<bool, PipelineError> {
    let now = link.now(keys::CLOCK)?;
    Ok(now.duration_since(head.modified).unwrap_or_default() < OLD)
}

/// A reader of an object, which fails at its end if it was not the object.
struct Verified<'d> {
    file: File,
    digest: &'d Digest,
    hasher: blake3::Hasher,
    is_bad: bool,
}

impl<'d> Verified<'d> {
    fn new(file: File, digest: &'d Digest) -> Self {
        Self {
            file,
            digest,
            hasher: blake3::Hasher::new(),
            is_bad: false,
        }
    }
}

impl Read for Verified<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer).inspect_err(|_| self.is_bad = true)?;
        self.hasher.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() && self.hasher.finalize().as_bytes() != self.digest.as_bytes() {
            self.is_bad = true;
            return Err(io::Error::other("the object is damaged"));
        }
        Ok(read)
    }
}
