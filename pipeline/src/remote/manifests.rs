//! Manifests in the remote.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serl_remote::{Link, Remote, Version};

use super::keys;
use crate::error::PipelineError;
use crate::graph::NodeKey;
use crate::store::{MANIFEST, Manifest, Unsealed, check_manifest, decode, encode};

/// What the remote has under the key of a node.
pub(crate) enum Stored {
    /// Nothing.
    Absent,
    /// Something that cannot be read.
    Unreadable(Version),
    /// A manifest.
    There(Box<Manifest>, Version),
}

/// Looks up the manifest of a node.
///
/// # Errors
/// The remote cannot be reached.
pub(crate) fn look_up(link: &Link, node: &NodeKey) -> Result<Stored, PipelineError> {
    let (remote, key) = (link.remote(), keys::manifest(node));
    let Some(found) = remote.get(&key)? else {
        return Ok(Stored::Absent);
    };
    let path = keys::place(remote, &key);
    let read = decode::<Manifest>(&path, MANIFEST, &found.bytes, Unsealed::Refused);
    let read = read.and_then(|manifest| check_manifest(&path, node, &manifest).map(|()| manifest));
    Ok(match read {
        Ok(manifest) => Stored::There(Box::new(manifest), found.version),
        Err(_) => Stored::Unreadable(found.version),
    })
}

/// Creates the manifest of a node if there is none; returns whether it did.
///
/// # Errors
/// The remote cannot be reached: it may have been created.
pub(crate) fn create(link: &Link, manifest: &Manifest) -> Result<bool, PipelineError> {
    let (key, file) = file(link.remote(), manifest)?;
    Ok(link.remote().create(&key, &file)?.is_some())
}

/// Replaces the manifest of the version `from`; returns whether it was still that.
///
/// # Errors
/// The remote cannot be reached, or cannot do this.
pub(crate) fn replace(link: &Link, manifest: &Manifest, from: &Version) -> Result<bool, PipelineError> {
    let (key, file) = file(link.remote(), manifest)?;
    Ok(link.remote().swap(&key, from, &file)?.is_some())
}

fn file(remote: &dyn Remote, manifest: &Manifest) -> Result<(String, Vec<u8>), PipelineError> {
    let key = keys::manifest(&manifest.key);
    let file = encode(&keys::place(remote, &key), MANIFEST, manifest)?;
    Ok((key, file))
}

/// A JSON file of the remote; none if it is not there.
///
/// # Errors
/// The remote cannot be reached, or the file is not what was written.
pub(crate) fn read<T>(link: &Link, key: &str, what: &'static str) -> Result<Option<T>, PipelineError>
where
    T: Serialize + DeserializeOwned,
{
    let Some(found) = link.remote().get(key)? else {
        return Ok(None);
    };
    let path = keys::place(link.remote(), key);
    decode(&path, what, &found.bytes, Unsealed::Refused).map(Some)
}
