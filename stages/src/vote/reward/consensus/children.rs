//! Processes that are started: they and what they start end with their group.

use std::process::{Child, Command};

/// Puts a program into a process group of its own: Ctrl-C at a terminal is for `serl`, which ends the whole group.
#[cfg(unix)]
pub(super) fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
pub(super) fn apart(_command: &mut Command) {}

/// Ends a program that was started [`apart`], and everything that it has started.
pub(super) fn end(child: &mut Child) {
    end_group(child);
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(unix)]
fn end_group(child: &Child) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    if let Ok(group) = i32::try_from(child.id()) {
        // It may be empty.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
fn end_group(_child: &Child) {}
