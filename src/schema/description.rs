//! Descriptions: comments of the source, as people read them in an editor.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

/// A link to an item of the source.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[(`[^`]+`)\](\([^)]*\))?").ok());

/// Makes one line of each paragraph, and takes out links to the source.
pub(super) fn tidy(node: &mut Map<String, Value>) {
    let Some(Value::String(text)) = node.get_mut("description") else {
        return;
    };
    let paragraphs: Vec<String> = text.split("\n\n").map(|lines| lines.replace('\n', " ")).collect();
    let joined = paragraphs.join("\n\n");
    *text = match LINK.as_ref() {
        Some(link) => link.replace_all(&joined, "$1").into_owned(),
        None => joined,
    };
}
