//! How errors end a command.

use std::error::Error;
use std::io;

use serl_artifacts::{ArtifactError, Digest, may_pass};
use serl_lm::LmError;
use serl_pipeline::PipelineError;
use serl_stages::StageError;

use super::errors::{Differs, Doubtful, Finding, Incomparable, Interrupted, Mistake};
use crate::builtin::BuiltinError;
use crate::settings::SettingsError;

/// How an unsuccessful command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Something failed, or two compared things differ.
    Failed,
    /// The user's input or configuration is at fault.
    Mistake,
    /// Nodes were requested alone, and others must run first.
    NotReady,
    /// Something failed that may pass: the same command may succeed later.
    Transient,
    /// The user asked to stop.
    Interrupted,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Mistake => 2,
            Self::NotReady => 3,
            // `EX_TEMPFAIL` of `sysexits.h`.
            Self::Transient => 75,
            Self::Interrupted => 130,
        }
    }

    /// How `error` ends the command; the first of its causes with an opinion decides. A failure may pass if any of its
    /// causes may.
    pub fn of(error: &anyhow::Error) -> Self {
        let mut endings = error.chain().filter_map(ending);
        match error.chain().find_map(|cause| ending(cause)?.exit()) {
            None | Some(Self::Failed) if endings.any(Ending::is_transient) => Self::Transient,
            decided => decided.unwrap_or(Self::Failed),
        }
    }
}

fn when(is_user_error: bool) -> Option<Exit> {
    Some(if is_user_error { Exit::Mistake } else { Exit::Failed })
}

/// The hint for `error`: that of the first of its causes with one.
pub(super) fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| ending(cause)?.hint())
}

/// The stored object whose loss or damage caused `error`, if that is its cause.
pub fn bad_object(error: &anyhow::Error) -> Option<Digest> {
    error.chain().find_map(|cause| ending(cause)?.bad_object())
}

/// What to do about a damaged object.
const MEND: &str = "`serl fsck --repair` quarantines what is damaged; then repeat the run";

/// What an error says about the end of the command. Where it says nothing, its causes decide.
trait Ending {
    /// The exit code that it asks for.
    fn exit(&self) -> Option<Exit> {
        None
    }

    /// Whether the same command may succeed later although nobody changes it.
    fn is_transient(&self) -> bool {
        false
    }

    /// How to fix it.
    fn hint(&self) -> Option<String> {
        self.bad_object().map(|_| MEND.to_owned())
    }

    /// The stored object that is missing or damaged.
    fn bad_object(&self) -> Option<Digest> {
        None
    }
}

/// An error as one of a known type.
type Known = for<'e> fn(&'e (dyn Error + 'static)) -> Option<&'e dyn Ending>;

/// Every type of error that says something.
const KNOWN: [Known; 13] = [
    known::<StageError>,
    known::<LmError>,
    known::<PipelineError>,
    known::<ArtifactError>,
    known::<BuiltinError>,
    known::<SettingsError>,
    known::<Mistake>,
    known::<Finding>,
    known::<Interrupted>,
    known::<Differs>,
    known::<Doubtful>,
    known::<Incomparable>,
    known::<io::Error>,
];

fn known<'e, E: Error + Ending + 'static>(cause: &'e (dyn Error + 'static)) -> Option<&'e dyn Ending> {
    let found: Option<&E> = cause.downcast_ref();
    found.map(|error| error as &dyn Ending)
}

fn ending<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e dyn Ending> {
    KNOWN.iter().find_map(|known| known(cause))
}

impl Ending for StageError {
    fn exit(&self) -> Option<Exit> {
        when(self.is_user_error())
    }

    fn is_transient(&self) -> bool {
        self.is_transient()
    }

    fn bad_object(&self) -> Option<Digest> {
        match self {
            Self::Artifact(error) => Ending::bad_object(error),
            Self::Pipeline(error) => Ending::bad_object(error),
            _ => None,
        }
    }
}

impl Ending for LmError {
    fn exit(&self) -> Option<Exit> {
        when(self.is_user_error())
    }

    fn is_transient(&self) -> bool {
        self.is_transient()
    }
}

impl Ending for PipelineError {
    fn exit(&self) -> Option<Exit> {
        match self {
            Self::NotReady { .. } => Some(Exit::NotReady),
            _ => when(self.is_user_error()),
        }
    }

    fn is_transient(&self) -> bool {
        self.is_transient()
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotReady { .. } => Some(
                "run them before, name them with `--node`, too, or let `--wait` wait until another process has run \
                 them"
                    .to_owned(),
            ),
            _ => self.bad_object().map(|_| MEND.to_owned()),
        }
    }

    fn bad_object(&self) -> Option<Digest> {
        match self {
            Self::Artifact(error) => Ending::bad_object(error),
            _ => None,
        }
    }
}

impl Ending for ArtifactError {
    fn exit(&self) -> Option<Exit> {
        when(self.is_user_error())
    }

    fn is_transient(&self) -> bool {
        self.is_transient()
    }

    fn bad_object(&self) -> Option<Digest> {
        self.bad_object().copied()
    }
}

impl Ending for BuiltinError {
    fn exit(&self) -> Option<Exit> {
        when(matches!(self, Self::Unknown { .. }))
    }
}

impl Ending for SettingsError {
    fn exit(&self) -> Option<Exit> {
        Some(Exit::Mistake)
    }

    fn hint(&self) -> Option<String> {
        self.hint()
    }
}

impl Ending for Mistake {
    fn exit(&self) -> Option<Exit> {
        Some(Exit::Mistake)
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

impl Ending for Finding {
    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

impl Ending for Interrupted {
    fn exit(&self) -> Option<Exit> {
        Some(Exit::Interrupted)
    }
}

impl Ending for Differs {
    fn exit(&self) -> Option<Exit> {
        Some(Exit::Failed)
    }
}

impl Ending for Doubtful {
    fn exit(&self) -> Option<Exit> {
        Some(Exit::Failed)
    }
}

impl Ending for Incomparable {
    fn exit(&self) -> Option<Exit> {
        Some(Exit::Mistake)
    }
}

/// The error above it says whose fault it is.
impl Ending for io::Error {
    fn is_transient(&self) -> bool {
        may_pass(self)
    }

    fn hint(&self) -> Option<String> {
        disk_hint(self.kind()).map(str::to_owned)
    }
}

fn disk_hint(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match kind {
        StorageFull | QuotaExceeded => Some(
            "make room on that disk (`serl gc` shows what no run needs); what is complete is kept, and the same \
             command continues",
        ),
        PermissionDenied => Some(
            "ask its owner for access (docs/src/store.md shows how users share a store), or name another store with \
             `execution.store=DIR`, or `--store DIR` where a command has it",
        ),
        ReadOnlyFilesystem => Some(
            "files and folders that are written must be writable; name another store with `execution.store=DIR`, or \
             `--store DIR` where a command has it",
        ),
        _ => None,
    }
}
