//! Readable errors.

use super::ending::hint;
use super::errors::Interrupted;
use crate::terminal::{Terminal, printable, wrapped};

/// Characters of one message, at most: it may quote a file or an argument of any length.
const LONGEST: usize = 8_000;

const RED: u8 = 31;
const CYAN: u8 = 36;

/// Formats `error` for reading: the message, its causes indented and, after a blank line, the hint. What the parts
/// quote of files and models is [`printable`].
pub fn render(error: &anyhow::Error, terminal: &Terminal) -> String {
    // A user who asked to stop did not make an error.
    let mut text = match error.is::<Interrupted>() {
        true => shown(&error.to_string()),
        false => format!("{}: {}", terminal.emphasised("error", RED), shown(&error.to_string())),
    };
    let mut above = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // The message of some errors already ends with their cause.
        if !above.ends_with(&cause) {
            text += &format!("\n  caused by: {}", shown(&cause).replace('\n', "\n  "));
        }
        above = cause;
    }
    if let Some(stop) = error.downcast_ref::<Interrupted>() {
        let go_on = terminal.emphasised("to continue", CYAN);
        let command = stop.command.iter();
        text.extend(command.map(|command| format!("\n\n{go_on}: {}", shown(command))));
    }
    if let Some(hint) = hint(error) {
        let hint = shown(&hint);
        // To the right of its name.
        let room = terminal.columns().map(|columns| columns.saturating_sub("hint: ".len()));
        let hint = room.map_or_else(|| hint.clone(), |room| wrapped(&hint, room));
        text += &format!("\n\n{}: {hint}", terminal.emphasised("hint", CYAN));
    }
    text
}

/// `text` as a terminal may see it, cut where it is too long to be read.
fn shown(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => printable(text).into_owned(),
        Some((end, _)) => {
            let more = text[end..].chars().count();
            format!("{} … and {more} more characters", printable(&text[..end]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Differs, EXIT_CODES, Exit, Incomparable, Mistake, bad_object};
    use anyhow::Context;
    use serl_artifacts::{ArtifactError, Digest};
    use serl_lm::LmError;
    use serl_pipeline::PipelineError;
    use serl_stages::StageError;
    use std::io;

    const PLAIN: Terminal = Terminal {
        quiet: false,
        debug: false,
        colour: false,
        interactive: false,
        json: false,
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
    fn quotations_are_made_printable_and_cut() {
        let coloured = Terminal { colour: true, ..PLAIN };
        let error = Err::<(), _>(Mistake::new("no column `\x1b[2J`", "there is `\u{202e}b`"));
        let error = error.context("y".repeat(LONGEST + 5)).unwrap_err();
        let told = render(&error, &coloured);
        assert!(told.starts_with("\x1b[1;31merror\x1b[0m: yyy"), "{told}");
        let rest = told.trim_start_matches(|c| c != ' ').trim_start_matches([' ', 'y']);
        assert_eq!(
            rest,
            "… and 5 more characters\n  caused by: no column `\\u001b[2J`\n\n\x1b[1;36mhint\x1b[0m: there is `\\u202eb`"
        );
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
    fn what_may_pass_is_told_from_what_stays_wrong() {
        let io = |kind: io::ErrorKind| ArtifactError::io("write", std::path::Path::new("x"))(kind.into());
        let code = |error: anyhow::Error| Exit::of(&error).code();
        let unreachable = || LmError::unavailable(io::Error::from(io::ErrorKind::AddrNotAvailable));
        let cases: [(anyhow::Error, u8); 9] = [
            (io(io::ErrorKind::StorageFull).into(), 75),
            (
                StageError::from(PipelineError::from(io(io::ErrorKind::TimedOut))).into(),
                75,
            ),
            (StageError::from(unreachable()).into(), 75),
            (io::Error::from(io::ErrorKind::StaleNetworkFileHandle).into(), 75),
            (PipelineError::Collecting { holder: None }.into(), 75),
            (io(io::ErrorKind::PermissionDenied).into(), 1),
            (StageError::from(LmError::sampler("a bad reply", false)).into(), 1),
            (StageError::from(LmError::sampler("a wrong address", true)).into(), 2),
            (
                PipelineError::NotReady {
                    first: vec!["1/vote.0".into()],
                }
                .into(),
                3,
            ),
        ];
        for (error, wanted) in cases {
            let told = error.to_string();
            assert_eq!(code(error.context("1/train.0")), wanted, "{told}");
        }
    }

    #[test]
    fn every_exit_code_is_in_the_help() {
        let all = [
            Exit::Failed,
            Exit::Mistake,
            Exit::NotReady,
            Exit::Transient,
            Exit::Interrupted,
        ];
        for exit in all {
            let line = format!("\n  {:<5}", exit.code());
            assert!(EXIT_CODES.contains(&line), "{exit:?}");
        }
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

    #[test]
    fn a_damaged_object_is_found_at_any_depth() {
        let missing = || ArtifactError::Missing {
            digest: Digest::of(b"x"),
            path: "store/x".into(),
        };
        let errors: [anyhow::Error; 3] = [
            missing().into(),
            PipelineError::from(missing()).into(),
            StageError::from(PipelineError::from(missing())).into(),
        ];
        for error in errors {
            let error = error.context("1/vote.0");
            assert_eq!(bad_object(&error), Some(Digest::of(b"x")));
            assert_eq!(Exit::of(&error).code(), 1);
            assert!(render(&error, &PLAIN).contains("\n\nhint: `serl fsck --repair`"));
        }
        let other = anyhow::Error::from(PipelineError::Interrupted);
        assert_eq!((bad_object(&other), hint(&other)), (None, None));
    }
}
