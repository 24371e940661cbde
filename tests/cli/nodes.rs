//! `serl run --node`: single nodes, as jobs of a cluster run them.

use serde_json::Value;

use crate::support::inventory::Inventory;
use crate::support::watched::Watched;
use crate::support::{FINISHED, Outcome, Playground, TINY, TINY_NODES};

fn alone<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["run"], TINY, more].concat()
}

fn run(place: &Playground, more: &[&str]) -> Outcome {
    place.run(&alone(more))
}

/// The ids of a plan.
fn ids(plan: &Value) -> Vec<String> {
    let nodes = plan.as_array().unwrap().iter();
    nodes.map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn nodes_one_by_one_make_what_a_run_makes() {
    let place = Playground::new();
    let plan = place.json(&[&["plan", "-q"], TINY].concat());
    let nodes = plan.as_array().unwrap();
    assert_eq!(nodes.len(), TINY_NODES);
    // Each after those that it says it reads, and otherwise in another order than a run has.
    let mut open: Vec<&Value> = nodes.iter().rev().collect();
    let mut done: Vec<&Value> = Vec::new();
    while !open.is_empty() {
        let ready = |node: &&Value| node["after"].as_array().unwrap().iter().all(|id| done.contains(&id));
        let at = open.iter().position(ready).unwrap();
        let node = open.remove(at);
        let id = node["id"].as_str().unwrap();
        let outcome = run(&place, &["--node", id]).succeeded();
        assert!(outcome.stderr.contains(&format!("{id}: done in")), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
        done.push(&node["id"]);
    }
    assert_eq!(
        Inventory::of(&place.path(".serl")),
        Inventory::of(&FINISHED.path(".serl"))
    );
    let state = place.json(&["runs"]);
    assert_eq!(
        (&state[0]["state"], &state[0]["nodes"]),
        (&"complete".into(), &TINY_NODES.into())
    );
}

#[test]
fn a_node_whose_inputs_are_missing_is_refused_with_those_that_must_run_first() {
    let place = Playground::new();
    insta::assert_snapshot!(run(&place, &["-q", "--node", "1/train.1"]).refusal());
    let first = run(&place, &["--node", "1/generate", "--node", "1/filter"]).succeeded();
    assert!(first.stderr.contains("1/filter: done"), "{}", first.stderr);
    let refused = run(&place, &["-q", "--node", "1/vote.0"]);
    assert_eq!(refused.code, Some(3));
    assert!(
        refused.stderr.starts_with("error: 1/respond.0 must run first\n"),
        "{}",
        refused.stderr
    );
    let planned = place.run(&[&["plan", "-q"], TINY, &["--node", "1/vote.0"]].concat());
    assert_eq!((planned.code, planned.stderr), (refused.code, refused.stderr));
    let json = place.json(&alone(&["-q", "--node", "1/respond.0"]));
    assert_eq!(ids(&json["nodes"]), ["1/generate", "1/filter", "1/respond.0"]);
}

#[test]
fn a_node_that_is_complete_is_not_run_again() {
    let outcome = run(&FINISHED, &["--node", "2/vote.1"]).succeeded();
    assert!(
        outcome.stderr.ends_with("nodes cached, nothing to do\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn wrong_names_and_combinations_are_refused() {
    let told = |more: &[&str]| run(&FINISHED, &[&["-q"], more].concat()).refusal();
    insta::assert_snapshot!(told(&["--node", "1/votes.0"]));
    insta::assert_snapshot!(told(&["--node", "1/vote.0", "--stage", "vote"]));
    for other in ["--iteration=1", "--round=0"] {
        assert!(
            told(&["--node", "1/vote.0", other]).starts_with("exit code 2\n"),
            "{other}"
        );
    }
    assert!(told(&["--wait"]).starts_with("exit code 2\n"));
    let wrong = told(&["--node", "1/vote.0", "--wait=2"]);
    assert!(
        wrong.contains("give a whole number with `s`, `m`, `h` or `d`"),
        "{wrong}"
    );
}

#[test]
fn rounds_are_selected_and_wrong_ones_answered_with_those_there_are() {
    let plan = |more: &[&str]| FINISHED.json(&[&["plan", "-q"], TINY, more].concat());
    let last = |more: &[&str]| ids(&plan(more)).pop().unwrap();
    assert_eq!(last(&["--stage", "train", "--round", "0"]), "1/train.0");
    assert_eq!(
        last(&["--stage", "vote", "--iteration", "2", "--round", "1"]),
        "2/vote.1"
    );
    assert_eq!(last(&["--round", "0"]), "1/train.0");
    assert_eq!(last(&["--stage", "train"]), "1/train.1");
    let told = |more: &[&str]| FINISHED.run(&[&["plan", "-q"], TINY, more].concat()).refusal();
    let errors = [
        told(&["--stage", "train", "--round", "2"]),
        told(&["--iteration", "0", "--round", "0"]),
        told(&["--stage", "filter", "--round", "0"]),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_node_can_wait_for_those_that_another_process_runs() {
    let place = Playground::new();
    let mut waiting = Watched::start(&place, &alone(&["--node", "1/filter", "--wait"]));
    waiting.until("waiting for 1/generate");
    assert!(waiting.is_running());
    run(&place, &["--node", "1/generate"]).succeeded();
    let outcome = waiting.end().succeeded();
    assert!(outcome.stderr.contains("1/filter: done in"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("1/generate: done"), "{}", outcome.stderr);
}

#[test]
fn waiting_ends_with_its_time_and_at_once_when_asked_to() {
    let place = Playground::new();
    let outcome = run(&place, &["--node", "1/filter", "--wait=1s"]);
    assert_eq!(outcome.code, Some(3));
    assert!(
        outcome.stderr.contains("1/generate must run first"),
        "{}",
        outcome.stderr
    );
    for signal in ["INT", "TERM"] {
        let mut waiting = Watched::start(&place, &alone(&["--node", "1/filter", "--wait=2h"]));
        waiting.until("waiting for 1/generate");
        waiting.signal(signal);
        let outcome = waiting.end();
        assert_eq!(outcome.code, Some(130), "{signal}");
        assert!(
            outcome.stderr.contains("interrupted; nothing had begun"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn two_processes_work_on_one_run_at_once() {
    let place = Playground::new();
    let both = ["0/solve", "1/generate"].map(|id| Watched::start(&place, &alone(&["--node", id])));
    both.into_iter().for_each(|child| drop(child.end().succeeded()));
    let nodes = &place.json(&["runs"])[0]["nodes"];
    assert_eq!(*nodes, 2);
}

/// What a scheduler reads. Keys, which change with every stage, and what follows from the machine are left out.
#[test]
fn a_plan_has_what_schedulers_need() {
    let place = Playground::new();
    let mut plan = place.json(&[&["plan", "-q"], TINY, &["iterations=1"]].concat());
    for node in plan.as_array_mut().unwrap() {
        let node = node.as_object_mut().unwrap();
        for left_out in ["key", "reason", "reasons", "compared"] {
            assert!(node.remove(left_out).is_some(), "{left_out}");
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&plan).unwrap());
}
