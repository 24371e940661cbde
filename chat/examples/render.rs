//! Renders JSON lines from stdin: `{"template", "messages", "special_tokens", "add_generation_prompt"}` gives
//! `{"text", "data"}` or `{"error"}`. `parity/compare.py` compares the lines with Python's.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use serl_chat::{Conversation, Template};

#[derive(Deserialize)]
struct Case {
    template: String,
    messages: Vec<Map<String, Value>>,
    #[serde(default)]
    special_tokens: BTreeMap<String, String>,
    #[serde(default)]
    add_generation_prompt: bool,
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line?)?;
        let conversation = Conversation {
            messages: case.messages,
            add_generation_prompt: case.add_generation_prompt,
        };
        let rendered =
            Template::parse(&case.template).and_then(|template| template.render(&conversation, &case.special_tokens));
        let shown = match rendered {
            Ok(rendered) => {
                let data: Vec<[usize; 2]> = rendered.data().iter().map(|range| [range.start, range.end]).collect();
                json!({"text": rendered.text(), "data": data})
            }
            Err(error) => json!({"error": error.to_string()}),
        };
        writeln!(out, "{shown}")?;
    }
    Ok(())
}
