//! How a command ends: exit codes and readable errors.

use std::error::Error;
use std::io;

use serl_artifacts::{ArtifactError, Digest};
use serl_lm::LmError;
use serl_pipeline::PipelineError;
use serl_stages::StageError;

use crate::builtin::BuiltinError;
use crate::settings::SettingsError;
use crate::terminal::Terminal;

/// The exit codes, for `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed; `serl fsck`: found problems; `serl diff`: the two differ
  2    your input or configuration is at fault; the message says where
  130  interrupted; the same command continues";

const RED: u8 = 31;
const CYAN: u8 = 36;

/// A user's mistake that only the command line can detect, with a hint.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Mistake {
    /// What is wrong.
    pub text: String,
    /// How to fix it.
    pub hint: Option<String>,
}

impl Mistake {
    /// Creates a mistake with a hint.
    pub fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hint: Some(hint.into()),
        }
    }
}

/// Problems found by a check; the exit code is that of a failure.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Finding {
    /// What was found.
    pub text: String,
    /// What to do.
    pub hint: String,
}

/// The user asked to stop.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; {saved}")]
pub struct Interrupted {
    /// What was kept.
    pub saved: String,
    /// The command that continues from there, if there is one.
    pub command: Option<String>,
}

impl Interrupted {
    /// An interruption of work that keeps nothing until it is done.
    pub fn for_nothing() -> Self {
        Self {
            saved: "nothing was written; the same command starts over".to_owned(),
            command: None,
        }
    }
}

/// The two sides of a comparison differ. The report was already printed, so this sets only the exit code.
#[derive(Debug, thiserror::Error)]
#[error("they differ")]
pub struct Differs;

/// A comparison that could not be made. Its exit code is not that of a difference.
#[derive(Debug, thiserror::Error)]
#[error("cannot compare `{a}` with `{b}`")]
pub struct Incomparable {
    /// One side.
    pub a: String,
    /// The other side.
    pub b: String,
    /// Why not.
    pub source: anyhow::Error,
}

/// How an unsuccessful command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Something failed, or two compared things differ.
    Failed,
    /// The user's input or configuration is at fault.
    Mistake,
    /// The user asked to stop.
    Interrupted,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Mistake => 2,
            Self::Interrupted => 130,
        }
    }

    /// How `error` ends the command; the first of its causes with an opinion decides.
    pub fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(judge).unwrap_or(Self::Failed)
    }
}

fn judge(cause: &(dyn Error + 'static)) -> Option<Exit> {
    if cause.is::<Interrupted>() {
        return Some(Exit::Interrupted);
    }
    if cause.is::<Differs>() {
        return Some(Exit::Failed);
    }
    if cause.is::<SettingsError>() || cause.is::<Mistake>() || cause.is::<Incomparable>() {
        return Some(Exit::Mistake);
    }
    if let Some(error) = cause.downcast_ref::<BuiltinError>() {
        return Some(when(matches!(error, BuiltinError::Unknown { .. })));
    }
    let user = cause
        .downcast_ref::<StageError>()
        .map(StageError::is_user_error)
        .or_else(|| cause.downcast_ref::<LmError>().map(LmError::is_user_error))
        .or_else(|| cause.downcast_ref::<PipelineError>().map(PipelineError::is_user_error))
        .or_else(|| cause.downcast_ref::<ArtifactError>().map(ArtifactError::is_user_error));
    user.map(when)
}

fn when(user: bool) -> Exit {
    if user { Exit::Mistake } else { Exit::Failed }
}

/// Formats `error` for reading: the message, its causes indented and, after a blank line, the hint.
pub fn render(error: &anyhow::Error, terminal: &Terminal) -> String {
    // A user who asked to stop did not make an error.
    let mut text = match error.is::<Interrupted>() {
        true => error.to_string(),
        false => format!("{}: {error}", terminal.emphasised("error", RED)),
    };
    let mut above = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // The message of some errors already ends with their cause.
        if !above.ends_with(&cause) {
            text += &format!("\n  caused by: {}", cause.replace('\n', "\n  "));
        }
        above = cause;
    }
    if let Some(stop) = error.downcast_ref::<Interrupted>() {
        let go_on = terminal.emphasised("to continue", CYAN);
        let command = stop.command.iter();
        text.extend(command.map(|command| format!("\n\n{go_on}: {command}")));
    }
    if let Some(hint) = error.chain().find_map(hint) {
        text += &format!("\n\n{}: {hint}", terminal.emphasised("hint", CYAN));
    }
    text
}

