//! Nodes that other machines have completed.

use super::needs::{Needed, reason_to_redo};
use crate::error::PipelineError;
use crate::graph::NodeKey;
use crate::remote::{Stored, look_up};
use crate::store::{Manifest, Store};

/// The manifest of a node in the remote, if that has all that is `needed` of it. A remote that cannot be reached has
/// nothing.
pub(crate) fn in_remote(store: &Store, key: &NodeKey, needed: impl Fn(&Manifest) -> Needed) -> Option<Manifest> {
    let link = store.remote().filter(|link| link.is_up())?;
    match look_up(link, key) {
        Ok(Stored::There(manifest, _)) => {
            let redo = reason_to_redo(&manifest, &needed(&manifest));
            redo.is_none().then_some(*manifest)
        }
        Ok(_) => None,
        Err(error) => {
            if let PipelineError::Remote(error) = error {
                link.failed(&error);
            }
            None
        }
    }
}
