//! `striptags`.

use crate::error::Result;
use crate::library::call::Call;
use crate::library::host::Host;
use crate::library::methods;
use crate::value::{Text, TextBuf, Value, to_text};

/// The text without tags and comments, one space between words, and entities as their characters.
pub(super) fn strip_tags(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("striptags", [], 0)?;
    let text = to_text(host.budget(), &value)?;
    host.budget().bytes(text.len())?;
    let words: Vec<Text> = {
        let plain = without_tags(&text);
        plain.as_str().split_whitespace().map(|word| plain.part(word)).collect()
    };
    let plain = methods::join(host, &" ".into(), &words)?;
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#39;", "'"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    let decoded = entities
        .iter()
        .fold(plain, |plain, (entity, c)| decoded(&plain, entity, c));
    Ok(decoded.into())
}

fn without_tags(text: &Text) -> Text {
    let whole = text.as_str();
    let mut out = TextBuf::default();
    let mut at = 0;
    while let Some(found) = whole[at..].find('<') {
        let tag = &whole[at + found..];
        let end = if tag.starts_with("<!--") {
            tag.find("-->").map(|end| end + 3)
        } else {
            tag.find('>').map(|end| end + 1)
        };
        let Some(end) = end else { break };
        out.push_slice(text, at..at + found);
        at += found + end;
    }
    out.push_slice(text, at..whole.len());
    out.finish()
}

/// The text with `c` for each `entity`, as data if the entity was.
fn decoded(text: &Text, entity: &str, c: &str) -> Text {
    let mut out = TextBuf::default();
    let mut done = 0;
    for (at, _) in text.as_str().match_indices(entity) {
        out.push_slice(text, done..at);
        done = at + entity.len();
        out.push_instead(text, at..done, c);
    }
    out.push_slice(text, done..text.len());
    out.finish()
}
