//! `serl runs`, `fsck` and `gc`, damaged stores and failing disks.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{FINISHED, Playground, TINY, TINY_NODES};

/// Half of the [`TINY`] run: one iteration of one round.
const HALF: &[&str] = &["name=half", "iterations=1", "rounds=1"];

fn run(place: &Playground) -> Value {
    place.json(&[&["run", "-q"], TINY, HALF].concat())
}

fn outputs(report: &Value) -> Vec<Value> {
    let nodes = report["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["outputs"].clone()).collect()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() || !path.is_dir() {
            found.push(path);
        } else {
            found.extend(files(&path));
        }
    }
    found.sort();
    found
}

/// Changes one bit in the middle of a file.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_bit_flipped_in_any_object_is_found_and_made_good() {
    let place = Playground::new();
    let whole = outputs(&run(&place));
    let objects = files(&place.path(".serl/v1/objects"));
    assert!(objects.len() > 15, "{objects:?}");
    for object in &objects {
        let bytes = fs::read(object).unwrap();
        flip(object);
        let found = place.run(&["fsck", "--json"]);
        assert_eq!(found.code, Some(1), "{}: {}", object.display(), found.stderr);
        let told: Value = serde_json::from_str(&found.stdout).unwrap();
        let first = &told["problems"][0];
        let name = object.display().to_string();
        assert_eq!(first["fault"], "damaged_object", "{told}");
        assert!(name.ends_with(first["path"].as_str().unwrap()), "{told}");

        let mended = place.run(&["fsck", "--repair"]);
        assert_eq!(mended.code, Some(1));
        assert!(
            mended.stderr.contains("`serl run … name=half`"),
            "{name}: {}",
            mended.stderr
        );
        let report = run(&place);
        assert_eq!(outputs(&report), whole, "{name}");
        assert_eq!(fs::read(object).unwrap(), bytes, "{name}");
        let nodes = report["nodes"].as_array().unwrap();
        let ran = nodes.iter().filter(|node| node["status"] == "ran").count();
        assert!(ran <= 1, "{name}: {ran} nodes ran");
        place.run(&["fsck"]).succeeded();
    }
}

