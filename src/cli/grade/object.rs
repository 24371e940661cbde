//! A JSON object that keeps its members as they were written.
//!
//! Parsing a number and printing it may change it; a member that is passed through must not change.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serl_artifacts::dataset::no_json;

/// The members of an object, in order.
#[derive(Debug)]
pub(super) struct Object<'a>(Vec<Member<'a>>);

#[derive(Debug)]
struct Member<'a> {
    name: Cow<'a, str>,
    /// The name, with its quotes.
    key: &'a str,
    value: &'a str,
}

impl<'a> Object<'a> {
    /// Parses an object; the error says what is wrong.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let told = |e| no_json(&e);
        serde_json::from_str::<IgnoredAny>(text).map_err(told)?;
        let Some(inside) = text.trim().strip_prefix('{') else {
            return Err("not a JSON object such as {\"gold\": \"5\", \"pred\": \"…\"}".into());
        };
        let mut members = Vec::new();
        let mut rest = inside.trim_start();
        // The text is valid JSON, so a key, a colon and a value follow until the brace.
        while rest.starts_with(['"', ',']) {
            let (key, after) = value(rest.trim_start_matches(',').trim_start()).map_err(told)?;
            let (value, after) = value(after.trim_start_matches(':').trim_start()).map_err(told)?;
            let name = match key.contains('\\') {
                true => Cow::Owned(serde_json::from_str(key).map_err(told)?),
                false => Cow::Borrowed(&key[1..key.len() - 1]),
            };
            members.push(Member { name, key, value });
            rest = after;
        }
        Ok(Self(members))
    }

    /// The value of a member as JSON; the last one if the name occurs twice.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().rfind(|member| member.name == name);
        found.map(|member| member.value)
    }

    /// The names in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|member| &*member.name)
    }

    /// The object's text with the members of `added` at the end; they replace members of the same name.
    pub(super) fn with(&self, added: &Object<'_>) -> String {
        let kept = self.0.iter().filter(|m| added.get(&m.name).is_none());
        let members: Vec<String> = kept
            .chain(&added.0)
            .map(|member| format!("{}:{}", member.key, member.value))
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

/// The JSON value at the start of `text`, and the text after it and any white space.
fn value(text: &str) -> Result<(&str, &str), serde_json::Error> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next().transpose()?;
    let (value, rest) = text.split_at(values.byte_offset());
    Ok((value, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stay_as_they_are_written() {
        let text = r#" {"a" : 1.50, "n":12345678901234567890123 , "o": {"x": [1, "}"]}, "t":true,"s": "\"é\u00e9," } "#;
        let object = Object::read(text).unwrap();
        assert_eq!(object.names().collect::<Vec<_>>(), ["a", "n", "o", "t", "s"]);
        assert_eq!(object.get("n"), Some("12345678901234567890123"));
        assert_eq!(object.get("t"), Some("true"));
        let added = Object::read(r#"{"t": 0, "new": null}"#).unwrap();
        assert_eq!(
            object.with(&added),
            r#"{"a":1.50,"n":12345678901234567890123,"o":{"x": [1, "}"]},"s":"\"é\u00e9,","t":0,"new":null}"#
        );
    }

    #[test]
    fn names_are_compared_by_what_they_mean() {
        let object = Object::read(r#"{"\u0067old": 1, "gold": 2, "": 3}"#).unwrap();
        assert_eq!(object.names().collect::<Vec<_>>(), ["gold", "gold", ""]);
        assert_eq!((object.get("gold"), object.get("")), (Some("2"), Some("3")));
    }

    #[test]
    fn an_empty_object_gets_members_too() {
        let added = Object::read(r#"{"b":1}"#).unwrap();
        assert_eq!(Object::read("{ }").unwrap().with(&added), r#"{"b":1}"#);
    }

    #[test]
    fn what_is_no_object_is_told() {
        for text in [
            "",
            "{",
            "[1]",
            "5",
            "{\"a\": }",
            "{\"a\": 1} x",
            "{\"a\": 1,}",
            "{'a': 1}",
        ] {
            let reason = Object::read(text).unwrap_err();
            assert!(reason.starts_with("not "), "{text}: {reason}");
        }
    }
}
