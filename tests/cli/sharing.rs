//! Machines that share a folder: each has a store of its own.

use std::fs;

use serde_json::Value;

use crate::support::inventory::Inventory;
use crate::support::{FINISHED, Playground, TINY, TINY_NODES};

/// A run on the store `store`, which shares the folder `shared`.
fn on(store: &str, more: &[&str]) -> Vec<String> {
    let store = format!("execution.store={store}");
    let place = [store.as_str(), "execution.remote=shared"];
    let all = [&["run"], TINY, &place, more].concat();
    all.into_iter().map(str::to_owned).collect()
}

fn run(place: &Playground, store: &str, more: &[&str]) -> Value {
    let arguments = on(store, more);
    place.json(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn count(report: &Value, status: &str) -> usize {
    let nodes = report["nodes"].as_array().unwrap();
    nodes.iter().filter(|node| node["status"] == status).count()
}

fn outputs(report: &Value) -> Vec<Value> {
    let nodes = report["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["outputs"].clone()).collect()
}

fn shared() -> Playground {
    let place = Playground::new();
    fs::create_dir(place.path("shared")).unwrap();
    place
}

#[test]
fn a_second_store_computes_nothing_and_ends_with_the_same() {
    let place = shared();
    let first = run(&place, "one", &[]);
    assert_eq!(count(&first, "ran"), TINY_NODES);
    let planned = place.json(&[&["plan", "execution.store=two", "execution.remote=shared"], TINY].concat());
    let planned = planned.as_array().unwrap();
    assert!(planned.iter().all(|node| node["status"] == "remote"), "{planned:?}");
    let second = run(&place, "two", &[]);
    assert_eq!(count(&second, "ran"), 0);
    assert_eq!(outputs(&second), outputs(&first));
    assert_eq!(Inventory::of(&place.path("two")), Inventory::of(&place.path("one")));
    assert_eq!(
        Inventory::of(&place.path("one")),
        Inventory::of(&FINISHED.path(".serl"))
    );
    place.run(&["fsck", "--store", "two"]).succeeded();
    place.run(&["check", "tiny", "--store", "two"]);
    // A change is computed from what is shared.
    let changed = run(&place, "three", &["eval.k=1"]);
    assert!(count(&changed, "ran") > 0 && count(&changed, "cached") > TINY_NODES / 2);
}

#[test]
fn runs_are_pushed_and_pulled() {
    let place = Playground::after_finished();
    fs::create_dir(place.path("shared")).unwrap();
    let pushed = place.run(&["push", "--remote", "shared"]).succeeded();
    assert!(
        pushed.stderr.contains("1 run is in shared now, with 22 nodes; "),
        "{}",
        pushed.stderr
    );
    let again = place.run(&["push", "tiny", "--remote", "shared"]).succeeded();
    assert!(
        again.stderr.contains("there was nothing to transfer"),
        "{}",
        again.stderr
    );
    let pulled = place.run(&["pull", "--remote", "shared", "--store", "two"]).succeeded();
    assert!(
        pulled.stderr.contains("1 run is in two now, with 22 nodes; "),
        "{}",
        pulled.stderr
    );
    let told = |store: &str| {
        place
            .run(&["inspect", "eval", "--store", store, "--json"])
            .succeeded()
            .stdout
    };
    assert_eq!(told("two"), told(".serl"));
    assert!(place.path("two/runs/tiny/2/train.1/policy/config.json").is_file());
    place.run(&["fsck", "--store", "two"]).succeeded();
    let again = place.run(&[&["run", "execution.store=two"], TINY].concat()).succeeded();
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);

    let unknown = place.run(&["pull", "no", "--remote", "shared"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown
            .stderr
            .contains("there is no run `no` in shared; there are `tiny`"),
        "{}",
        unknown.stderr
    );
    let nowhere = place.run(&["push"]);
    assert_eq!(nowhere.code, Some(2));
    assert!(nowhere.stderr.contains("there is no remote"), "{}", nowhere.stderr);
}

#[test]
fn without_access_a_run_goes_on_and_says_so_once() {
    let place = Playground::new();
    let short = ["iterations=1", "rounds=1"];
    let arguments = on("one", &short);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = place.run(&arguments).succeeded();
    let told = outcome
        .stderr
        .matches("make it, or mount its disk; going on without the remote")
        .count();
    assert_eq!(told, 1, "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("are not in the remote: `serl push`, or the next run"),
        "{}",
        outcome.stderr
    );
    let plan = place.run(
        &[
            &["plan", "execution.store=two", "execution.remote=shared"],
            TINY,
            &short,
        ]
        .concat(),
    );
    assert!(
        plan.succeeded()
            .stderr
            .contains("the remote shared is left out: cannot read")
    );
    let refused = place.run(&["push", "--store", "one", "--remote", "shared"]);
    assert_eq!(refused.code, Some(1));
    fs::create_dir(place.path("shared")).unwrap();
    assert_eq!(count(&run(&place, "one", &short), "ran"), 0);
    assert_eq!(count(&run(&place, "two", &short), "ran"), 0);
}

#[cfg(not(feature = "remote-store"))]
#[test]
fn a_bucket_needs_another_build_which_is_told_before_anything_runs() {
    let place = Playground::new();
    let outcome = place.run(&["run", "execution.remote=s3://bucket/serl"]);
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome
            .stderr
            .contains("`s3://bucket/serl` needs a serl that was built with"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("--features remote-store"), "{}", outcome.stderr);
    let outcome = place.run(&["run", "execution.remote=gs://bucket"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("`gs://` is not known"), "{}", outcome.stderr);
    assert!(!place.path(".serl").exists());
}

#[test]
fn the_variable_and_the_configuration_name_the_remote() {
    let place = shared();
    place.write("serl.toml", "name = \"own\"\n[execution]\nremote = \"shared\"\n");
    fs::create_dir(place.path("below")).unwrap();
    let listed = |folder: &str, variable: &str| {
        let mut command = place.command(&["gc", "--remote"]);
        command.current_dir(place.path(folder)).env("SERL_REMOTE", variable);
        place.outcome(&mut command).succeeded().stderr
    };
    assert!(listed(".", "").contains("0 objects (0 B) stay in shared"));
    assert!(listed("below", "").contains("stay in ../shared"));
    fs::create_dir(place.path("other")).unwrap();
    assert!(listed(".", "other").contains("stay in other"));
}

#[test]
fn garbage_goes_from_the_remote_when_it_is_old() {
    let place = shared();
    let short = ["iterations=1", "rounds=1"];
    run(&place, "one", &short);
    run(&place, "one", &[&short[..], &["eval.k=1"]].concat());
    let collect = |more: &[&str]| place.json(&[&["gc", "--remote=shared"], more].concat());
    let young = collect(&["--delete"]);
    assert_eq!((&young["manifests"], &young["objects"]), (&0.into(), &0.into()));
    let listed = collect(&["--older-than", "0s"]);
    assert!(listed["manifests"].as_u64().unwrap() > 0, "{listed}");
    assert_eq!(collect(&["--older-than", "0s", "--delete"])["deleted"], true);
    assert_eq!(collect(&["--older-than", "0s"])["manifests"], 0);
    let second = run(&place, "two", &[&short[..], &["eval.k=1"]].concat());
    assert_eq!(count(&second, "ran"), 0, "what the run needs stays");
}

/// A process that dies at any write to the folder leaves nothing there that others could take for whole.
#[test]
fn a_death_while_a_node_is_sent_costs_nothing_but_time() {
    let short = ["iterations=1", "rounds=1", "--stage", "generate"];
    let whole = shared();
    let wanted = outputs(&run(&whole, "one", &short));
    let arguments = on("one", &short);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut died = 0;
    for at in (40..400).step_by(9) {
        let place = shared();
        let outcome = place.run_on_failing_disk(&format!("crash-after:{at}"), &arguments);
        if outcome.code == Some(0) {
            break;
        }
        died += 1;
        // It may have died with a lease, which nobody needs to wait for here.
        fs::remove_dir_all(place.path("shared/v1/leases")).ok();
        let second = run(&place, "two", &short);
        assert_eq!(outputs(&second), wanted, "at {at}");
        place.run(&["fsck", "--store", "two"]).succeeded();
        assert_eq!(count(&run(&place, "three", &short), "ran"), 0, "at {at}");
    }
    assert!(died > 5, "{died}");
}
