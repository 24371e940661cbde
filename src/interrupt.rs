//! Ctrl-C: the first asks to stop at a point where nothing is lost, the second stops at once.
//!
//! SIGTERM asks the same. A scheduler may send it to a process and to the script that started it, which passes it on:
//! without a terminal, requests within a second of the first are part of it, so that such a pair still loses nothing.
//!
//! The end of the terminal asks to stop, too, unless the process was started to outlive it (`nohup`).

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(unix)]
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use serl_pipeline::CancelFlag;

use crate::failure::Exit;
use crate::progress::Display;

/// What stopping at once means for work that saves nothing until it is done.
pub const NOTHING_KEPT: &str = "what was done is lost";

/// Without a terminal, requests that follow the first within this time are part of it.
const TOGETHER: Duration = Duration::from_secs(1);

/// Listens for Ctrl-C, SIGTERM and SIGHUP; `meanwhile` says what is finished first, `at_once` what a second request
/// means for the work.
///
/// # Errors
/// The system refuses, or there is a listener already.
pub fn listen(display: Arc<dyn Display>, meanwhile: &'static str, at_once: String) -> Result<CancelFlag, ctrlc::Error> {
    let cancel = CancelFlag::new();
    let flag = cancel.clone();
    let nohup = ignores_hangups();
    // At a terminal, somebody who presses Ctrl-C twice means it.
    let together = if std::io::stderr().is_terminal() {
        Duration::ZERO
    } else {
        TOGETHER
    };
    let mut first: Option<Instant> = None;
    ctrlc::set_handler(move || match first {
        None => {
            first = Some(Instant::now());
            flag.cancel();
            display.line(&format!("stopping: {meanwhile}; press Ctrl-C again to stop at once"));
        }
        Some(first) if first.elapsed() < together => {}
        Some(_) => {
            display.stop();
            display.line(&format!("stopped at once: {at_once}"));
            std::process::exit(Exit::Interrupted.code().into());
        }
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
