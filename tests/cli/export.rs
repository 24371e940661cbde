//! `serl export`: folders that need neither the store nor serl.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{FINISHED, Playground};

/// Exports from the finished run into a folder of its own.
fn exported(arguments: &[&str], name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join(name);
    let mut all = vec!["export"];
    let (run, options) = arguments.split_first().unwrap();
    all.extend([*run, out.to_str().unwrap()]);
    all.extend(options);
    let outcome = FINISHED.run(&all).succeeded();
    assert_eq!(outcome.stdout.trim(), out.to_str().unwrap());
    assert!(outcome.stderr.contains("hf upload"), "{}", outcome.stderr);
    let there: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(there.len(), 1, "a temporary folder stayed");
    (folder, out)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What `serl eval` measures of a policy with the run's settings.
fn measured(policy: &Path) -> Value {
    let problems = "builtin:quickstart/eval.jsonl";
    let policy = policy.to_str().unwrap();
    FINISHED.json(&[
        "eval",
        policy,
        problems,
        "-c",
        "builtin:quickstart",
        "eval.k=0",
        "eval.limit=20",
    ])
}

#[test]
fn a_policy_in_f32_answers_as_in_the_run_and_is_no_link() {
    let (_folder, out) = exported(&["tiny", "--dtype", "f32"], "mine");
    for entry in fs::read_dir(&out).unwrap() {
        assert!(entry.unwrap().file_type().unwrap().is_file());
    }
    let stored = FINISHED.path(".serl/runs/tiny/2/train.1/policy");
    assert_eq!(measured(&out), measured(&stored));
    assert_eq!(json(&out.join("config.json"))["torch_dtype"], "float32");
    for name in ["tokenizer.json", "chat_template.jinja"] {
        assert_eq!(fs::read(out.join(name)).unwrap(), fs::read(stored.join(name)).unwrap());
    }
}

#[test]
fn a_policy_of_an_iteration_or_a_node_is_exported_in_bf16_and_in_parts() {
    let (_folder, out) = exported(&["tiny@1/train.0", "--max-shard-size", "300KB"], "first");
    let index = json(&out.join("model.safetensors.index.json"));
    let files: std::collections::BTreeSet<&str> = index["weight_map"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_str)
        .collect();
    assert!(files.len() > 2, "{files:?}");
    assert!(files.iter().all(|file| out.join(file).is_file()));
    assert_eq!(json(&out.join("config.json"))["torch_dtype"], "bfloat16");
    measured(&out);
    // The iteration's figures are those of its last round.
    let (_folder, last) = exported(&["tiny@1"], "second");
    let told = |folder: &Path| {
        let card = fs::read_to_string(folder.join("README.md")).unwrap();
        (
            card.contains("| Pass@1 |"),
            card.contains("This policy was not measured."),
            card.contains("## Findings"),
        )
    };
    assert_eq!(told(&out), (false, true, false));
    assert_eq!(told(&last), (true, false, false));
}

#[test]
fn the_card_says_what_it_is_how_good_and_how_to_repeat_it() {
    let (_folder, out) = exported(&["tiny", "--base-model", "owner/base", "--license", "mit"], "mine");
    let card = fs::read_to_string(out.join("README.md")).unwrap();
    let mut parts = card.splitn(3, "---\n");
    assert_eq!(parts.next(), Some(""));
    let front = parts.next().unwrap();
    assert!(
        front.contains("base_model: \"owner/base\"") && front.contains("license: \"mit\""),
        "{front}"
    );
    let index = front
        .lines()
        .find_map(|line| line.strip_prefix("model-index: "))
        .unwrap();
    let index: Value = serde_json::from_str(index).unwrap();
    let metric = &index[0]["results"][0]["metrics"][0];
    let rows = FINISHED.json(&["inspect", "eval"]);
    let of_last = |row: &&Value| row["iteration"] == 2 && row["group"] == "all" && row["sampled"] == false;
    let pass = rows.as_array().unwrap().iter().find(of_last).unwrap()["pass_at_1"]
        .as_f64()
        .unwrap();
    assert_eq!(metric["name"], "Pass@1");
    assert!(
        (metric["value"].as_f64().unwrap() - 100.0 * pass).abs() <= 0.05,
        "{metric} {pass}"
    );
    for part in [
        "## Use",
        "## Results",
        "## Findings",
        "## Settings and digests",
        "serl run -c tiny.toml",
        "apply_chat_template",
    ] {
        assert!(card.contains(part), "no {part}:\n{card}");
    }
    // Nothing that only means something on this machine.
    assert!(
        !card.contains("/tmp/") && !card.contains(FINISHED.path("").to_str().unwrap()),
        "{card}"
    );
    let (_folder, first) = exported(&["tiny@1"], "first");
    let first = fs::read_to_string(first.join("README.md")).unwrap();
    assert!(!first.contains("## Findings"), "findings are about the whole run");
}

#[test]
fn a_data_set_has_the_rows_of_the_tables_and_describes_them() {
    let (_folder, out) = exported(&["tiny", "--dataset"], "written");
    let card = fs::read_to_string(out.join("README.md")).unwrap();
    let configs = card.lines().find_map(|line| line.strip_prefix("configs: ")).unwrap();
    let configs: Value = serde_json::from_str(configs).unwrap();
    let names: Vec<&str> = configs
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["config_name"].as_str())
        .collect();
    assert_eq!(names, ["instructions", "votes", "rollouts", "eval"]);
    let rows = |name: &str| -> usize {
        let files = fs::read_dir(out.join(name)).unwrap();
        files
            .map(|file| {
                let bytes = fs::read(file.unwrap().path()).unwrap();
                serl_artifacts::table::row_count(&bytes).unwrap() as usize
            })
            .sum()
    };
    let inspected = |arguments: &[&str]| {
        FINISHED
            .json(&[&["inspect"], arguments].concat())
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(rows("instructions"), inspected(&["filter", "--each"]));
    assert_eq!(rows("rollouts"), inspected(&["rollouts", "--each"]));
    assert!(rows("votes") > 0 && rows("eval") > 0);
    for column in ["`r_mean`", "`policy_logprobs`", "`gold_answer`", "`rouge_l_max`"] {
        assert!(card.contains(column), "{column}");
    }
}

#[test]
fn mistakes_say_what_to_write() {
    let place = Playground::after_finished();
    fs::create_dir(place.path("there")).unwrap();
    let mut told = String::new();
    for arguments in [
        &["tiny", "there"][..],
        &["tiny"],
        &["tiny@0", "out"],
        &["tiny@7", "out"],
        &["tinny", "out"],
        &["tiny", "out", "--dtype", "fp8"],
        &["tiny", "out", "--max-shard-size", "5"],
        &["tiny@1", "out", "--dataset"],
    ] {
        let outcome = place.run(&[&["export"], arguments].concat());
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stderr);
        told += &format!("$ serl export {}\n{}\n", arguments.join(" "), outcome.stderr);
    }
    assert!(!place.path("out").exists());
    insta::assert_snapshot!(told);
}

#[test]
fn a_damaged_policy_is_not_exported() {
    let place = Playground::after_finished();
    let seen = fs::metadata(place.path(".serl/runs/tiny/2/train.1/policy/model.safetensors")).unwrap();
    let shards = fs::read_dir(place.path(".serl/v1/objects"))
        .unwrap()
        .map(|shard| shard.unwrap().path());
    let mut objects = shards
        .flat_map(|shard| fs::read_dir(shard).unwrap())
        .map(|object| object.unwrap().path());
    let weights = objects
        .find(|object| fs::metadata(object).unwrap().ino() == seen.ino())
        .unwrap();
    let mut bytes = fs::read(&weights).unwrap();
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    fs::remove_file(&weights).unwrap();
    fs::write(&weights, bytes).unwrap();
    let outcome = place.run(&["export", "tiny", "out"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("serl fsck"), "{}", outcome.stderr);
    assert!(!place.path("out").exists());
}
