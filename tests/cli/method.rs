//! Algorithms, rewards and sources of instructions, each from one command line.

use std::fs;
use std::time::Duration;

use serde_json::Value;

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

#[test]
fn the_rule_reward_judges_seeds_by_their_gold_answers() {
    let place = Playground::new();
    let row = |a: u32, b: u32| {
        format!(
            "{{\"problem\": \"Ann has {a} cups and gets {b} more cups. How many cups does she have?\", \
                 \"answer\": \"#### {}\"}}\n",
            a + b
        )
    };
    place.write("gold.jsonl", [row(2, 3), row(4, 1), row(7, 2)].concat());
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
    let whole = Playground::new();
    let wanted = outputs(&whole, &judge);
    let place = Playground::new();
    let mut child = place.start(&arguments(&judge));
    let work = place.path(".serl/v1/work");
    let judged = || {
        let nodes = listed(&work).into_iter();
        nodes.flat_map(|node| listed(&node.join("parts/judgements"))).count()
    };
    while judged() == 0 {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run was over before it could be killed"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    assert_eq!(place.wait(child).code, None);
    assert!(judged() > 0, "nothing was saved");
    assert_eq!(outputs(&place, &judge), wanted);
}
