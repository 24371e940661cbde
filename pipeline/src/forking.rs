//! Tests that start processes, apart from those that look for locks of the dead.
//!
//! Between its fork and its `exec`, a new process holds a copy of every lock of this one: a lock that another test has
//! just let go would seem to be held by someone alive.

use std::process::{Child, Command};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

static FORKING: RwLock<()> = RwLock::new(());

/// While it lives, no test starts a process.
pub(crate) fn none() -> RwLockReadGuard<'static, ()> {
    FORKING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a process; returns once it is another program.
pub(crate) fn start(command: &mut Command) -> Child {
    let _alone = FORKING.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn().unwrap()
}
