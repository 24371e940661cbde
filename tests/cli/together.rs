//! Several `serl run` on one store at once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;

use serde_json::Value;

use crate::support::inventory::listed;
use crate::support::watched::Watched;
use crate::support::{FINISHED, Outcome, Playground, TINY, TINY_NODES, host, process};

fn started<'a>(place: &'a Playground, changes: &[&str]) -> Watched<'a> {
    Watched::start(place, &[&["run", "--json"], TINY, changes].concat())
}

fn report(outcome: Outcome) -> Value {
    serde_json::from_str(&outcome.succeeded().stdout).unwrap()
}

/// How often each node ran in these runs together.
fn ran(reports: &[&Value]) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for node in reports.iter().flat_map(|report| report["nodes"].as_array().unwrap()) {
        let id = node["id"].as_str().unwrap().to_owned();
        *times.entry(id).or_insert(0) += usize::from(node["status"] == "ran");
    }
    times
}

/// Two runs of one configuration, started together, do everything once.
fn do_everything_once(times: usize) {
    for _ in 0..times {
        let place = Playground::new();
        let pair = [started(&place, &[]), started(&place, &[])];
        let [one, two] = pair.map(|child| report(child.end()));
        let ran = ran(&[&one, &two]);
        assert_eq!(ran.len(), TINY_NODES);
        assert!(ran.values().all(|&times| times == 1), "{ran:?}");
        assert_eq!(listed(&place.path(".serl/v1/nodes")).len(), TINY_NODES);
        assert_eq!(one["iterations"], two["iterations"]);
        assert_eq!(one["policy"], two["policy"]);
    }
}

#[test]
fn two_runs_of_one_configuration_do_everything_once() {
    do_everything_once(4);
}

#[test]
#[ignore = "long: SERL_PAIRS says how many"]
fn pair_many() {
    let pairs = std::env::var("SERL_PAIRS").map_or(20, |n| n.parse().unwrap());
    do_everything_once(pairs);
}

#[test]
fn two_runs_that_differ_in_training_share_what_comes_before_it() {
    let place = Playground::new();
    let slow = started(&place, &["name=slow"]);
    let fast = started(&place, &["name=fast", "train.lr=5e-4"]);
    let (slow, fast) = (report(slow.end()), report(fast.end()));
    let shared = [
        "0/solve",
        "0/evaluate",
        "1/generate",
        "1/filter",
        "1/respond.0",
        "1/vote.0",
    ];
    for (id, times) in ran(&[&slow, &fast]) {
        let wanted = if shared.contains(&id.as_str()) { 1 } else { 2 };
        assert_eq!(times, wanted, "{id}");
    }
}

/// The lock of the first node of the tiny run.
fn first_lock(place: &Playground) -> std::path::PathBuf {
    let record = fs::read(FINISHED.path(".serl/v1/runs/tiny.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    let locks = place.path(".serl/v1/locks");
    fs::create_dir_all(&locks).unwrap();
    locks.join(record["nodes"]["0/solve"].as_str().unwrap())
}

#[test]
fn whoever_waits_says_for_which_process() {
    let place = Playground::new();
    let mut lock = File::create(first_lock(&place)).unwrap();
    lock.lock().unwrap();
    writeln!(lock, "{}", std::process::id()).unwrap();
    let mut child = started(&place, &["--iteration", "0"]);
    let told = child.until("waiting");
    insta::assert_snapshot!(told.replace(&std::process::id().to_string(), "[PID]"));
    drop(lock);
    child.end().succeeded();
}

/// An earlier version signs with its process id alone.
#[test]
fn whoever_holds_a_lock_is_named_with_the_machine() {
    let place = Playground::new();
    let mut lock = File::create(first_lock(&place)).unwrap();
    lock.lock().unwrap();
    writeln!(lock, "n1:17").unwrap();
    let mut child = started(&place, &["--iteration", "0"]);
    child.until("0/solve: waiting for process n1:17, which");
    drop(lock);
    child.end().succeeded();
    let signed = fs::read_to_string(first_lock(&place)).unwrap();
    assert!(signed.starts_with(&format!("{}:", host())), "{signed}");
}

#[test]
fn a_wait_can_be_stopped() {
    let place = Playground::new();
    let lock = File::create(first_lock(&place)).unwrap();
    lock.lock().unwrap();
    let mut child = started(&place, &[]);
    child.until("0/solve: waiting for another process");
    child.signal("INT");
    assert_eq!(child.end().code, Some(130));
}

#[test]
fn the_lock_of_a_killed_process_is_taken_over() {
    let place = Playground::new();
    let mut holder = started(&place, &[]);
    holder.until("0/solve");
    holder.signal("STOP");
    let mut heir = started(&place, &[]);
    heir.until(&format!("waiting for process {}", process(holder.pid())));
    holder.signal("KILL");
    assert_eq!(holder.end().code, None);
    let report = report(heir.end());
    assert!(ran(&[&report]).values().all(|&times| times == 1), "{report}");
}