fn hint(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<SettingsError>() {
        return error.hint();
    }
    if let Some(finding) = cause.downcast_ref::<Finding>() {
        return Some(finding.hint.clone());
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return disk_hint(error.kind()).map(str::to_owned);
    }
    if bad_object_of(cause).is_some() {
        return Some("`serl fsck --repair` quarantines what is damaged; then repeat the run".into());
    }
    cause.downcast_ref::<Mistake>().and_then(|mistake| mistake.hint.clone())
}

fn disk_hint(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match kind {
        StorageFull | QuotaExceeded => Some(
            "make room on that disk (`serl gc` shows what no run needs); what is complete is kept, and the same \
             command continues",
        ),
        ReadOnlyFilesystem | PermissionDenied => Some(
            "files and folders that are written must be writable; name another store with `execution.store=DIR`, or \
             `--store DIR` where a command has it",
        ),
        _ => None,
    }
}

/// The stored object whose loss or damage caused `error`, if that is its cause.
pub fn bad_object(error: &anyhow::Error) -> Option<Digest> {
    error.chain().find_map(bad_object_of)
}

fn bad_object_of(cause: &(dyn Error + 'static)) -> Option<Digest> {
    let of_pipeline = |error: &PipelineError| match error {
        PipelineError::Artifact(error) => error.bad_object().copied(),
        _ => None,
    };
    let of_stage = |error: &StageError| match error {
        StageError::Artifact(error) => error.bad_object().copied(),
        StageError::Pipeline(error) => of_pipeline(error),
        _ => None,
    };
    None.or_else(|| cause.downcast_ref().and_then(of_pipeline))
        .or_else(|| cause.downcast_ref().and_then(of_stage))
        .or_else(|| cause.downcast_ref::<ArtifactError>()?.bad_object().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    const PLAIN: Terminal = Terminal {
        quiet: false,
        colour: false,
        interactive: false,
    };

    #[test]
    fn causes_are_indented_and_hints_come_after_a_blank_line() {
        let error = Err::<(), _>(Mistake::new("no run `x`", "there is `y`"))
            .context("cannot inspect")
            .unwrap_err();
        assert_eq!(
            render(&error, &PLAIN),
            "error: cannot inspect\n  caused by: no run `x`\n\nhint: there is `y`"
        );
        assert_eq!(Exit::of(&error).code(), 2);
    }

    #[test]
    fn a_full_disk_is_told_with_what_to_do() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = ArtifactError::io("write", std::path::Path::new("store/x"))(full);
        let told = render(&PipelineError::from(error).into(), &PLAIN);
        assert!(told.starts_with("error: cannot write store/x: "), "{told}");
        assert!(told.contains("\n\nhint: make room on that disk"), "{told}");
    }

    #[test]
    fn a_difference_is_one_and_a_failed_comparison_two() {
        assert_eq!(Exit::of(&Differs.into()).code(), 1);
        let failed = Incomparable {
            a: "x".into(),
            b: "y".into(),
            source: anyhow::anyhow!("disk on fire"),
        };
        let failed = failed.into();
        assert_eq!(Exit::of(&failed).code(), 2);
        assert_eq!(
            render(&failed, &PLAIN),
            "error: cannot compare `x` with `y`\n  caused by: disk on fire"
        );
    }

    #[test]
    fn what_nobody_knows_is_a_failure_and_a_stop_is_no_error() {
        assert_eq!(Exit::of(&anyhow::anyhow!("disk on fire")).code(), 1);
        let stop = anyhow::Error::from(Interrupted {
            saved: "3 of 6 samples are saved".into(),
            command: Some("serl run seed=2".into()),
        });
        assert_eq!(Exit::of(&stop).code(), 130);
        assert_eq!(
            render(&stop, &PLAIN),
            "interrupted; 3 of 6 samples are saved\n\nto continue: serl run seed=2"
        );
    }
}
