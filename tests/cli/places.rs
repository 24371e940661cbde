//! Stores, models and seeds in places with unusual names.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::LazyLock;

use crate::support::inventory::Inventory;
use crate::support::{Outcome, Playground, TINY, shipped};

/// Every stage once.
const SHORT: &[&str] = &["iterations=1", "rounds=1"];

static PLAIN: LazyLock<Inventory> = LazyLock::new(|| {
    let place = Playground::new();
    run(&place, &[]).succeeded();
    Inventory::of(&place.path(".serl"))
});

fn run(place: &Playground, changes: &[&str]) -> Outcome {
    place.run(&[&["run"], TINY, SHORT, changes].concat())
}

#[test]
fn names_with_spaces_and_other_scripts_are_names() {
    let place = Playground::new();
    fs::create_dir(place.path("für 語")).unwrap();
    place.copy_policy("für 語/mein Modell");
    fs::copy(shipped("data/seeds.jsonl"), place.path("für 語/Ü 1.jsonl")).unwrap();
    let changes = [
        "execution.store=für 語/der Speicher",
        "model.path=für 語/mein Modell",
        "seeds.path=für 語/Ü 1.jsonl",
    ];
    let outcome = run(&place, &changes).succeeded();
    assert_eq!(Inventory::of(&place.path("für 語/der Speicher")), *PLAIN);
    let next = "serl inspect drift --run tiny --store 'für 語/der Speicher'";
    assert!(outcome.stderr.contains(next), "{}", outcome.stderr);
    let next = "serl eval 'für 語/der Speicher/runs/tiny/1/train.0/policy' builtin:";
    assert!(outcome.stderr.contains(next), "{}", outcome.stderr);
    let view = place.path("für 語/der Speicher/runs/tiny/1/train.0/policy/config.json");
    assert!(view.is_file());
}

#[test]
fn absolute_relative_and_linked_paths_lead_to_one_store() {
    let place = Playground::new();
    fs::create_dir_all(place.path("far/away")).unwrap();
    symlink("far/away", place.path("near")).unwrap();
    let absolute = format!("execution.store={}", place.path("far/away").display());
    run(&place, &["execution.store=near"]).succeeded();
    for store in [absolute.as_str(), "execution.store=./far/../far/away"] {
        let outcome = run(&place, &[store]).succeeded();
        assert!(outcome.stderr.contains("nothing to do"), "{}", outcome.stderr);
    }
    assert_eq!(Inventory::of(&place.path("far/away")), *PLAIN);
    assert!(place.path("near/runs/tiny/1/evaluate/eval.parquet").is_file());
    assert!(place.path("far/away/runs/tiny/1/train.0/policy/config.json").is_file());
}
