//! Commands that are stopped, and go on.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{arguments, calls, command, place, run, trained, weights};
use crate::support::watched::Watched;
use crate::support::{Outcome, Playground};

const ONE_ROUND: &[&str] = &["rounds=1"];

/// Stops a run whose trainer waits with `fault`, by this signal.
fn stopped(place: &Playground, fault: &str, changes: &[&str], signal: &str) -> Outcome {
    let command = command(fault);
    let mut child = Watched::start(place, &arguments(&command, &[ONE_ROUND, changes].concat()));
    assert!(
        child.until_seen(|| trainer(place).is_some()),
        "the trainer was not started"
    );
    child.signal(signal);
    child.end()
}

/// The id of the trainer that waits.
fn trainer(place: &Playground) -> Option<u32> {
    fs::read_to_string(place.path("waits")).ok()?.parse().ok()
}

fn until_gone(pid: u32) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let is_there = || fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    while is_there() {
        assert!(Instant::now() < deadline, "the trainer runs on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn policy(place: &Playground) -> Vec<u8> {
    weights(&place.path(".serl/runs/tiny/1/train.0/policy"))
}

#[test]
fn a_command_is_asked_to_stop_and_goes_on_from_what_it_has_saved() {
    let whole = place();
    run(&whole, "", ONE_ROUND).succeeded();
    for signal in ["INT", "TERM"] {
        let place = place();
        let outcome = stopped(&place, "slow", &[], signal);
        assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("1 of 2 steps"), "{}", outcome.stderr);
        assert_eq!(trained(&place), 0);
        let measured = fs::read_to_string(place.path(".serl/runs/tiny/metrics.jsonl")).unwrap();
        assert!(measured.contains("-0.125"), "{measured}");
        run(&place, "slow", ONE_ROUND).succeeded();
        let calls = calls(&place);
        assert_eq!((calls.len(), &calls[1]["resume"]["done"]), (2, &json!(1)));
        assert_eq!(policy(&place), policy(&whole));
    }
}

#[test]
fn a_command_that_saves_nothing_begins_again() {
    let place = place();
    let outcome = stopped(&place, "saves nothing", &[], "INT");
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("1 of 2 steps"), "{}", outcome.stderr);
    fs::remove_file(place.path("waits")).unwrap();
    stopped(&place, "saves nothing", &[], "INT");
    assert_eq!(calls(&place)[1]["resume"], json!(null));
}

#[test]
fn a_command_that_does_not_listen_is_killed() {
    let place = place();
    let outcome = stopped(&place, "deaf", &["execution.command_grace=1"], "TERM");
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    until_gone(trainer(&place).unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_ends_with_serl_even_if_that_is_killed() {
    let place = place();
    let outcome = stopped(&place, "slow", &[], "KILL");
    assert_eq!(outcome.code, None);
    until_gone(trainer(&place).unwrap());
    // What it has left then is not trusted.
    run(&place, "", ONE_ROUND).succeeded();
    assert_eq!(calls(&place)[1]["resume"], json!(null));
}

#[test]
fn what_was_saved_on_the_way_survives_a_failure() {
    let whole = place();
    run(&whole, "", ONE_ROUND).succeeded();
    let place = place();
    let failed = run(&place, "dies", ONE_ROUND);
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    run(&place, "dies", ONE_ROUND).succeeded();
    assert_eq!(calls(&place)[1]["resume"]["done"], 1);
    assert_eq!(policy(&place), policy(&whole));
}

#[test]
fn a_command_that_is_interrupted_by_others_may_be_run_again() {
    let place = place();
    let left = run(&place, "leaves", ONE_ROUND);
    assert_eq!(left.code, Some(75), "{}", left.stderr);
    assert!(left.stderr.contains("ended with exit code 75"), "{}", left.stderr);
    assert!(left.stderr.contains("the same command goes on"), "{}", left.stderr);
    let again = run(&place, "leaves", ONE_ROUND);
    assert_eq!(again.code, Some(75));
    let resumed: Vec<_> = calls(&place)
        .iter()
        .map(|call| call["resume"]["done"].clone())
        .collect();
    assert_eq!(resumed, [json!(null), json!(1)]);
    assert!(Path::new(&place.path(".serl/v1/work")).exists());
}
