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

#[test]
fn nodes_that_compute_with_the_policy_have_their_peak_and_its_parts() {
    let place = Playground::new();
    // As large as what is scored, so that steps take the most.
    let nodes = plan(&place, &["train.batch_rollouts=128"]);
    let nodes = nodes.as_array().unwrap();
    for node in nodes {
        let memory = &node["resources"]["memory"];
        assert_eq!(memory.is_object(), node["resources"]["model"] == true, "{node}");
        if let Some(parts) = memory["parts"].as_object() {
            let sum: u64 = parts.values().map(|part| part.as_u64().unwrap()).sum();
            assert_eq!(memory["peak_bytes"], sum);
        }
    }
    let weights = |id: &str| {
        let node = nodes.iter().find(|node| node["id"] == id).unwrap();
        node["resources"]["memory"]["parts"].clone()
    };
    // 476,448 values of four bytes; the sampler has them once more, a trainer gradients and two moments.
    let train = weights("1/train.0");
    let of = ["weights", "gradients", "moments"].map(|part| train[part].as_u64().unwrap());
    assert_eq!(of, [4 * 476_448, 4 * 476_448, 8 * 476_448]);
    assert!(weights("1/respond.0")["copies"].as_u64().unwrap() > 4 * 440_000);
}

#[test]
fn a_batch_of_fewer_rows_takes_less_memory() {
    let place = Playground::new();
    // What is sampled first: its key is known before anything has run.
    let id = "0/solve";
    let cache = |changes: &[&str]| {
        let nodes = plan(&place, changes);
        let node = nodes.as_array().unwrap().iter().find(|node| node["id"] == id);
        let node = node.unwrap().clone();
        let cache = node["resources"]["memory"]["parts"]["cache"].as_u64().unwrap();
        (node["key"].clone(), cache)
    };
    let (key, usual) = cache(&[]);
    for bound in ["sampler.rows=1", "sampler.cache_gib=0.0001"] {
        let (same, less) = cache(&[bound]);
        assert!(less < usual * 3 / 4, "{bound}: {less} of {usual}");
        assert!(key.is_string());
        assert_eq!(same, key);
    }
}

#[test]
fn memory_is_told_and_too_little_of_it_warned_of() {
    let place = Playground::new();
    let outcome = place.run(&[&["plan"], TINY].concat()).succeeded();
    let told: Vec<&str> = outcome
        .stderr
        .lines()
        .skip_while(|line| !line.contains("of memory:"))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    let vast = ["train.batch_rollouts=100000000", "train.micro_batch_tokens=1000000000"];
    let outcome = place.run(&[&["plan"], TINY, &vast].concat()).succeeded();
    let stderr = outcome.stderr.replace('\n', " ");
    assert!(stderr.contains("not enough memory: train takes up to "), "{stderr}");
    assert!(stderr.contains("lower `train.micro_batch_tokens`"), "{stderr}");
}

#[test]
fn the_authors_runs_are_estimated_from_shapes_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let place = Playground::new();
    for (name, folder) in [
        ("paper-llama-3.2-3b", "llama-3.2-3b"),
        ("paper-qwen2.5-7b", "qwen2.5-7b"),
    ] {
        let config = root.join(format!("{name}.toml"));
        let path = format!("model.path={}", root.join("shapes").join(folder).display());
        let arguments = [
            &["plan", "-q", "--estimate", "-c", config.to_str().unwrap(), &path][..],
            &["--response-tokens", "450", "--selected", "60", "--problems", "500"],
        ];
        let outcome = place
            .run(&[&arguments.concat()[..], &["--gpu", "h200"]].concat())
            .succeeded();
        insta::assert_snapshot!(name, outcome.stdout);
        in_the_book(&outcome.stdout);
        let fewer = [
            "rounds=5",
            "vote.batch_prompts=400",
            "eval.batch_prompts=500",
            "--gpu",
            "h200",
        ];
        let outcome = place.run(&[&arguments.concat()[..], &fewer].concat()).succeeded();
        in_the_book(outcome.stdout.split("\n\nFor servers").next().unwrap());
        let halved = ["--gpu", "h200", "train.moments=bf16"];
        let outcome = place.run(&[&arguments.concat()[..], &halved].concat()).succeeded();
        if folder == "qwen2.5-7b" {
            each_line_in_the_book(outcome.stdout.split("\n\n").last().unwrap());
        }
        let ranks = ["train.data_parallel=8", "execution.ranks=8"];
        let outcome = place
            .run(&[&arguments.concat()[..], &fewer, &ranks].concat())
            .succeeded();
        if folder == "llama-3.2-3b" {
            insta::assert_snapshot!("paper-llama-3.2-3b-ranks", outcome.stdout);
            in_the_book(outcome.stdout.split("\n\nFor servers").next().unwrap());
        }
        let json = place.json(&[&arguments.concat()[..], &["--gpu", "h200"]].concat());
        let hours = json["hours"].as_array().unwrap();
        let sampling = |index: usize| hours[index]["sampling"].as_f64().unwrap();
        assert!(sampling(0) > sampling(1) && sampling(1) > sampling(2));
        assert!(sampling(2) > json["limit"]["least"]["sampling"].as_f64().unwrap());
        // Values of the published models, in f32.
        let published = if folder == "qwen2.5-7b" {
            7_615_616_512
        } else {
            3_212_749_824_u64
        };
        assert_eq!(json["policy"]["f32"], 4 * published);
    }
    assert!(!place.path(".serl").exists(), "an estimate makes no store");
}

/// The book shows what an estimate prints from its hours on.
fn in_the_book(printed: &str) {
    let (_, hours) = printed.split_once("\nGPUs ").unwrap();
    each_line_in_the_book(hours);
}

fn each_line_in_the_book(text: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/scale.md");
    let page = std::fs::read_to_string(page).unwrap();
    for line in text.lines().filter(|line| !line.is_empty()) {
        assert!(page.contains(line), "docs/src/scale.md lacks: {line}");
    }
}

#[test]
fn what_an_estimate_assumes_must_be_possible() {
    let place = Playground::new();
    for (arguments, reason) in [
        (["--gpu", "b9000"], "invalid value 'b9000'"),
        (["--selected", "0"], "must be above 0 and at most 100"),
        (["--gpus", "1,0"], "0 is not in 1..=4096"),
    ] {
        let outcome = place.run(&[&["plan", "--estimate"], &arguments[..]].concat());
        assert_eq!(outcome.code, Some(2));
        assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
    }
    let outcome = place.run(&["plan", "--gpu", "h200"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("--estimate"), "{}", outcome.stderr);
}
