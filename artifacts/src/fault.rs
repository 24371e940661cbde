//! Disk failures on demand, for tests; behind the feature `fault-injection`.
//!
//! [`arm`] counts the calls of [`crate::fs`] on this thread and makes one of them fail. The environment variable
//! `SERL_FAULT=KIND:NUMBER`, such as `SERL_FAULT=full:20`, does the same for a whole process, where a crash is a real
//! one. While a thread is armed, syncs are counted but not performed: a living process cannot see their effect, and
//! they take most of the time.
//!
//! [`lack`], and `SERL_LACKING=locks,symbolic-links` for a process, make file systems poorer than they are.
//!
//! Numbers start at 0. After a crash, every further call of the thread fails, so that nothing cleans up: the disk then
//! holds exactly what a killed process would have left.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::operation::Operation;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The disk is full: this and every later call that needs room fails; removing works.
    Full,
    /// The file system is read-only from here on.
    ReadOnly,
    /// The user may not do this; the next call works again.
    Denied,
    /// The disk does not respond; the next call works again.
    Broken,
    /// A write stops halfway, for lack of room; other calls fail before they do anything.
    Short,
    /// The process dies before the call.
    CrashBefore,
    /// The process dies after the call.
    CrashAfter,
}

impl Failure {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Full,
        Self::ReadOnly,
        Self::Denied,
        Self::Broken,
        Self::Short,
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "full" => Self::Full,
            "read-only" => Self::ReadOnly,
            "denied" => Self::Denied,
            "broken" => Self::Broken,
            "short" => Self::Short,
            "crash-before" => Self::CrashBefore,
            "crash-after" => Self::CrashAfter,
            _ => return None,
        })
    }

    fn error(self) -> io::Error {
        let kind = match self {
            Self::Full | Self::Short => io::ErrorKind::StorageFull,
            Self::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
            Self::Denied => io::ErrorKind::PermissionDenied,
            Self::Broken | Self::CrashBefore | Self::CrashAfter => io::ErrorKind::Other,
        };
        match kind {
            io::ErrorKind::Other if self == Self::Broken => io::Error::other("input/output error"),
            io::ErrorKind::Other => io::Error::other("the process is dead"),
            kind => kind.into(),
        }
    }

    fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }
}

/// Which call fails, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The kind of failure.
    pub kind: Failure,
    /// Number of the call.
    pub at: usize,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    calls: Vec<(Operation, PathBuf)>,
    keeps_failing: bool,
}

/// The fate of a call.
enum Fate {
    Works,
    Fails(io::Error),
    /// Writes half of its bytes.
    Halved(io::Error),
    /// Works; the process dies afterwards.
    WorksLast(io::Error),
}

impl State {
    fn fate(&mut self, operation: Operation, path: &Path) -> Fate {
        let number = self.calls.len();
        self.calls.push((operation, path.to_owned()));
        let Some(Fault { kind, at }) = self.fault else {
            return Fate::Works;
        };
        let needs_room = matches!(
            operation,
            Operation::Create | Operation::Write | Operation::CreateDir | Operation::Link
        );
        if self.keeps_failing && (kind != Failure::Full || needs_room) {
            return Fate::Fails(kind.error());
        }
        if number != at {
            return Fate::Works;
        }
        self.keeps_failing = matches!(kind, Failure::Full | Failure::ReadOnly) || kind.is_crash();
        match kind {
            Failure::Full if !needs_room => Fate::Works,
            Failure::Short if operation == Operation::Write => Fate::Halved(kind.error()),
            Failure::CrashAfter => Fate::WorksLast(kind.error()),
            _ => Fate::Fails(kind.error()),
        }
    }
}

thread_local! {
    static ARMED: RefCell<Option<State>> = const { RefCell::new(None) };
}

static PROCESS: LazyLock<Option<Mutex<State>>> = LazyLock::new(|| {
    let text = std::env::var("SERL_FAULT").ok()?;
    let (kind, at) = text.split_once(':')?;
    let fault = Fault {
        kind: Failure::named(kind)?,
        at: at.parse().ok()?,
    };
    Some(Mutex::new(State {
        fault: Some(fault),
        ..State::default()
    }))
});

/// Something that a file system may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// All locks.
    Locks,
    /// Locks that keep anyone out: all are granted.
    Exclusion,
    /// Exclusive locks of files that are not open for writing, as on NFSv4.
    LocksOfUnwritable,
    /// Symbolic links.
    SymbolicLinks,
    /// Hard links.
    HardLinks,
}