#[test]
fn a_table_that_is_damaged_is_made_again_before_it_is_shown() {
    let place = Playground::new();
    let whole = run(&place);
    let link = place.path(".serl/runs/half/1/evaluate/eval_summary.parquet");
    let table = fs::canonicalize(link).unwrap();
    flip(&table);
    let outcome = place.run(&["inspect", "eval"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("is damaged"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`serl fsck --repair`"), "{}", outcome.stderr);
    let outcome = place.run(&[&["run"], TINY, HALF].concat()).succeeded();
    assert!(
        outcome.stderr.contains("is damaged and will be rebuilt"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outputs(&run(&place)), outputs(&whole));
    place.run(&["fsck"]).succeeded();
}

#[test]
fn a_damaged_policy_is_not_measured() {
    let place = Playground::new();
    run(&place);
    let policy = ".serl/runs/half/1/train.0/policy";
    flip(&fs::canonicalize(place.path(policy).join("model.safetensors")).unwrap());
    let arguments = [
        "eval",
        policy,
        "builtin:quickstart/eval.jsonl",
        "-c",
        "builtin:quickstart",
    ];
    let outcome = place.run(&arguments);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("is damaged"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("`serl fsck --repair`"), "{}", outcome.stderr);
}

#[test]
fn damaged_builtin_files_are_found_and_written_again() {
    let place = Playground::new();
    run(&place);
    let builtin = files(&place.path(".serl/builtin"));
    for file in &builtin {
        flip(file);
    }
    let found = place.run(&["fsck"]);
    assert_eq!(found.code, Some(1));
    assert_eq!(found.stdout.matches("built-in file is damaged").count(), builtin.len());
    assert_eq!(run(&place)["nodes"][0]["status"], "cached");
    place.run(&["fsck"]).succeeded();
}

#[test]
fn a_whole_store_is_told_so() {
    let outcome = FINISHED.run(&["fsck"]).succeeded();
    assert_eq!(outcome.stdout, "");
    let told = format!("{TINY_NODES} manifests");
    assert!(outcome.stderr.contains(&told), "{}", outcome.stderr);
    let report = FINISHED.json(&["fsck"]);
    assert_eq!(report["problems"].as_array().unwrap().len(), 0);
    assert_eq!(report["counts"]["manifests"], TINY_NODES);
}

#[test]
fn problems_are_told_with_what_to_do() {
    let place = Playground::new();
    place
        .run(&[&["run", "-q", "--stage", "generate"], TINY].concat())
        .succeeded();
    place.write(".serl/v1/nodes/.tmp-dead", "half");
    place.write(".serl/v1/objects/readme", "?");
    place.write(".serl/v1/runs/broken.json", "{");
    insta::assert_snapshot!(place.run(&["fsck"]).stdout);
    insta::assert_snapshot!(place.run(&["fsck", "--repair"]).stdout);
    place.run(&["fsck"]).succeeded();
}

#[test]
fn runs_are_listed_with_their_state() {
    let rows = FINISHED.json(&["runs"]);
    assert_eq!(rows[0]["name"], "tiny");
    assert_eq!(rows[0]["state"], "complete");
    assert_eq!(rows[0]["progress"]["iterations_done"], 2);
    assert_eq!(rows[0]["nodes"], TINY_NODES);
    let table = FINISHED.run(&["runs"]).succeeded().stdout;
    assert!(table.starts_with("run   state"), "{table}");

    let place = Playground::new();
    place
        .run(&[&["run", "-q", "--stage", "generate"], TINY].concat())
        .succeeded();
    assert_eq!(place.json(&["runs"])[0]["state"], "partial");
}

#[test]
fn garbage_is_shown_and_then_removed() {
    let place = Playground::new();
    let stage = ["run", "-q", "--stage", "filter"];
    place.run(&[&stage, TINY].concat()).succeeded();
    place
        .run(&[&stage, TINY, &["name=other", "filter.max_kept=5"]].concat())
        .succeeded();
    let before = files(&place.path(".serl/v1/objects")).len();
    let drop = ["gc", "--drop-run", "other", "--older-than", "0s"];
    let shown = place.json(&drop);
    assert_eq!(shown["garbage"]["record"]["count"], 1);
    assert_eq!(shown["garbage"]["manifest"]["count"], 1, "generate is shared: {shown}");
    assert_eq!(files(&place.path(".serl/v1/objects")).len(), before);
    let outcome = place.run(&[&drop[..], &["--delete"]].concat()).succeeded();
    assert!(outcome.stderr.starts_with("removed "), "{}", outcome.stderr);
    assert!(files(&place.path(".serl/v1/objects")).len() < before);
    assert!(!place.path(".serl/runs/other").exists());
    place.run(&["fsck"]).succeeded();
    assert_eq!(place.run(&["gc"]).succeeded().stdout, "");
    insta::assert_snapshot!(place.run(&["gc", "--drop-run", "other"]).refusal());
}

#[test]
fn locks_are_tried() {
    let locks = |lacking: &str| {
        let outcome = FINISHED.run_on_poor_disk(lacking, &["fsck", "--json"]);
        let found: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        (
            outcome.code,
            found["locks"].as_str().unwrap().to_owned(),
            outcome.stderr,
        )
    };
    let (code, found, _) = locks("");
    assert_eq!((code, found.as_str()), (Some(0), "working"));
    let (code, found, told) = locks("locks");
    assert_eq!((code, found.as_str()), (Some(0), "absent"));
    assert!(
        told.contains("has no locks: use this store from one machine at a time"),
        "{told}"
    );
    let (code, found, told) = locks("exclusion");
    assert_eq!((code, found.as_str()), (Some(1), "ineffective"));
    assert!(
        told.contains("error: the file system of .serl grants locks that others hold"),
        "{told}"
    );
}

#[test]
fn a_folder_without_a_store_is_told() {
    let place = Playground::new();
    insta::assert_snapshot!(place.run(&["fsck"]).refusal());
    assert!(!place.path(".serl").exists());
}

#[test]
fn a_full_disk_is_told_and_the_run_goes_on_later() {
    let place = Playground::new();
    let outcome = place.run_on_failing_disk("full:150", &[&["run", "-q"], TINY, HALF].concat());
    assert_eq!(outcome.code, Some(75), "{}", outcome.stderr);
    for told in [".serl/", "hint: make room on that disk", "the same command"] {
        assert!(outcome.stderr.contains(told), "{told}: {}", outcome.stderr);
    }
    let wanted = Playground::new();
    assert_eq!(outputs(&run(&place)), outputs(&run(&wanted)));
    place.run(&["fsck"]).succeeded();
}

#[test]
fn a_crash_at_any_moment_costs_nothing_but_time() {
    let wanted = outputs(&run(&Playground::new()));
    for at in [30, 110, 230] {
        let place = Playground::new();
        let fault = format!("crash-after:{at}");
        let outcome = place.run_on_failing_disk(&fault, &[&["run", "-q"], TINY, HALF].concat());
        assert_eq!(outcome.code, None, "it should have been killed: {}", outcome.stderr);
        assert_eq!(outputs(&run(&place)), wanted, "{at}");
        place.run(&["fsck"]).succeeded();
    }
}

#[test]
fn a_read_only_disk_is_told() {
    let place = Playground::new();
    let outcome = place.run_on_failing_disk("read-only:0", &[&["run", "-q"], TINY].concat());
    insta::assert_snapshot!(outcome.refusal());
}

#[test]
fn the_store_of_a_newer_serl_is_refused() {
    let place = Playground::new();
    fs::create_dir_all(place.path(".serl/v2")).unwrap();
    insta::assert_snapshot!(place.run(&[&["run", "-q"], TINY].concat()).refusal());
    assert_eq!(fs::read_dir(place.path(".serl")).unwrap().count(), 1);
}

#[test]
fn a_file_system_without_locks_or_links_is_told_and_costs_nothing_else() {
    let wanted = outputs(&run(&Playground::new()));
    let place = Playground::new();
    let lacking = "locks,symbolic-links,hard-links";
    let arguments = [&["run"], TINY, HALF].concat();
    let outcome = place.run_on_poor_disk(lacking, &arguments).succeeded();
    let told = "the file system of .serl has no locks: use this store from one machine at a time";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    let policy = place.path(".serl/runs/half/1/train.0/policy");
    assert!(policy.join("model.safetensors").is_file() && !policy.is_symlink());
    place.run_on_poor_disk(lacking, &["fsck"]).succeeded();
    assert_eq!(outputs(&run(&place)), wanted, "nothing is computed again");
    let names = fs::metadata(policy.join("model.safetensors")).unwrap().nlink();
    assert!(names > 1, "the object has another name in place of the copy");
}

#[test]
fn a_copied_policy_is_a_model_folder() {
    let place = Playground::after_finished();
    let policy = ".serl/runs/tiny/2/train.1/policy";
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(place.path(policy))
        .arg(place.path("taken"))
        .status();
    assert!(copied.unwrap().success());
    fs::rename(place.path(".serl"), place.path("moved")).unwrap();
    let eval = [
        "eval",
        "taken",
        "builtin:quickstart/eval.jsonl",
        "-c",
        "builtin:quickstart",
        "eval.k=0",
        "eval.limit=4",
    ];
    place.run(&eval).succeeded();
    for entry in fs::read_dir(place.path("taken")).unwrap() {
        assert!(entry.unwrap().file_type().unwrap().is_file());
    }
}

#[test]
fn a_run_announces_itself_before_it_imports() {
    // Stops at one call to the disk after the other, until the first import has begun.
    for at in 0.. {
        let place = Playground::new();
        let fault = format!("crash-after:{at}");
        let outcome = place.run_on_failing_disk(&fault, &[&["run", "-q"], TINY, HALF].concat());
        assert_eq!(outcome.code, None, "it should have been killed: {}", outcome.stderr);
        let any_in = |folder: &str| fs::read_dir(place.path(folder)).is_ok_and(|mut found| found.next().is_some());
        if any_in(".serl/v1/objects") {
            assert!(any_in(".serl/v1/live"), "call {at}");
            break;
        }
    }
}

#[test]
fn a_store_may_have_spaces_and_other_letters_in_its_path() {
    let place = Playground::new();
    let store = "execution.store=für alle/мой store";
    let report = place.json(&[&["run", "-q", "--stage", "filter"], TINY, &[store]].concat());
    assert_eq!(report["nodes"][0]["status"], "ran");
    place.run(&["fsck", "--store", "für alle/мой store"]).succeeded();
    assert_eq!(
        place.json(&["runs", "--store", "für alle/мой store"])[0]["name"],
        "tiny"
    );
}
