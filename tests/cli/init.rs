//! `serl init`, and the `serl.toml` that later commands find.

use std::fs;
use std::process::Command;

use crate::support::{Outcome, Playground, TINY, shipped};

/// A folder with a model, instructions and problems, as a user has them.
fn filled() -> Playground {
    let place = Playground::new();
    place.copy_policy("tiny-model");
    fs::create_dir(place.path("data")).unwrap();
    fs::copy(shipped("data/seeds.jsonl"), place.path("data/questions.jsonl")).unwrap();
    fs::copy(shipped("data/eval.jsonl"), place.path("data/exam-test.jsonl")).unwrap();
    place.write("notes.json", "{\"todo\": []}");
    place
}

/// What fits the context of the tiny model.
const FITTING: &[&str] = &[
    "generate.max_new_tokens=160",
    "vote.max_new_tokens=40",
    "eval.max_new_tokens=40",
];

/// `serl` in a folder below the playground's.
fn below(place: &Playground, folder: &str, arguments: &[&str]) -> Outcome {
    fs::create_dir_all(place.path(folder)).unwrap();
    let mut command: Command = place.command(arguments);
    place.outcome(command.current_dir(place.path(folder)))
}

#[test]
fn the_next_command_works_as_typed() {
    let place = filled();
    let told = place.run(&["init", "--budget", "10m"]).succeeded().stderr;
    assert!(told.contains("model    tiny-model (a chat template"), "{told}");
    assert!(
        told.contains("seeds    data/questions.jsonl (500 instructions)"),
        "{told}"
    );
    assert!(
        told.contains("eval     data/exam-test.jsonl (500 problems with answers)"),
        "{told}"
    );
    assert!(told.contains("tokens/s sampled"), "{told}");
    assert!(told.ends_with("next     serl plan\n         serl run\n"), "{told}");
    let text = fs::read_to_string(place.path("serl.toml")).unwrap();
    assert!(
        text.contains("path = \"tiny-model\"") && text.contains("path = \"data/questions.jsonl\""),
        "{text}"
    );
    let planned = place.run(&["plan"]).succeeded();
    assert!(
        planned.stderr.starts_with("configuration serl.toml\n"),
        "{}",
        planned.stderr
    );
    assert!(planned.stdout.contains("generate"), "{}", planned.stdout);
}

#[test]
fn a_configuration_is_not_replaced_unless_it_is_asked_for() {
    let place = filled();
    place.write("serl.toml", "# mine\n");
    let refusal = place.run(&["init"]).refusal();
    assert!(refusal.contains("serl.toml is there already"), "{refusal}");
    let printed = place.run(&["init", "--print"]).succeeded().stdout;
    assert_eq!(fs::read_to_string(place.path("serl.toml")).unwrap(), "# mine\n");
    place.run(&["init", "--force"]).succeeded();
    let written = fs::read_to_string(place.path("serl.toml")).unwrap();
    // Counts follow a measurement, and so may differ.
    assert_eq!(written.lines().count(), printed.lines().count());
}

#[test]
fn what_is_missing_is_said() {
    let place = Playground::new();
    place.write("seeds.jsonl", "{\"problem\": \"How many?\"}\nnot JSON\n");
    let told = place.run(&["init"]).succeeded().stderr;
    insta::assert_snapshot!(told);
    let refusal = place.run(&["plan"]).refusal();
    assert!(
        refusal.contains("serl.toml, line") && refusal.contains("`model.path`"),
        "{refusal}"
    );
}

#[test]
fn what_cannot_be_used_is_refused() {
    let place = filled();
    fs::copy(shipped("data/seeds.jsonl"), place.path("data/seeds.jsonl")).unwrap();
    fs::copy(shipped("data/seeds.jsonl"), place.path("data/more-seeds.jsonl")).unwrap();
    let cases: [&[&str]; 6] = [
        &["init"],
        &["init", "--seeds", "notes.json"],
        &["init", "--model", "data", "--seeds", "data/seeds.jsonl"],
        &["init", "--budget", "2"],
        &["init", "--budget", "5s"],
        &["init", "nowhere"],
    ];
    let told = cases.map(|case| format!("$ serl {}\n{}", case.join(" "), place.run(case).refusal()));
    insta::assert_snapshot!(told.join("\n\n"));
    assert!(!place.path("serl.toml").exists());
}

