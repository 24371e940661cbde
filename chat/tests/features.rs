//! Small templates, with the text that Jinja2 gives as `transformers` sets it up (`parity/features.py`).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serl_chat::{Conversation, Template};

fn conversation() -> Conversation {
    let messages = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": " It's \"né\" <b>&\n"},
        {"role": "assistant", "content": "a</think>b", "n": 3, "x": [1, 2.5, true, null, {"k": "v"}]},
    ]);
    Conversation {
        messages: serde_json::from_value(messages).unwrap(),
        add_generation_prompt: true,
    }
}

fn special_tokens() -> BTreeMap<String, String> {
    let tokens = [
        ("bos_token", "<s>"),
        ("eos_token", "</s>"),
        ("pad_token", "<pad>"),
        ("unk_token", "<unk>"),
    ];
    tokens.map(|(name, token)| (name.to_owned(), token.to_owned())).into()
}

#[test]
fn every_feature_gives_what_python_gives() {
    let mut wrong = Vec::new();
    for line in include_str!("features.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let source = case["template"].as_str().unwrap();
        let rendered = Template::parse(source).and_then(|template| template.render(&conversation(), &special_tokens()));
        let ours = rendered.as_ref().ok().map(|rendered| rendered.text());
        if ours != case["text"].as_str() {
            wrong.push(format!("{source}\n  python {}\n  serl   {rendered:?}", case["text"]));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
