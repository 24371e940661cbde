//! Inputs that cannot be used: the file or line is named, the exit code is 2, and no node is half-written.

use std::fs;

use crate::support::{Playground, TINY, shipped};

/// What `serl run` says about the small quickstart with these changes.
fn refused(place: &Playground, changes: &[&str]) -> String {
    let outcome = place.run(&[&["run", "-q"], TINY, changes].concat());
    let nodes = place.path(".serl/v1/nodes");
    let complete = fs::read_dir(nodes).map_or(0, Iterator::count);
    assert_eq!(complete, 0, "no node may be complete");
    outcome.refusal()
}

fn with_seeds(text: &str, changes: &[&str]) -> String {
    let place = Playground::new();
    place.write("seeds.jsonl", text);
    refused(&place, &[&["seeds.path=seeds.jsonl"], changes].concat())
}

/// Replaces a text in a file of a copied policy.
fn with_policy(file: &str, from: &str, to: &str, changes: &[&str]) -> String {
    let place = Playground::new();
    let path = place.copy_policy("policy").join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).unwrap();
    refused(&place, &[&["model.path=policy"], changes].concat())
}

#[test]
fn a_folder_without_weights() {
    let place = Playground::new();
    fs::remove_file(place.copy_policy("policy").join("model.safetensors")).unwrap();
    insta::assert_snapshot!(refused(&place, &["model.path=policy"]));
}

#[test]
fn truncated_weights() {
    let place = Playground::new();
    let path = place.copy_policy("policy").join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let refusal = refused(&place, &["model.path=policy"]);
    assert!(refusal.starts_with("exit code 2\n"), "{refusal}");
    assert!(refusal.contains("policy/model.safetensors"), "{refusal}");
}

#[test]
fn no_model_folder() {
    insta::assert_snapshot!(refused(&Playground::new(), &["model.path=absent"]));
}

#[test]
fn a_benchmark_that_is_built_in_data() {
    let refusal = refused(
        &Playground::new(),
        &["eval.path=builtin:quickstart/eval.jsonl", "eval.preset=gsm8k"],
    );
    assert!(
        refusal.contains("`builtin:quickstart/eval.jsonl` is not the benchmark gsm8k"),
        "{refusal}"
    );
}

#[test]
fn an_unknown_builtin() {
    insta::assert_snapshot!(refused(&Playground::new(), &["model.path=builtin:slowstart"]));
}

#[test]
fn an_unknown_device() {
    insta::assert_snapshot!(refused(&Playground::new(), &["model.device=abacus"]));
}

#[test]
fn an_unsupported_architecture() {
    let refusal = with_policy("config.json", "\"llama\"", "\"mamba\"", &[]);
    insta::assert_snapshot!(refusal);
}

#[test]
fn a_chat_prompt_without_a_chat_template() {
    let place = Playground::new();
    let policy = place.copy_policy("policy");
    fs::remove_file(policy.join("chat_template.jinja")).unwrap();
    let path = policy.join("tokenizer_config.json");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("\"chat_template\"", "\"no_template\"");
    fs::write(path, text).unwrap();
    let refusal = refused(&place, &["model.path=policy", "eval.baseline=true"]);
    insta::assert_snapshot!(refusal);
}

#[test]
fn a_seeds_file_with_a_bad_line() {
    insta::assert_snapshot!(with_seeds("{\"problem\": \"1 + 1?\"}\n{\"problem\": \n", &[]));
}

#[test]
fn a_seeds_file_without_the_column() {
    insta::assert_snapshot!(with_seeds("{\"task\": \"1 + 1?\", \"solution\": \"2\"}\n", &[]));
}

#[test]
fn an_empty_seeds_file() {
    insta::assert_snapshot!(with_seeds("", &[]));
}

#[test]
fn no_seeds_file() {
    insta::assert_snapshot!(refused(&Playground::new(), &["seeds.path=absent.jsonl"]));
}

#[test]
fn a_prompt_that_does_not_fit_the_context() {
    let refusal = refused(&Playground::new(), &["eval.max_new_tokens=1000"]);
    insta::assert_snapshot!(refusal);
}

#[test]
fn few_shot_examples_that_do_not_fit_the_context() {
    let long = "Ann has 2 cups and gets 3 more cups. ".repeat(300);
    let refusal = with_seeds(&format!("{{\"problem\": \"{long}\"}}\n"), &[]);
    assert!(
        refusal.starts_with("exit code 2\nerror: few-shot prompt 0: the prompt has "),
        "{refusal}"
    );
}

#[test]
fn a_chat_template_that_does_not_show_the_message() {
    let place = Playground::new();
    let policy = place.copy_policy("policy");
    fs::write(policy.join("chat_template.jinja"), "{{ bos_token }}Hello").unwrap();
    insta::assert_snapshot!(refused(&place, &["model.path=policy"]));
}

#[test]
fn a_policy_whose_answers_never_parse_is_not_trained() {
    let place = Playground::new();
    let changes = ["answers.order=[\"boxed\"]", "train.on_empty=fail"];
    let outcome = place.run(&[&["run", "-q"], TINY, &changes].concat());
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("have no parsed answer at all"),
        "{}",
        outcome.stderr
    );
    assert!(!place.path(".serl/runs/tiny/1/train.0").exists());
}

#[test]
fn problems_without_answers() {
    let place = Playground::new();
    place.write("problems.jsonl", fs::read(shipped("data/seeds.jsonl")).unwrap());
    insta::assert_snapshot!(refused(&place, &["eval.path=problems.jsonl"]));
}

#[test]
fn a_store_that_is_a_file() {
    let place = Playground::new();
    place.write("store", "");
    insta::assert_snapshot!(refused(&place, &["execution.store=store/inner"]));
}
