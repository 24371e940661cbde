//! Limits of processor time, memory and open files, and walls for what runs foreign code.

use std::io;
use std::process::Command;

use super::walls::Walls;

/// What a process may use and, within walls, reach.
#[derive(Debug, Clone)]
pub(super) struct Sandbox {
    /// Seconds of processor time.
    pub(super) seconds: u32,
    pub(super) walls: Option<Walls>,
}

impl Sandbox {
    /// Makes the process of a command start within the limits.
    ///
    /// # Errors
    /// Limits or walls that this system does not have.
    #[cfg(unix)]
    pub(super) fn confine(&self, command: &mut Command) -> io::Result<()> {
        use std::os::unix::process::CommandExt;

        let mut shut = self.walls.as_ref().map(Walls::prepare).transpose()?;
        let seconds = self.seconds;
        let enter = move || {
            limit(seconds)?;
            shut.take().map_or(Ok(()), |shut| shut())
        };
        // SAFETY: between fork and exec the closure only makes system calls on what was built before: it takes no lock,
        // and allocates nothing unless a call fails.
        unsafe { command.pre_exec(enter) };
        Ok(())
    }

    #[cfg(not(unix))]
    pub(super) fn confine(&self, _command: &mut Command) -> io::Result<()> {
        Err(io::Error::other("limits need Unix"))
    }
}

/// Limits the calling process.
#[cfg(unix)]
fn limit(seconds: u32) -> io::Result<()> {
    use nix::sys::resource::{Resource, rlim_t, setrlimit};

    /// Bytes of address space.
    const MEMORY: rlim_t = 1 << 30;
    /// Open files: those that an interpreter has open at once, and a few more.
    const OPEN_FILES: rlim_t = 64;

    let seconds = rlim_t::from(seconds);
    for (resource, soft, hard) in [
        (Resource::RLIMIT_CPU, seconds, seconds + 1),
        (Resource::RLIMIT_AS, MEMORY, MEMORY),
        (Resource::RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES),
        (Resource::RLIMIT_FSIZE, 0, 0),
        (Resource::RLIMIT_CORE, 0, 0),
    ] {
        setrlimit(resource, soft, hard)?;
    }
    Ok(())
}
