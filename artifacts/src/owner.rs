//! Processes, named so that others can tell whether they are alive: for file systems without locks.
//!
//! A process id alone means nothing on another machine, in another container, or after a reboot, and ids are used
//! again. An owner is therefore a machine (host, boot and namespace of ids), a process id and the time at which that
//! process began. Only Linux tells these things without further ado; elsewhere no process has a name.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// A process on a machine. Written as `machine-pid-started`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    machine: u64,
    pid: u32,
    /// In the machine's ticks.
    started: u64,
}

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It is alive.
    Living,
    /// It has ended.
    Dead,
    /// Nothing: it is on another machine.
    Unknown,
}

static CURRENT: LazyLock<Option<Owner>> = LazyLock::new(|| {
    let pid = std::process::id();
    Some(Owner {
        machine: machine()?,
        pid,
        started: started(pid)?,
    })
});

impl Owner {
    /// This process, on systems that tell.
    pub fn current() -> Option<Self> {
        *CURRENT
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it is alive.
    pub fn life(&self) -> Life {
        match CURRENT.as_ref() {
            Some(current) if current.machine == self.machine => match started(self.pid) {
                Some(started) if started == self.started => Life::Living,
                _ => Life::Dead,
            },
            _ => Life::Unknown,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}-{}", self.machine, self.pid, self.started)
    }
}

impl FromStr for Owner {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.trim().split('-');
        let mut next = || parts.next().ok_or(());
        let machine = u64::from_str_radix(next()?, 16).map_err(drop)?;
        let pid = next()?.parse().map_err(drop)?;
        let started = next()?.parse().map_err(drop)?;
        let owner = Self { machine, pid, started };
        if parts.next().is_none() { Ok(owner) } else { Err(()) }
    }
}

/// Name of this machine, for people; empty where the system does not tell.
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map(|name| name.trim().to_owned()).unwrap_or_default()
}

fn machine() -> Option<u64> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let ids = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let text = format!("{}\n{boot}\n{}", host(), ids.display());
    let digest = blake3::hash(text.as_bytes());
    let first = digest.as_bytes().first_chunk()?;
    Some(u64::from_be_bytes(*first))
}

/// When the process began, in ticks since the boot; none if it has ended.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in parentheses, may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    // `proc_pid_stat(5)` counts the start as field 22; the state is field 3.
    let started = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(started)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn processes_are_told_apart() {
        let current = Owner::current().unwrap();
        assert_eq!(current.pid(), std::process::id());
        assert_eq!(current.life(), Life::Living);
        assert_eq!(current.to_string().parse(), Ok(current));

        let started = current.started - 1;
        assert_eq!(Owner { started, ..current }.life(), Life::Dead, "the id was used again");
        let machine = current.machine ^ 1;
        assert_eq!(Owner { machine, ..current }.life(), Life::Unknown);

        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let started = started_of(child.id());
        let other = Owner {
            pid: child.id(),
            started,
            ..current
        };
        assert_eq!(other.life(), Life::Living);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(other.life(), Life::Dead);
    }

    fn started_of(pid: u32) -> u64 {
        started(pid).unwrap()
    }

    #[test]
    fn other_texts_are_no_owners() {
        for text in ["", "1", "1-2", "x-2-3", "1-2-3-4", "1--3"] {
            assert_eq!(text.parse::<Owner>(), Err(()), "{text}");
        }
    }
}
