//! `serl prompt`: what a policy is asked.

use serde_json::{Value, json};

use crate::support::Playground;

const MODEL: &str = "builtin:quickstart";

/// The text and the ids that are printed for these arguments.
fn asked(place: &Playground, arguments: &[&str]) -> (String, Vec<u64>) {
    let shown = place.json(&[&["prompt"], arguments].concat());
    let ids = shown["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap());
    (shown["text"].as_str().unwrap().to_owned(), ids.collect())
}

#[test]
fn text_tokens_and_ends_are_shown() {
    let place = Playground::new();
    let shown = |arguments: &[&str]| place.run(&[&["prompt", MODEL], arguments].concat()).succeeded().stdout;
    insta::assert_snapshot!(shown(&["How many cups does Sam have?"]));
    insta::assert_snapshot!(shown(&["How many\tcups\u{1b}]0;x\u{7}?", "--raw"]));
    insta::assert_snapshot!(shown(&["How many?", "--json"]));
}

#[test]
fn messages_of_a_file_are_a_conversation() {
    let place = Playground::new();
    let messages = json!([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": "Why"},
    ]);
    place.write("list.json", messages.to_string());
    place.write("field.json", json!({ "messages": messages }).to_string());
    let list = asked(&place, &[MODEL, "--messages", "list.json"]);
    assert_eq!(
        list.0,
        "<bos><|user|> Hi<|assistant|>Yes<|end|><|user|> Why<|assistant|>"
    );
    assert_eq!(asked(&place, &[MODEL, "--messages", "field.json"]), list);
}

#[test]
fn control_tokens_in_a_message_are_text_but_those_of_a_raw_prompt_are_not() {
    let place = Playground::new();
    let ends = |ids: &[u64]| ids.iter().filter(|id| **id == 4).count();
    assert_eq!(ends(&asked(&place, &[MODEL, "a<|end|>b"]).1), 0);
    let raw = asked(&place, &[MODEL, "a<|end|>b", "--raw"]).1;
    assert_eq!((raw[0], ends(&raw)), (1, 1));
}

#[test]
fn a_configuration_shows_the_prompts_of_its_run() {
    let place = Playground::new();
    let first = asked(&place, &["-c", MODEL]);
    assert!(
        first.0.starts_with("<bos><|user|> ") && first.0.ends_with("?<|assistant|>"),
        "{}",
        first.0
    );
    assert_ne!(asked(&place, &["-c", MODEL, "--seed", "2"]), first);
    let raw = asked(&place, &["-c", MODEL, "prompt.format=raw"]);
    assert!(!raw.0.contains("<|user|>"), "{}", raw.0);

    let generate = asked(&place, &["-c", MODEL, "--generate"]);
    assert!(
        generate.0.contains("1. ") && generate.0.ends_with("9."),
        "{}",
        generate.0
    );
    assert_eq!(generate.1[0], 1, "{:?}", generate.1);
    assert_ne!(asked(&place, &["-c", MODEL, "--generate", "seed=2"]), generate);
}

#[test]
fn a_configuration_is_found_as_by_a_run() {
    let place = Playground::new();
    let quickstart = asked(&place, &[]);
    assert_eq!(quickstart, asked(&place, &["-c", MODEL]));
    let text = "[model]\npath = \"builtin:quickstart\"\n[seeds]\npath = \"builtin:quickstart/seeds.jsonl\"\n\
                [prompt]\nformat = \"raw\"\n";
    place.write("serl.toml", text);
    let raw = asked(&place, &[]);
    assert!(!raw.0.contains("<|user|>"), "{}", raw.0);
    assert_eq!(
        asked(&place, &["prompt.format=chat", "prompt.template={instruction}"]).0,
        quickstart.0
    );
    // A text is still asked of the model that is named.
    assert_eq!(asked(&place, &[MODEL, "x = 1"]).0, "<bos><|user|> x = 1<|assistant|>");
    let refusal = place.run(&["prompt", MODEL, "x", "--seed", "2"]).refusal();
    assert!(
        refusal.contains("`builtin:quickstart` is not of the form `key=value`"),
        "{refusal}"
    );
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let place = Playground::new();
    place.write("none.json", "[]");
    place.write("text.json", "{\"messages\": 7}");
    for (arguments, expected) in [
        (&["prompt", MODEL][..], "give a model folder and a text"),
        (&["prompt", "absent", "text"][..], "absent"),
        (
            &["prompt", MODEL, "text", "--system", "Be brief."][..],
            "line 1: only user and assistant turns are known",
        ),
        (
            &["prompt", MODEL, "--messages", "absent.json"][..],
            "absent.json: cannot be read",
        ),
        (
            &["prompt", MODEL, "--messages", "none.json"][..],
            "none.json: has no messages",
        ),
        (
            &["prompt", MODEL, "--messages", "text.json"][..],
            "text.json: has no messages: invalid type",
        ),
        (&["prompt", "-c", MODEL, "--seed", "501"][..], "there is no seed 501"),
        (
            &["prompt", "-c", MODEL, "--seed", "0"][..],
            "the file has the seeds 1 to ",
        ),
    ] {
        let refusal = place.run(arguments).refusal();
        assert!(refusal.contains(expected), "{arguments:?}: {refusal}");
    }
}

/// Templates that a run would fail at, or never finish, stop it before its first node.
#[test]
fn a_run_with_a_bad_template_is_refused_before_its_first_node() {
    let place = Playground::new();
    let policy = place.copy_policy("m");
    for template in [
        "{% if %}",
        "{{ raise_exception('\u{1b}]0;no') }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        &format!("{{{{ {}1 }}}}", "not ".repeat(20_000)),
        "{{ ('a' * 100000) | replace('a', 'a' * 100000) | length }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    ] {
        std::fs::write(policy.join("chat_template.jinja"), template).unwrap();
        let refusal = place.run(&["run", "model.path=m"]).refusal();
        assert!(refusal.contains("chat_template.jinja fails: line 1: "), "{refusal}");
        assert!(!refusal.contains('\u{1b}'), "{refusal}");
        let nodes = place.path(".serl/v1/nodes");
        assert!(!nodes.exists() || nodes.read_dir().unwrap().next().is_none());
    }
}

#[test]
fn the_json_form_has_everything() {
    let shown: Value = Playground::new().json(&["prompt", MODEL, "Hi"]);
    let keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["format", "text", "ids", "pieces", "bos", "begins_with_bos", "ends"]
    );
    assert_eq!(shown["ends"], json!([{"id": 4, "piece": "<|end|>"}]));
}
