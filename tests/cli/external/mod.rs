//! Training by a command of the user's: what it is given, what is refused of it, and how it is stopped.

mod faults;
mod stopping;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::inventory::manifests;
use crate::support::{Outcome, Playground, TINY, shipped};

/// The trainer for tests.
const TRAINER: &str = include_str!("trainer.py");

/// One iteration of two rounds, of two steps each.
const SHORT: &[&str] = &[
    "iterations=1",
    "eval.path=",
    "train.epochs=2",
    "train.batch_rollouts=100",
    "train.backend=command",
    "train.command.version=1",
    "train.warmup_steps=3",
];

fn place() -> Playground {
    let place = Playground::new();
    place.write("trainer.py", TRAINER);
    place
}

/// The arguments of a run whose trainer has `fault`.
fn arguments<'a>(command: &'a str, changes: &[&'a str]) -> Vec<&'a str> {
    [&["run"], TINY, SHORT, &[command], changes].concat()
}

fn command(fault: &str) -> String {
    format!("train.command.run=[\"python3\", \"trainer.py\", \"{{in}}\", \"{{out}}\", \"{fault}\"]")
}

fn run(place: &Playground, fault: &str, changes: &[&str]) -> Outcome {
    place.run(&arguments(&command(fault), changes))
}

/// What the trainer noted of each of its calls.
fn calls(place: &Playground) -> Vec<Value> {
    let text = fs::read_to_string(place.path("calls.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn trained(place: &Playground) -> usize {
    let all = manifests(&place.path(".serl"));
    all.values()
        .filter(|manifest| manifest["material"]["stage"] == "train")
        .count()
}

fn weights(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("model.safetensors")).unwrap()
}

#[test]
fn a_command_gets_what_to_do_and_its_policy_is_passed_on() {
    let place = place();
    run(&place, "", &[]).succeeded();
    let calls = calls(&place);
    assert_eq!(calls.len(), 2);
    let mut task = calls[0]["task"].clone();
    assert_eq!(
        calls[0]["files"],
        serde_json::json!(["policy", "rollouts.parquet", "task.json"])
    );
    // The second round is given what the first has left for it, and its learning rates go on.
    assert_eq!((&calls[0]["count"], &calls[1]["count"]), (&Value::Null, &2.into()));
    let rates = |call: &Value| {
        let steps = call["task"]["steps"].as_array().unwrap();
        steps
            .iter()
            .map(|step| step["lr"].as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(rates(&calls[0]), [1e-4 / 3.0, 1e-4 * (2.0 / 3.0)]);
    assert_eq!(rates(&calls[1]), [1e-4, 1e-4]);
    for step in task["steps"].as_array_mut().unwrap() {
        let rows = step["rows"].as_array().unwrap().len();
        step["rows"] = format!("{rows} rows").into();
    }
    insta::assert_snapshot!(format!("{task:#}"));

    let folder = |round: u32| place.path(&format!(".serl/runs/tiny/1/train.{round}/policy"));
    assert_ne!(weights(&folder(0)), weights(&shipped("")));
    assert_ne!(weights(&folder(1)), weights(&folder(0)));
    for name in [
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "generation_config.json",
    ] {
        let read = |path: &Path| fs::read(path.join(name)).unwrap();
        assert_eq!(read(&folder(1)), read(&shipped("")), "{name}");
    }
    let log = place.run(&["inspect", "train", "--run", "tiny"]).succeeded().stdout;
    assert!(log.contains("-0.5"), "{log}");
    let left = fs::read_dir(place.path(".serl/v1/work")).unwrap().count();
    assert_eq!(left, 0, "nothing in the making stays");
    let printed = fs::read_dir(place.path(".serl/trainers")).unwrap().map(Result::unwrap);
    let printed: Vec<String> = printed.map(|entry| fs::read_to_string(entry.path()).unwrap()).collect();
    assert_eq!(printed.len(), 2);
    assert!(printed[0].contains("a line for people\n") && printed[0].contains("a warning\n"));
    assert!(!printed[0].contains("done"), "{printed:?}");
}

#[test]
fn files_beside_the_weights_may_be_copied_by_the_command() {
    let [one, other] = ["", "copies"].map(|fault| {
        let place = place();
        run(&place, fault, &["rounds=1"]).succeeded();
        let folder = place.path(".serl/runs/tiny/1/train.0/policy");
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        files.sort();
        files
            .into_iter()
            .map(|name| (fs::read(folder.join(&name)).unwrap(), name))
            .collect::<Vec<_>>()
    });
    assert!(one == other);
}

#[test]
fn what_the_command_is_and_not_where_enters_keys() {
    let place = place();
    run(&place, "", &[]).succeeded();
    let cached = |place: &Playground, changes: &[&str]| {
        let outcome = run(place, "", changes).succeeded();
        outcome.stderr.contains("all 8 nodes cached")
    };
    assert!(cached(&place, &[]));
    // How long it may take to stop changes nothing.
    assert!(cached(&place, &["execution.command_grace=5"]));
    fs::rename(place.path(".serl"), place.path("elsewhere")).unwrap();
    assert!(cached(&place, &["execution.store=elsewhere"]));
    assert_eq!(calls(&place).len(), 2);
    assert!(!cached(
        &place,
        &["execution.store=elsewhere", "train.command.version=2"]
    ));
    assert_eq!(calls(&place).len(), 4);
    run(&place, "copies", &["execution.store=elsewhere"]).succeeded();
    assert_eq!(calls(&place).len(), 6, "the arguments are part of the key");
}

#[test]
fn without_a_command_keys_are_as_before() {
    let place = place();
    let built_in = [&["run"], TINY, &["iterations=1", "rounds=1", "eval.path="]].concat();
    place.run(&built_in).succeeded();
    let all = manifests(&place.path(".serl"));
    let train = all
        .values()
        .find(|manifest| manifest["material"]["stage"] == "train")
        .unwrap();
    let config = train["material"]["config"]["train"].as_object().unwrap();
    assert!(!config.contains_key("backend") && !config.contains_key("command"));
}

#[test]
fn plans_give_the_command_an_accelerator() {
    let command = command("");
    let mut arguments = arguments(&command, &[]);
    arguments[0] = "plan";
    let nodes = place().json(&arguments);
    let needy = nodes.as_array().unwrap().iter();
    let needy: Vec<&str> = needy
        .filter(|node| node["resources"]["accelerator"] == true)
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    assert_eq!(needy, ["1/train.0", "1/train.1"]);
}

#[test]
fn a_round_without_a_step_passes_on_what_is_carried() {
    let place = place();
    // Nothing is selected in the first round, and one instruction in the second.
    run(&place, "", &["train.bounds=[0.2, 0.3]"]).succeeded();
    let calls = calls(&place);
    assert_eq!((calls.len(), &calls[0]["task"]["round"]), (1, &1.into()));
    let given = serde_json::json!(["policy", "rollouts.parquet", "task.json"]);
    assert_eq!(calls[0]["files"], given, "there is no folder `trainer`");
    let steps = |round: u32| {
        let carried = format!(".serl/runs/tiny/1/train.{round}/trainer/steps.json");
        fs::read_to_string(place.path(&carried)).unwrap()
    };
    assert_eq!((steps(0), steps(1)), ("{\"steps\":0}".into(), "{\"steps\":2}".into()));
}

#[test]
fn what_is_wrong_with_the_section_is_said_at_once() {
    let place = place();
    let refusal = |changes: &[&str]| place.run(&[&["plan"], changes].concat()).refusal();
    let run = "train.command.run=[\"t\", \"{in}\", \"{out}\"]";
    let all = [
        refusal(&[run]),
        refusal(&["train.command.version=1"]),
        refusal(&["train.backend=command"]),
        refusal(&["train.backend=command", "train.command.run=[\"t\", \"{in}\"]"]),
        refusal(&["train.backend=command", run]),
        refusal(&[
            "train.backend=command",
            run,
            "train.command.version=1",
            "train.algorithm=dpo",
        ]),
        refusal(&[
            "train.backend=command",
            run,
            "train.command.version=1",
            "train.algorithm=rft",
        ]),
        refusal(&[
            "train.backend=command",
            run,
            "train.command.version=1",
            "train.lora.rank=4",
            "train.carry_optimizer=false",
        ]),
        refusal(&[
            "train.backend=command",
            run,
            "train.command.version=1",
            "train.data_parallel=2",
            "train.moments=bf16",
        ]),
    ];
    insta::assert_snapshot!(all.join("\n---\n"));
}
