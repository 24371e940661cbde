//! `serl plan`: what would run and why, without running it.

use std::path::Path;

use serde_json::Value;

use crate::support::{FINISHED, Playground, TINY, TINY_NODES};

fn plan(place: &Playground, changes: &[&str]) -> Value {
    place.json(&[&["plan", "-q"], TINY, changes].concat())
}

/// The nodes that would not run.
fn cached(plan: &Value) -> Vec<&str> {
    let nodes = plan.as_array().unwrap().iter();
    let cached = nodes.filter(|node| node["status"] == "cached");
    cached.map(|node| node["id"].as_str().unwrap()).collect()
}

#[test]
fn a_changed_value_is_named_with_what_it_was() {
    let changed = ["train.bounds=[0.6, 1.0]"];
    let outcome = FINISHED.run(&[&["plan"], TINY, &changed].concat()).succeeded();
    insta::assert_snapshot!(format!("{}\n{}", outcome.without_estimate(), outcome.stdout));
}

#[test]
fn a_plan_is_what_a_dry_run_prints() {
    for changes in [&["vote.n=3", "seed=2"][..], &["--stage", "train", "--json"]] {
        let planned = FINISHED.run(&[&["plan"], TINY, changes].concat()).succeeded();
        let dry = FINISHED
            .run(&[&["run", "--dry-run"], TINY, changes].concat())
            .succeeded();
        assert_eq!((planned.stdout, planned.stderr), (dry.stdout, dry.stderr));
    }
}

#[test]
fn every_kind_of_change_has_its_reason() {
    let place = Playground::after_finished();
    place.write(
        "seeds.jsonl",
        "{\"problem\": \"Tom has 3 apples and eats one. How many are left?\"}\n",
    );
    let changes = [
        "seed=2",
        "vote.n=3",
        "filter.min_words=9",
        "seeds.path=seeds.jsonl",
        "--iteration",
        "1",
    ];
    let outcome = place.run(&[&["plan"], TINY, &changes].concat()).succeeded();
    insta::assert_snapshot!(format!("{}\n{}", outcome.without_estimate(), outcome.stdout));
}

#[test]
fn comments_and_execution_settings_run_nothing() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/quickstart.toml");
    let text = std::fs::read_to_string(config).unwrap();
    let place = Playground::after_finished();
    place.write("mine.toml", format!("# Mine.\n{text}\n# The end.\n"));
    let execution = [
        "execution.threads=1",
        "execution.checkpoint_steps=7",
        "execution.gradient_checkpointing=true",
        "name=other",
    ];
    let plan = plan(&place, &[&["-c", "mine.toml"], &execution[..]].concat());
    assert_eq!(cached(&plan).len(), TINY_NODES);
}

#[test]
fn nothing_to_do_is_said() {
    let outcome = FINISHED.run(&[&["plan"], TINY].concat()).succeeded();
    assert_eq!(
        outcome.stderr,
        format!("all {TINY_NODES} nodes cached, nothing to do\n")
    );
}

#[test]
fn bounds_run_train_and_what_depends_on_it_and_never_what_came_before() {
    let place = Playground::after_finished();
    let changed = ["train.bounds=[0.6, 1.0]"];
    let planned = plan(&place, &changed);
    let report = place.json(&[&["run", "-q"], TINY, &changed].concat());
    let ran = |id: &str| {
        let nodes = report["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["id"] == id).unwrap()["status"] == "ran"
    };
    let before = [
        "0/solve",
        "0/evaluate",
        "1/generate",
        "1/filter",
        "1/respond.0",
        "1/vote.0",
    ];
    assert_eq!(cached(&planned), before);
    assert!(before.iter().all(|id| !ran(id)));
    assert!(ran("1/train.0") && ran("1/respond.1"), "{report}");

    let reasons = |id: &str| {
        let node = place.json(&["explain", "-q", id]);
        let reasons = node["ran_because"]["reasons"].as_array().unwrap().clone();
        reasons
            .into_iter()
            .map(|r| format!("{} {}", r["reason"], r["key"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(reasons("1/train.0"), ["\"config\" \"train.bounds\""]);
    assert_eq!(reasons("1/vote.0"), ["\"never_ran\" null"]);
    let sampled = place.json(&["explain", "-q", "1/respond.1"]);
    let reason = &sampled["ran_because"]["reasons"][0];
    assert_eq!(
        (&reason["name"], &reason["producer"]),
        (&"policy".into(), &"1/train.0".into())
    );
}

/// Changes the order of extraction after a complete run: what was sampled stays.
#[test]
fn answers_are_read_again_without_sampling_again() {
    let place = Playground::after_finished();
    let changed = ["answers.order=[\"hash\",\"last_number\"]"];
    let planned = plan(&place, &changed);
    let kept = cached(&planned);
    // Grading of the untouched policy and the first vote read what is there; no later node's inputs are known yet.
    assert_eq!(kept, ["0/solve", "1/generate", "1/filter", "1/respond.0"]);
    let report = place.json(&[&["run", "-q"], TINY, &changed].concat());
    let nodes = report["nodes"].as_array().unwrap();
    let ran = nodes.iter().filter(|node| node["status"] == "ran");
    let ran: Vec<&str> = ran.map(|node| node["id"].as_str().unwrap()).collect();
    // This policy marks its answers, so reading them in another order changes no reward, and nothing follows.
    let read = [
        "0/evaluate",
        "1/vote.0",
        "1/vote.1",
        "1/evaluate",
        "2/vote.0",
        "2/vote.1",
        "2/evaluate",
    ];
    assert_eq!(ran, read);
}

#[test]
fn vote_reward_is_another_name_of_vote() {
    let stage = |name: &str| plan(&FINISHED, &["--stage", name]).as_array().unwrap().clone();
    assert_eq!(stage("vote-reward"), stage("vote"));
    let nodes = stage("vote");
    let ids: Vec<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "1/generate",
            "1/filter",
            "1/respond.0",
            "1/vote.0",
            "1/train.0",
            "1/respond.1",
            "1/vote.1"
        ]
    );
}

#[test]
fn a_damaged_record_hides_nothing() {
    let place = Playground::after_finished();
    place.write(".serl/v1/runs/tiny.json", "{");
    let planned = place.run(&[&["plan", "--json"], TINY].concat()).succeeded();
    let told = "tiny.json is damaged: `serl run` quarantines it";
    assert!(planned.stderr.contains(told), "{}", planned.stderr);
    let nodes: Value = serde_json::from_str(&planned.stdout).unwrap();
    assert_eq!(cached(&nodes).len(), TINY_NODES);
    let report = place.json(&[&["run", "-q"], TINY].concat());
    assert_eq!(cached(&report["nodes"]).len(), TINY_NODES);
}