impl Lacking {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "locks" => Self::Locks,
            "exclusion" => Self::Exclusion,
            "locks-of-unwritable" => Self::LocksOfUnwritable,
            "symbolic-links" => Self::SymbolicLinks,
            "hard-links" => Self::HardLinks,
            _ => return None,
        })
    }
}

thread_local! {
    static LACKING: RefCell<Vec<Lacking>> = const { RefCell::new(Vec::new()) };
}

static PROCESS_LACKING: LazyLock<Vec<Lacking>> = LazyLock::new(|| {
    let text = std::env::var("SERL_LACKING").unwrap_or_default();
    text.split(',').filter_map(Lacking::named).collect()
});

/// A poor file system for this thread, until dropped.
#[derive(Debug)]
#[must_use]
pub struct Poor(());

/// Makes the file systems of this thread lack some things.
pub fn lack(what: &[Lacking]) -> Poor {
    LACKING.set(what.to_vec());
    Poor(())
}

impl Drop for Poor {
    fn drop(&mut self) {
        LACKING.take();
    }
}

/// Fails if the file system lacks it.
pub(crate) fn require(what: Lacking) -> io::Result<()> {
    let lacking = LACKING.with_borrow(|here| here.contains(&what)) || PROCESS_LACKING.contains(&what);
    match what {
        _ if !lacking => Ok(()),
        Lacking::Locks | Lacking::Exclusion => Err(io::ErrorKind::Unsupported.into()),
        Lacking::LocksOfUnwritable => Err(io::Error::from_raw_os_error(9)),
        Lacking::SymbolicLinks | Lacking::HardLinks => Err(io::ErrorKind::PermissionDenied.into()),
    }
}

/// Counts the calls of a thread until dropped.
#[derive(Debug)]
pub struct Armed(());

/// Counts the calls of this thread, and makes one of them fail.
pub fn arm(fault: Option<Fault>) -> Armed {
    ARMED.with_borrow_mut(|armed| {
        *armed = Some(State {
            fault,
            ..State::default()
        })
    });
    Armed(())
}

impl Armed {
    /// The calls so far, each with its file or folder (for a rename, the new name).
    pub fn calls(&self) -> Vec<(Operation, PathBuf)> {
        ARMED
            .with_borrow(|armed| armed.as_ref().map(|state| state.calls.clone()))
            .unwrap_or_default()
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        ARMED.with_borrow_mut(|armed| *armed = None);
    }
}

/// The fate of a call, and whether its thread is armed.
fn fate(operation: Operation, path: &Path) -> (Fate, bool) {
    let armed = ARMED.with_borrow_mut(|armed| armed.as_mut().map(|state| state.fate(operation, path)));
    if let Some(fate) = armed {
        return (fate, true);
    }
    let Some(state) = &*PROCESS else {
        return (Fate::Works, false);
    };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let fate = state.fate(operation, path);
    let dies = state.fault.is_some_and(|fault| fault.kind.is_crash());
    if dies && matches!(fate, Fate::Fails(_)) {
        std::process::abort();
    }
    (fate, false)
}

pub(crate) fn around<T>(operation: Operation, path: &Path, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let (fate, armed) = fate(operation, path);
    match fate {
        Fate::Works => act(),
        Fate::Fails(error) | Fate::Halved(error) => Err(error),
        Fate::WorksLast(error) => {
            act()?;
            if !armed {
                std::process::abort();
            }
            Err(error)
        }
    }
}

/// Like [`around`], for calls that can be skipped without this thread noticing.
pub(crate) fn around_sync(operation: Operation, path: &Path, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let armed = ARMED.with_borrow(Option::is_some);
    around(operation, path, || if armed { Ok(()) } else { act() })
}

pub(crate) fn around_write(path: &Path, bytes: &[u8], act: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let (fate, armed) = fate(Operation::Write, path);
    match fate {
        Fate::Works => act(bytes),
        Fate::Fails(error) => Err(error),
        Fate::Halved(error) => {
            act(&bytes[..bytes.len() / 2])?;
            Err(error)
        }
        Fate::WorksLast(error) => {
            act(bytes)?;
            if !armed {
                std::process::abort();
            }
            Err(error)
        }
    }
}
