//! Numbers that no machine can do or hold: refused before the first node, or where they come up, and never stored.

use crate::support::inventory::listed;
use crate::support::{Playground, TINY};

/// What `serl run` and `serl plan` say about the small quickstart with these changes, before any node.
#[track_caller]
fn refused(changes: &[&str]) -> String {
    let place = Playground::new();
    let told = |command: &str| {
        let outcome = place.run(&[&[command, "-q"], TINY, changes].concat());
        assert_eq!(listed(&place.path(".serl/v1/nodes")), Vec::<std::path::PathBuf>::new());
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        outcome.stderr
    };
    let run = told("run");
    assert_eq!(told("plan"), run);
    run
}

#[test]
fn counts_that_cannot_be_done_are_refused_before_the_first_node() {
    for (changes, told) in [
        (
            &["rounds=4294967295"][..],
            "`rounds` is 4294967295, but must be so small",
        ),
        (
            &["iterations=4294967295"],
            "`iterations` is 4294967295, but must be so small",
        ),
        (
            &["generate.prompts=4294967295"],
            "`generate.prompts` is 4294967295, but must be at most 1000000",
        ),
        (
            &["vote.n=4294967295", "vote.max_new_tokens=1"],
            "`vote.n` is 4294967295, but must be at most 65536",
        ),
        (
            &["execution.threads=4294967295"],
            "`execution.threads` is 4294967295, but must be at most 1024",
        ),
        (
            &["vote.max_new_tokens=1024"],
            "`vote.max_new_tokens`: it is 1024, but a prompt and its response share",
        ),
        (
            &["generate.stop_tokens=[4000000000]"],
            "`generate.stop_tokens`: 4000000000 is no token",
        ),
        (
            &["train.lora.rank=1000000000", "train.carry_optimizer=false"],
            "`train.lora.rank`: it is 1000000000, but the smallest of the adapted matrices",
        ),
        (
            &["vote.temperature=1e-45"],
            "`vote.temperature` is 1e-45, but must be 0 (greedy) or within",
        ),
        (&["train.lr=1e39"], "`train.lr` is 1e39, but must be above 0"),
    ] {
        let refusal = refused(changes);
        assert!(refusal.contains(told), "{told}: {refusal}");
    }
    let long = format!("name={}", "x".repeat(300));
    assert!(refused(&[&long]).contains("at most 200 bytes long"));
}

#[test]
fn a_training_that_diverges_stores_no_policy_and_says_what_to_change() {
    // With one step a round, it is the last step that makes the infinities.
    for rollouts in ["train.batch_rollouts=4", "train.batch_rollouts=1000"] {
        let place = Playground::new();
        let fast = [
            &["run", "-q"],
            TINY,
            &["train.lr=1e38", "train.weight_decay=1000", rollouts],
        ]
        .concat();
        for _ in 0..2 {
            let refusal = place.run(&fast).refusal();
            assert!(refusal.starts_with("exit code 2\n"), "{refusal}");
            assert!(
                refusal.contains("iteration 1, round 0, step 1: the weights of"),
                "{refusal}"
            );
            assert!(refusal.contains("lower `train.lr` (now 1e38)"), "{refusal}");
            assert!(!place.path(".serl/runs/tiny/1/train.0").exists());
        }
        let slow = [&["run", "-q"], TINY, &[rollouts]].concat();
        place.run(&slow).succeeded();
        place.run(&["fsck"]).succeeded();
    }
}

#[test]
fn a_warm_start_that_diverges_writes_nothing() {
    let place = Playground::new();
    place.copy_policy("policy");
    let documents = "{\"text\": \"Sam has 2 cups and gets 3 more cups. How many cups?\"}\n";
    place.write("documents.jsonl", documents.repeat(8));
    let sft = [
        "sft",
        "-q",
        "--out",
        "out",
        "model.path=policy",
        "data.path=documents.jsonl",
    ];
    let refusal = place
        .run(&[&sft[..], &["sft.lr=1e38", "sft.weight_decay=1000"]].concat())
        .refusal();
    assert!(refusal.starts_with("exit code 2\n"), "{refusal}");
    assert!(refusal.contains("step 1: the weights of"), "{refusal}");
    assert!(refusal.contains("lower `sft.lr` (now 1e38)"), "{refusal}");
    let rank = [&sft[..], &["sft.lr=1e-3", "sft.lora.rank=1000000000"]].concat();
    let refusal = place.run(&rank).refusal();
    assert!(
        refusal.starts_with("exit code 2\nerror: `sft.lora.rank`: it is 1000000000"),
        "{refusal}"
    );
    assert!(!place.path("out").exists());
}