#[test]
fn a_configuration_above_is_found_with_its_paths_and_its_store() {
    let place = filled();
    let settings = TINY.iter().filter(|setting| !setting.starts_with("name="));
    let changes: Vec<&str> = settings.chain(FITTING).copied().collect();
    place.write(
        "serl.toml",
        "name = \"mine\"\n[model]\npath = \"tiny-model\"\n[seeds]\npath = \"data/questions.jsonl\"\n",
    );
    let ran = below(
        &place,
        "deep/er",
        &[&["run", "--stage", "filter"], &changes[..]].concat(),
    )
    .succeeded();
    assert!(
        ran.stderr.starts_with("configuration ../../serl.toml\n"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("artifacts  ../../.serl/runs/mine\n"),
        "{}",
        ran.stderr
    );
    // The next command works as typed, too, without a store.
    assert!(ran.stderr.contains("serl inspect drift --run mine\n"), "{}", ran.stderr);
    let seen = below(&place, "deep/er", &["inspect", "filter", "--run", "mine"]).succeeded();
    assert!(seen.stdout.contains("candidates"), "{}", seen.stdout);
    // From its own folder it is the same run: nothing runs again.
    let again = place
        .run(&[&["run", "--stage", "filter"], &changes[..]].concat())
        .succeeded();
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    assert!(!place.path("deep/er/.serl").exists());
}

#[test]
fn the_store_of_a_configuration_is_that_of_every_command() {
    let place = filled();
    place.write(
        "serl.toml",
        "[model]\npath = \"tiny-model\"\n[seeds]\npath = \"data/questions.jsonl\"\n\
         [execution]\nstore = \"kept/here\"\n",
    );
    place
        .run(&[&["run", "-q", "--stage", "filter"], TINY, FITTING].concat())
        .succeeded();
    assert!(place.path("kept/here/v1").is_dir());
    for folder in [".", "deep"] {
        let runs = below(&place, folder, &["runs"]).succeeded();
        assert!(runs.stdout.contains("tiny"), "{}", runs.stdout);
    }
    // What is named goes first.
    let other = place.run(&["runs", "--store", "elsewhere"]).refusal();
    assert!(other.contains("there is no store in elsewhere"), "{other}");
    let named = place.run(&["plan", "-q", "-c", "builtin:quickstart", "execution.store=elsewhere"]);
    assert!(!named.succeeded().stdout.contains("cached"));
}

#[test]
fn what_is_trained_on_does_not_measure() {
    let place = filled();
    let both = [
        "init",
        "--seeds",
        "data/exam-test.jsonl",
        "--eval",
        "./data/exam-test.jsonl",
    ];
    let refusal = place.run(&both).refusal();
    assert!(refusal.contains("cannot hold both"), "{refusal}");
    // However it is written, a file that is named is not found again.
    let named = format!("--eval={}", place.path("data/exam-test.jsonl").display());
    let told = place.run(&["init", "--print", &named]).succeeded();
    assert!(
        told.stdout.contains("path = \"data/questions.jsonl\""),
        "{}",
        told.stdout
    );
    fs::remove_file(place.path("data/questions.jsonl")).unwrap();
    let told = place
        .run(&["init", "--print", "--seeds", "./data/exam-test.jsonl"])
        .succeeded();
    assert!(told.stderr.contains("eval     none found"), "{}", told.stderr);
}

#[test]
fn what_is_written_fits_the_model() {
    let config = fs::read_to_string(shipped("config.json")).unwrap();
    for context in [1024, 512, 384] {
        let place = filled();
        let changed = config.replace(
            "\"max_position_embeddings\": 1024",
            &format!("\"max_position_embeddings\": {context}"),
        );
        assert!(context == 1024 || changed != config);
        place.write("tiny-model/config.json", changed);
        // One has no chat template, as base models have none.
        if context == 1024 {
            fs::remove_file(place.path("tiny-model/chat_template.jinja")).unwrap();
            let text = fs::read_to_string(shipped("tokenizer_config.json")).unwrap();
            let mut tokenizer: serde_json::Value = serde_json::from_str(&text).unwrap();
            tokenizer.as_object_mut().unwrap().remove("chat_template");
            place.write("tiny-model/tokenizer_config.json", tokenizer.to_string());
        }
        place.run(&["init", "--budget", "1m"]).succeeded();
        place.run(&["plan"]).succeeded();
    }
    let place = filled();
    place.write(
        "tiny-model/config.json",
        config.replace("\"max_position_embeddings\": 1024", "\"max_position_embeddings\": 64"),
    );
    let refusal = place.run(&["init"]).refusal();
    assert!(
        refusal.contains("the context of 64 tokens of tiny-model is too short"),
        "{refusal}"
    );
    assert!(!place.path("serl.toml").exists());
}

#[test]
fn paths_lead_from_the_folder_of_the_configuration() {
    let place = filled();
    fs::create_dir(place.path("work")).unwrap();
    let told = place
        .run(&[
            "init",
            "work",
            "--model",
            "tiny-model",
            "--seeds",
            "data/questions.jsonl",
        ])
        .succeeded();
    assert!(
        told.stderr
            .ends_with("next     cd work && serl plan\n         cd work && serl run\n"),
        "{}",
        told.stderr
    );
    below(&place, "work", &["plan"]).succeeded();
    // A user who names it need not be told which it is.
    let named = place.run(&["plan", "-c", "work/serl.toml"]).succeeded();
    assert!(!named.stderr.contains("configuration"), "{}", named.stderr);
}

#[test]
fn a_faulty_configuration_does_not_lead_to_another_store() {
    let place = Playground::new();
    place.write("serl.toml", "[execution]\nstore = \n");
    for command in [&["runs"][..], &["check"], &["gc", "--delete"]] {
        let refusal = below(&place, "deep", command).refusal();
        assert!(refusal.contains("../serl.toml: line 2: "), "{refusal}");
    }
    let named = below(&place, "deep", &["runs", "--store", "x"]).refusal();
    assert!(named.contains("there is no store in x"), "{named}");
}
