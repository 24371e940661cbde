//! Ctrl-C: the first asks to stop at a point where nothing is lost, the second stops at once.
//!
//! The end of the terminal asks to stop, too, unless the process was started to outlive it (`nohup`).

use std::sync::Arc;

#[cfg(unix)]
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use serl_pipeline::CancelFlag;

use crate::failure::Exit;
use crate::progress::Display;

/// What stopping at once means for work that saves nothing until it is done.
pub const NOTHING_KEPT: &str = "what was done is lost";

/// Listens for Ctrl-C, SIGTERM and SIGHUP; `meanwhile` says what is finished first, `at_once` what a second request
/// means for the work.
///
/// # Errors
/// The system refuses, or there is a listener already.
pub fn listen(display: Arc<dyn Display>, meanwhile: &'static str, at_once: String) -> Result<CancelFlag, ctrlc::Error> {
    let cancel = CancelFlag::new();
    let flag = cancel.clone();
    let nohup = ignores_hangups();
    ctrlc::set_handler(move || {
        if flag.is_cancelled() {
            display.stop();
            display.line(&format!("stopped at once: {at_once}"));
            std::process::exit(Exit::Interrupted.code().into());
        }
        flag.cancel();
        display.line(&format!("stopping: {meanwhile}; press Ctrl-C again to stop at once"));
    })?;
    if nohup {
        ignore_hangups();
    }
    Ok(cancel)
}

/// Whether the process was started to outlive its terminal, as by `nohup`.
#[cfg(unix)]
fn ignores_hangups() -> bool {
    matches!(ignore_hangups(), Some(SigHandler::SigIgn))
}

/// Ignores the end of the terminal; returns what was to happen then before.
#[cfg(unix)]
fn ignore_hangups() -> Option<SigHandler> {
    let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    // SAFETY: no code runs on the signal.
    let before = unsafe { sigaction(Signal::SIGHUP, &ignore) };
    Some(before.ok()?.handler())
}

#[cfg(not(unix))]
fn ignores_hangups() -> bool {
    false
}

#[cfg(not(unix))]
fn ignore_hangups() {}
