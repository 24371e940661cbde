//! What a command leaves or does that is refused: nothing of it is stored.

use super::{calls, place, run, trained};
use crate::support::Playground;

/// The refusal of a run whose trainer has `fault`, without what differs from run to run.
fn refused(place: &Playground, fault: &str, code: i32) -> String {
    let outcome = run(place, fault, &["rounds=1"]);
    assert_eq!(outcome.code, Some(code), "{}", outcome.stderr);
    assert_eq!(trained(place), 0, "{fault}");
    let error = outcome.stderr.find("error:").unwrap();
    let folder = regex::Regex::new(r"\.serl/v1/work/[0-9a-f]+/scratch/command-\d+-\d+").unwrap();
    let log = regex::Regex::new(r"train\.0-\d+\.log").unwrap();
    let told = folder.replace_all(&outcome.stderr[error..], "FOLDER");
    format!("{fault}\n{}", log.replace_all(&told, "train.0-PID.log"))
}

#[test]
fn policies_that_do_not_continue_the_one_that_was_given_are_refused() {
    let place = place();
    let faults = [
        "a tensor less",
        "another shape",
        "16 bits",
        "not a number",
        "another tokenizer",
        "no policy",
    ];
    let told = faults.map(|fault| refused(&place, fault, 2));
    insta::assert_snapshot!(told.join("\n"));
    // Scores are not computed again, but each time the command runs again: nothing wrong is kept.
    assert_eq!(calls(&place).len(), faults.len());
    run(&place, "", &["rounds=1"]).succeeded();
}

#[test]
fn logs_that_cannot_be_right_are_refused() {
    let place = place();
    let faults = ["a step less", "no finite loss", "other tokens", "no state"];
    let told = faults.map(|fault| refused(&place, fault, 2));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn commands_that_fail_are_quoted() {
    let place = place();
    let told = ["fails", "killed"].map(|fault| refused(&place, fault, 1));
    let absent = place.run(&super::arguments(
        "train.command.run=[\"no-such-trainer\", \"{in}\", \"{out}\"]",
        &["rounds=1"],
    ));
    assert_eq!(absent.code, Some(2));
    insta::assert_snapshot!(format!("{}\n{}", told.join("\n"), absent.refusal()));
}
