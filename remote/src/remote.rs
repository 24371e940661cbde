//! What a shared place can do.

use std::fmt::Debug;
use std::io::Read;
use std::time::SystemTime;

use crate::error::RemoteError;

/// Which content a key has. Equal versions of a key mean equal content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub(crate) String);

/// The content of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// All of it.
    pub bytes: Vec<u8>,
    /// To replace it, and nothing else, with [`Remote::swap`].
    pub version: Version,
}

/// What is known of a key without reading its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Length of its content.
    pub bytes: u64,
    /// When it was written, by the clock of the remote.
    pub modified: SystemTime,
}

/// A key that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// What is known of it.
    pub head: Head,
}

/// A place that machines share. Keys are relative paths, `/` between levels, of names that do not begin with a dot.
///
/// What is written appears under its key completely or not at all, and whoever looks after that sees it.
pub trait Remote: Debug + Send + Sync {
    /// The place, as users write it.
    fn place(&self) -> &str;

    /// What is known of `key`; none if it is not there.
    ///
    /// # Errors
    /// The remote cannot be reached, or refuses.
    fn head(&self, key: &str) -> Result<Option<Head>, RemoteError>;

    /// The content of `key`, for something small; none if it is not there.
    ///
    /// # Errors
    /// As for [`Remote::head`].
    fn get(&self, key: &str) -> Result<Option<Found>, RemoteError>;

    /// A reader of the content of `key`; none if it is not there. It may fail with the errors of a connection.
    ///
    /// # Errors
    /// As for [`Remote::head`].
    fn read(&self, key: &str) -> Result<Option<Box<dyn Read + '_>>, RemoteError>;

    /// All keys in the folder `folder` and those within.
    ///
    /// # Errors
    /// As for [`Remote::head`].
    fn list(&self, folder: &str) -> Result<Vec<Entry>, RemoteError>;

    /// Writes the `bytes` bytes that `content` gives, whatever was there. If `content` fails or gives another number of
    /// bytes, nothing is written.
    ///
    /// # Errors
    /// As for [`Remote::head`], or `content` fails.
    fn send(&self, key: &str, content: &mut dyn Read, bytes: u64) -> Result<(), RemoteError>;

    /// Writes `content`, whatever was there.
    ///
    /// # Errors
    /// As for [`Remote::head`].
    fn put(&self, key: &str, content: &[u8]) -> Result<(), RemoteError> {
        self.send(key, &mut &*content, content.len() as u64)
    }

    /// Writes `content` if nothing is there; none if something is. Of several who create a key at once, one succeeds.
    ///
    /// # Errors
    /// As for [`Remote::head`]. After an error, it may have been written.
    fn create(&self, key: &str, content: &[u8]) -> Result<Option<Version>, RemoteError>;

    /// Replaces what is there by `content` if it is of the version `from`; none if it is not. Of several who replace a
    /// version at once, one succeeds.
    ///
    /// # Errors
    /// As for [`Remote::create`], or the remote cannot do this ([`RemoteError::Unsupported`]).
    fn swap(&self, key: &str, from: &Version, content: &[u8]) -> Result<Option<Version>, RemoteError>;

    /// Removes `key`; nothing happens if it is not there.
    ///
    /// # Errors
    /// As for [`Remote::head`].
    fn delete(&self, key: &str) -> Result<(), RemoteError>;

    /// Removes what writers that died have left half-written, where that is known.
    ///
    /// # Errors
    /// As for [`Remote::head`].
    fn sweep(&self) -> Result<(), RemoteError> {
        Ok(())
    }
}
