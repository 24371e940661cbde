//! The remote: what machines share of their stores.
//!
//! The store of a machine is its working copy. The remote has the same layout, and holds of it objects, manifests,
//! records and pins. A complete node is sent in this order:
//!
//! ```text
//!  objects (each whole or not at all, looked up first) ─> manifest, created if there is none ─> record of the run
//!                                                       ▲                                      ▲
//!       1                                               2                                      3
//! ```
//! A crash at
//!
//! 1. leaves whole objects that no manifest names: the next attempt finds them, or they become garbage.
//! 2. leaves a node that is not there yet for others. The next run of this machine sends it.
//! 3. leaves a node that others find, and a run that does not claim it yet.
//!
//! Nothing that comes from the remote is trusted: manifests carry checksums, and objects are verified before they get
//! a name in the store. A manifest whose objects are missing or damaged counts as none, and whoever computes the node
//! writes them again.
//!
//! **The first manifest wins.** What a node writes may differ from machine to machine in the last bits, and so may
//! what was made from it; a run that mixed two versions of a node would be of neither. So a manifest is created only if
//! there is none, in one step, and whoever comes second drops his own and goes on with the first. A manifest is
//! replaced in two cases, on the condition that it is still the one that was read: its objects are gone, or it lacks an
//! output that was dropped and has been made again.
//!
//! **Leases** keep two machines from computing one node, where the remote can replace a file on a condition. Nothing
//! depends on them: one that is lost, stolen or never taken costs double work.

mod fetch;
mod gc;
pub(crate) mod keys;
mod lease;
mod manifests;
mod objects;
mod publish;
mod runs;

pub(crate) use fetch::{Fetched, fetch};
pub use gc::{RemoteGarbage, collect};
pub(crate) use lease::{Acquired, Lease, POLL, acquire};
pub(crate) use manifests::{Stored, look_up};
pub(crate) use publish::{Published, publish};
pub(crate) use runs::send_record;
pub use runs::{PullReport, PushReport, Transfer, pull, push, remote_runs};
