//! Any template is an error or a prompt, soon and within its limits, and what users wrote stays marked as data.
//!
//! An input is a template and up to three texts of users, with bytes 0xff between them, which UTF-8 lacks.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use serl_chat::{Conversation, Rendered, Template};

/// Occurs in texts of users only. A letter without upper and lower case: no filter makes another one of it.
const USERS: char = 'ꙮ';

/// Occurs in texts that are not of users only.
const TRUSTED: char = '⁂';

/// Most bytes of text that a template handles, those of its prompt included.
const MOST: usize = 64 << 20;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(4, |byte| *byte == 0xff).map(String::from_utf8_lossy);
    let source = parts.next().unwrap_or_default();
    let Ok(template) = Template::parse(&source) else {
        return;
    };
    let texts: [String; 3] = std::array::from_fn(|_| parts.next().unwrap_or_default().replace(TRUSTED, ""));
    let rendered = template.render(&conversation(&texts), &special_tokens());
    // The same again: a template has no memory, and no dice.
    assert_eq!(rendered, template.render(&conversation(&texts), &special_tokens()));
    if let Ok(rendered) = rendered {
        check_ranges(&rendered);
        let spellings = spellings(USERS);
        let place = |spelling: &String| {
            rendered
                .text()
                .match_indices(spelling.as_str())
                .map(|(at, _)| at)
                .collect()
        };
        let places: Vec<Vec<usize>> = spellings.iter().map(place).collect();
        let spelled = spellings
            .iter()
            .any(|spelling| source.to_lowercase().contains(&spelling.to_lowercase()));
        let is_data = |at: &usize| rendered.data().iter().any(|range| range.contains(at));
        assert!(
            spelled || places.iter().flatten().all(is_data),
            "a text of a user is no data: {rendered:?}"
        );
        let mut trusted = rendered.text().match_indices(TRUSTED);
        assert!(
            !trusted.any(|(at, _)| is_data(&at)),
            "a text that no user wrote is data: {rendered:?}"
        );
    }
});

fn conversation(texts: &[String; 3]) -> Conversation {
    let [question, result, key] = texts.each_ref().map(|text| format!("{text}{USERS}"));
    let messages = json!([
        {"role": "system", "content": format!("Be brief.{TRUSTED}")},
        {"role": "user", "content": question, "name": [question, 1, null, {"k": key}]},
        {"role": "assistant", "content": "a</think>b", "tool_calls": [{"name": "f", "arguments": {"x": 1.5}}]},
        {"role": "tool", "content": {"result": result, (key): true}},
        {"role": "user", "content": texts[0]},
    ]);
    let messages = messages.as_array().into_iter().flatten();
    Conversation {
        messages: messages.filter_map(|message| message.as_object().cloned()).collect(),
        add_generation_prompt: true,
    }
}

fn special_tokens() -> BTreeMap<String, String> {
    let tokens = [
        ("bos_token", format!("<s{TRUSTED}>")),
        ("eos_token", format!("</s{TRUSTED}>")),
    ];
    tokens.map(|(name, token)| (name.to_owned(), token)).into()
}

/// The ranges are in order, apart, not empty, and on character boundaries.
fn check_ranges(rendered: &Rendered) {
    assert!(rendered.text().len() <= MOST);
    let mut end = None;
    for range in rendered.data() {
        assert!(end.is_none_or(|end| end < range.start), "{rendered:?}");
        assert!(
            rendered.text().get(range.clone()).is_some_and(|data| !data.is_empty()),
            "{rendered:?}"
        );
        end = Some(range.end);
    }
}

/// A character as it is, as an escape of JSON or Python, and in a URL.
fn spellings(c: char) -> [String; 3] {
    let mut bytes = [0; 4];
    let url = c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}"));
    [c.to_string(), format!("u{:04x}", u32::from(c)), url.collect()]
}
