//! Algorithms, rewards and sources of instructions, each from one command line.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use serl_artifacts::table;
use serl_artifacts::tables::{TrainFigure, TrainLog, Vote};

use crate::support::inventory::listed;
use crate::support::{Playground, TINY};

/// One iteration that also trains where few instructions are selected.
const ONE: &[&str] = &["iterations=1", "rounds=1", "eval.path=", "train.bounds=[0,1]"];

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["run", "-q"], TINY, ONE, more].concat()
}

fn outputs(place: &Playground, more: &[&str]) -> Vec<Value> {
    let report = place.json(&arguments(more));
    let nodes = report["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| serde_json::json!([node["id"], node["outputs"]]))
        .collect()
}

/// The node that wrote other bytes, from the same responses.
fn policy(outputs: &[Value]) -> &Value {
    let train = outputs.iter().find(|node| node[0] == "1/train.0").unwrap();
    &train[1]["policy"]
}

#[test]
fn every_algorithm_trains_another_policy() {
    let place = Playground::new();
    let algorithms = [
        "reinforce_pp",
        "reinforce_pp_baseline",
        "grpo",
        "dapo",
        "dr_grpo",
        "rloo",
        "rloo_normalised",
        "gspo",
        "cispo",
        "rft",
        "dpo",
    ];
    let mut policies: Vec<String> = Vec::new();
    for algorithm in algorithms {
        let algorithm = format!("train.algorithm={algorithm}");
        // Several steps, so that the importance ratio is not 1 throughout.
        let outputs = outputs(&place, &[&algorithm, "train.batch_rollouts=8", "train.lr=1e-3"]);
        policies.push(policy(&outputs).to_string());
    }
    policies.sort_unstable();
    policies.dedup();
    // After the normalisation, both baselines are the same in groups of one size while the KL is 0.
    assert_eq!(policies.len(), algorithms.len() - 1);
}

#[test]
fn an_unknown_algorithm_is_answered_with_those_there_are() {
    insta::assert_snapshot!(Playground::new().run(&arguments(&["train.algorithm=ppo"])).refusal());
}

/// A problem with its answer, as a line of a data file.
fn gold_row(a: u32, b: u32) -> String {
    format!(
        "{{\"problem\": \"Ann has {a} cups and gets {b} more cups. How many cups does she have?\", \
             \"answer\": \"#### {}\"}}\n",
        a + b
    )
}

#[test]
fn the_rule_reward_judges_seeds_by_their_gold_answers() {
    let place = Playground::new();
    place.write("gold.jsonl", gold_row(2, 3) + &gold_row(4, 1) + &gold_row(7, 2));
    let rule = [
        "instructions=seeds",
        "seeds.path=gold.jsonl",
        "reward.kind=rule",
        "reward.path=gold.jsonl",
    ];
    let outputs = outputs(&place, &rule);
    let ids: Vec<&Value> = outputs.iter().map(|node| &node[0]).collect();
    assert_eq!(ids, ["1/respond.0", "1/vote.0", "1/train.0"]);
    // Where the file lies changes nothing.
    fs::rename(place.path("gold.jsonl"), place.path("moved.jsonl")).unwrap();
    let moved = [
        "instructions=seeds",
        "seeds.path=moved.jsonl",
        "reward.kind=rule",
        "reward.path=moved.jsonl",
    ];
    let report = place.json(&arguments(&moved));
    assert!(
        report["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|node| node["status"] == "cached")
    );
    insta::assert_snapshot!(place.run(&arguments(&["reward.kind=rule"])).refusal());
}

#[test]
fn a_judge_scores_responses_and_resumes_what_it_has_judged() {
    let judge = [
        "reward.kind=judge",
        "reward.format=raw",
        "reward.template={instruction}\n{response}\nScore:",
        "reward.max_new_tokens=8",
        "reward.batch_prompts=1",
        "reward.temperature=1",
        "train.on_empty=skip",
    ];
    resumes_after_a_kill(&judge, "parts/judgements");
}

/// A run that is killed as soon as a node has something in its folder `saved` ends like one that was left alone.
#[track_caller]
fn resumes_after_a_kill(more: &[&str], saved: &str) -> Playground {
    let whole = Playground::new();
    let wanted = outputs(&whole, more);
    let place = Playground::new();
    let mut child = place.start(&arguments(more));
    let work = place.path(".serl/v1/work");
    let count = || {
        let nodes = listed(&work).into_iter();
        nodes.flat_map(|node| listed(&node.join(saved))).count()
    };
    while count() == 0 {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run was over before it could be killed"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    assert_eq!(place.wait(child).code, None);
    assert!(count() > 0, "nothing was saved");
    assert_eq!(outputs(&place, more), wanted);
    place
}

/// Optimizer steps that last long enough to be interrupted.
const MANY_STEPS: [&str; 3] = ["train.batch_rollouts=2", "train.epochs=12", "train.lr=1e-3"];

#[test]
fn imitation_and_preferences_resume_in_the_middle_of_training() {
    for algorithm in ["train.algorithm=rft", "train.algorithm=dpo"] {
        resumes_after_a_kill(&[&MANY_STEPS[..], &[algorithm]].concat(), "checkpoints");
    }
}

#[test]
fn rewards_that_are_not_votes_resume_in_the_middle_of_training() {
    let gold = Playground::new();
    gold.write("gold.jsonl", gold_row(2, 3) + &gold_row(4, 1) + &gold_row(7, 2));
    let path = gold.path("gold.jsonl");
    let seeds = format!("seeds.path={}", path.display());
    let file = format!("reward.path={}", path.display());
    let rule = ["instructions=seeds", &seeds, "reward.kind=rule", &file];
    resumes_after_a_kill(&[&MANY_STEPS[..], &rule].concat(), "checkpoints");
    let random = ["reward.kind=random", "train.on_empty=skip"];
    resumes_after_a_kill(&[&MANY_STEPS[..], &random].concat(), "checkpoints");
}

#[test]
fn votes_are_counted_as_the_reward_says() {
    let place = Playground::new();
    let votes = |more: &[&str]| {
        let run = [&arguments(more)[..], &["--stage", "vote"]].concat();
        let report = place.json(&run);
        let nodes = report["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["id"] == "1/vote.0").unwrap()["outputs"].clone()
    };
    let plain = votes(&[]);
    // The paper's vote, spelled out.
    assert_eq!(votes(&["reward.weight=equal", "reward.base_rate=0"]), plain);
    // Slim groups give the same winners; what a response is worth differs all the same.
    votes(&["reward.weight=likelihood", "reward.base_rate=1.0"]);
    let shares = votes(&["reward.worth=share"]);
    assert_ne!(shares["rewards.parquet"], plain["rewards.parquet"]);
    assert_eq!(shares["votes.parquet"], plain["votes.parquet"]);
    let refusal = |more: &[&str]| place.run(&arguments(more)).refusal();
    insta::assert_snapshot!(refusal(&["reward.base_rate=-1"]));
    insta::assert_snapshot!(refusal(&["reward.weight=loud"]));
}

#[test]
fn rewards_can_be_mixed() {
    let place = Playground::new();
    place.write("gold.jsonl", gold_row(2, 3) + &gold_row(4, 1) + &gold_row(7, 2));
    let mixed = |parts: &str| {
        let parts = format!("reward.parts={parts}");
        let seeds = [
            "instructions=seeds",
            "seeds.path=gold.jsonl",
            "reward.kind=mixed",
            &parts,
        ];
        place.run(&[&arguments(&seeds)[..], &["--json"]].concat())
    };
    let both = r#"[{weight = 3, reward = {kind = "majority"}},
                   {weight = 1, reward = {kind = "rule", path = "gold.jsonl"}}]"#;
    mixed(both).succeeded();
    insta::assert_snapshot!(mixed(r#"[{weight = 1, reward = {kind = "majority"}}]"#).refusal());
    insta::assert_snapshot!(mixed(r#"[{weight = 1, reward = {kind = "majority", wieght = 2}}]"#).refusal());
}

/// A program that takes two answers for the same if both are even or both are odd.
const PARITY: &str = r#"#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    pair = json.loads(line)
    digits = [int(pair[side][-1]) if pair[side][-1:].isdigit() else -1 for side in ("first", "second")]
    print("true" if digits[0] % 2 == digits[1] % 2 else "false", flush=True)
"#;

#[test]
fn a_program_says_which_answers_mean_the_same() {
    let place = Playground::new();
    let run = |program: &str| {
        place.write("equal", program);
        let reward = ["reward.kind=consensus", "reward.equality=program", "reward.path=equal"];
        place.run(
            &[
                &arguments(&reward)[..],
                &["--stage", "vote", "reward.timeout_seconds=3"],
            ]
            .concat(),
        )
    };
    run(PARITY).succeeded();
    let votes = place.path(".serl/runs/tiny/1/vote.0/votes.parquet");
    let votes: Vec<Vote> = table::decode(&fs::read(votes).unwrap(), "votes").unwrap();
    assert!(!votes.is_empty() && votes.iter().all(|vote| vote.n_distinct <= 3 && vote.r_mean >= 0.25));
    // Another program is another input: nothing is taken from before.
    let silent = run("#!/bin/sh\nsleep 60\n").refusal();
    assert!(silent.contains("no reply within 3 s"), "{silent}");
    let chatty = run("#!/bin/sh\nwhile read -r line; do echo maybe; done\n").refusal();
    assert!(chatty.contains("it replied \"maybe\""), "{chatty}");
    let ended = run("#!/bin/sh\nexit 3\n").refusal();
    assert!(ended.contains("it ended (exit status: 3) without a reply"), "{ended}");
    let twofold = run("#!/bin/sh\nwhile read -r line; do echo true; echo false; done\n").refusal();
    assert!(twofold.contains("more lines than it was asked"), "{twofold}");
    let unknown = run("#!/no/such/interpreter\n").refusal();
    assert!(unknown.contains("must name its interpreter"), "{unknown}");
}

/// What the tiny policy writes is no code, so that nothing gets a vote.
#[test]
fn answers_that_are_code_are_run() {
    let place = Playground::new();
    let run = |extra: &[&str]| {
        let reward = [
            "reward.kind=consensus",
            "reward.equality=outputs",
            "train.on_empty=skip",
        ];
        place.run(&[&arguments(&reward)[..], &["--stage", "vote"], extra].concat())
    };
    let walled = run(&[]);
    // A kernel without Landlock: the run must say so, and what to do.
    if walled.stderr.contains("cannot be shut in") {
        assert!(walled.refusal().contains("`reward.sandbox = false`"));
        run(&["reward.sandbox=false"]).succeeded();
    } else {
        walled.succeeded();
    }
    let votes = place.path(".serl/runs/tiny/1/vote.0/votes.parquet");
    let votes: Vec<Vote> = table::decode(&fs::read(votes).unwrap(), "votes").unwrap();
    assert!(!votes.is_empty());
    assert!(
        votes
            .iter()
            .all(|vote| (vote.n_parsed, &vote.majority, vote.r_mean) == (0, &None, 0.0))
    );
    let absent = run(&["reward.interpreter=no-such-python"]).refusal();
    assert!(
        absent.contains("`reward.interpreter`: `no-such-python` does not start"),
        "{absent}"
    );
    let superfluous = run(&["reward.path=equal"]).refusal();
    assert!(superfluous.contains("`reward.equality` reads no file"), "{superfluous}");
}

#[test]
fn a_model_says_which_answers_mean_the_same_and_resumes() {
    let consensus = [
        "reward.kind=consensus",
        "reward.equality=entailment",
        "reward.format=raw",
        "reward.template={instruction}\n{first}\n{second}\n",
        "reward.batch_prompts=1",
        "train.on_empty=skip",
    ];
    resumes_after_a_kill(&consensus, "parts/comparisons");
}

#[test]
fn the_weight_of_the_kl_follows_its_target() {
    let place = Playground::new();
    let adaptive = [
        "rounds=2",
        "train.kl_coef=0.01",
        "train.kl_target=0.001",
        "train.kl_horizon=100",
        "train.lr=1e-3",
    ];
    place.run(&arguments(&adaptive)).succeeded();
    let read = |name: &str| fs::read(place.path(&format!(".serl/runs/tiny/1/{name}.parquet"))).unwrap();
    let weights = |round: u32| {
        let figures = table::decode::<TrainFigure>(&read(&format!("train.{round}/train_figures")), "figures").unwrap();
        let of = figures.iter().filter(|figure| figure.name == "kl_coef");
        let weights: Vec<f64> = of.map(|figure| figure.value).collect();
        let steps = table::decode::<TrainLog>(&read(&format!("train.{round}/train_log")), "log").unwrap();
        assert_eq!(weights.len(), steps.len());
        let responses: u32 = steps.iter().map(|step| step.responses).sum();
        (weights[0], f64::from(responses))
    };
    let ((first, n_first), (second, n_second)) = (weights(0), weights(1));
    // The first round's policy is the reference policy; a step at this rate takes the second one far from it.
    assert!((first - 0.01 * (1.0 - 0.2 * n_first / 100.0)).abs() < 1e-9, "{first}");
    assert!(
        (second - first * (1.0 + 0.2 * n_second / 100.0)).abs() < 1e-9,
        "{second}"
    );
    insta::assert_snapshot!(
        place
            .run(&arguments(&["train.algorithm=rft", "train.kl_target=1.0"]))
            .refusal()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_program_has_started_ends_with_it() {
    let place = Playground::new();
    place.write("equal", "#!/bin/sh\nsleep 600 &\necho $! > child\nwait\n");
    let reward = ["reward.kind=consensus", "reward.equality=program", "reward.path=equal"];
    let run = [
        &arguments(&reward)[..],
        &["--stage", "vote", "reward.timeout_seconds=3"],
    ]
    .concat();
    assert!(place.run(&run).refusal().contains("no reply within 3 s"));
    let child = fs::read_to_string(place.path("child")).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    // Gone, or dead and not yet collected.
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
}
