//! Signals: the first request to stop saves what is in progress, the second stops at once.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::inventory::listed;
use crate::support::watched::Watched;
use crate::support::{Playground, TINY};

/// An evaluation in a hundred groups.
const MANY_GROUPS: &[&str] = &["eval.limit=200", "eval.batch_prompts=1", "eval.sample_limit=100"];

/// A group that takes longer than anyone waits.
const ONE_LONG_GROUP: &[&str] = &[
    "eval.limit=200",
    "eval.batch_prompts=200",
    "eval.sample_limit=200",
    "eval.k=1000",
];

fn run(changes: &[&'static str]) -> Vec<&'static str> {
    [&["run"], TINY, changes].concat()
}

/// The files in `work/<the only node>/<name>`.
fn saved(place: &Playground, name: &str) -> Vec<PathBuf> {
    let works = listed(&place.path(".serl/v1/work"));
    works.iter().flat_map(|work| listed(&work.join(name))).collect()
}

/// Numbers differ from one interruption to the next.
fn without_numbers(text: &str) -> String {
    let mut told = String::new();
    for c in text.chars() {
        match c.is_ascii_digit() {
            true if told.ends_with('#') => {}
            true => told.push('#'),
            false => told.push(c),
        }
    }
    told
}

fn stopped_by(signal: &str) -> String {
    let place = Playground::new();
    let mut child = Watched::start(&place, &run(MANY_GROUPS));
    assert!(child.until_seen(|| !saved(&place, "parts/greedy").is_empty()));
    child.signal(signal);
    let outcome = child.end();
    let parts = saved(&place, "parts/greedy").len();
    let told = format!("and {} of 200 samples of it", 2 * parts);
    assert!(outcome.stderr.contains(&told), "{parts} parts, {}", outcome.stderr);
    outcome.refusal()
}

#[test]
fn ctrl_c_finishes_the_group_and_says_what_is_saved_and_how_to_go_on() {
    insta::assert_snapshot!(without_numbers(&stopped_by("INT")));
}

#[test]
fn a_request_to_terminate_is_heard_like_ctrl_c() {
    assert_eq!(
        without_numbers(&stopped_by("TERM")),
        without_numbers(&stopped_by("INT"))
    );
}

#[test]
fn a_second_ctrl_c_stops_at_once() {
    let place = Playground::new();
    let mut child = Watched::start(&place, &run(ONE_LONG_GROUP));
    assert!(child.until_seen(|| !saved(&place, "parts/greedy").is_empty()));
    // The greedy answers are saved; the group of all samples begins a moment later.
    std::thread::sleep(Duration::from_millis(500));
    child.signal("INT");
    child.until("stopping:");
    std::thread::sleep(Duration::from_millis(1100));
    child.signal("INT");
    insta::assert_snapshot!(child.end().refusal());
    assert!(saved(&place, "parts/samples").is_empty());
}

/// Slurm sends SIGTERM to a job's script and to what the script started; the script passes it on.
#[test]
fn a_request_that_arrives_twice_is_one() {
    let place = Playground::new();
    let mut child = Watched::start(&place, &run(ONE_LONG_GROUP));
    assert!(child.until_seen(|| !saved(&place, "parts/greedy").is_empty()));
    std::thread::sleep(Duration::from_millis(500));
    child.signal("TERM");
    child.until("stopping:");
    child.signal("TERM");
    std::thread::sleep(Duration::from_millis(1100));
    assert!(child.is_running(), "the second stopped it");
    child.signal("TERM");
    let outcome = child.end();
    assert_eq!(outcome.code, Some(130));
    assert!(outcome.stderr.contains("stopped at once"), "{}", outcome.stderr);
}

/// What tells one making of a file from another.
fn makings(files: &[PathBuf]) -> BTreeMap<PathBuf, (u64, i64)> {
    let making = |path: &PathBuf| {
        let meta = fs::metadata(path).unwrap();
        (path.clone(), (meta.ino(), meta.mtime_nsec()))
    };
    files.iter().map(making).collect()
}

/// Kills a run that has saved three groups, lets another go on and stops that one at once: the groups saved by the
/// first are used as they are.
fn saved_groups_are_not_made_again(name: &str, changes: &[&'static str]) {
    let place = Playground::new();
    let command = run(changes);
    let mut child = Watched::start(&place, &command);
    assert!(child.until_seen(|| saved(&place, name).len() >= 3), "too few groups");
    child.signal("KILL");
    assert_eq!(child.end().code, None);
    let first = makings(&saved(&place, name));

    let mut child = Watched::start(&place, &command);
    child.until("resuming from what was saved");
    child.signal("INT");
    let outcome = child.end();
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    let second = makings(&saved(&place, name));
    for (path, making) in first {
        assert_eq!(second.get(&path), Some(&making), "{} was made again", path.display());
    }
}

#[test]
fn saved_completions_are_not_sampled_again() {
    let changes = ["generate.prompts=60", "generate.batch_prompts=1"];
    saved_groups_are_not_made_again("parts/completions", &changes);
}

#[test]
fn saved_responses_are_not_sampled_again() {
    let changes = ["generate.prompts=24", "filter.max_kept=60", "vote.n=16"];
    saved_groups_are_not_made_again("parts/responses", &changes);
}

#[test]
fn saved_greedy_answers_are_not_sampled_again() {
    saved_groups_are_not_made_again("parts/greedy", MANY_GROUPS);
}

#[test]
fn saved_answers_for_pass_at_k_are_not_sampled_again() {
    saved_groups_are_not_made_again("parts/samples", MANY_GROUPS);
}

#[test]
fn saved_steps_are_not_trained_again() {
    let place = Playground::new();
    let command = run(&["generate.prompts=24", "filter.max_kept=40", "train.batch_rollouts=2"]);
    let steps = || saved(&place, "checkpoints").last().map_or(0, |path| step(path));
    let mut child = Watched::start(&place, &command);
    assert!(child.until_seen(|| steps() >= 3), "too few steps");
    child.signal("KILL");
    assert_eq!(child.end().code, None);
    let (before, scores) = (steps(), makings(&saved(&place, "parts/scores")));
    assert!(before >= 3);

    let mut child = Watched::start(&place, &command);
    child.until("resuming from what was saved");
    child.signal("INT");
    let outcome = child.end();
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    assert!(steps() > before, "{} after {before}", steps());
    let told = format!("and {} of ", steps());
    assert!(outcome.stderr.contains(&told), "{told}: {}", outcome.stderr);
    assert_eq!(makings(&saved(&place, "parts/scores")), scores);
}

fn step(checkpoint: &Path) -> u64 {
    let name = checkpoint.file_name().unwrap().to_str().unwrap();
    name.split_once('-').unwrap().0.parse().unwrap()
}
