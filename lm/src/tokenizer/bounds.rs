//! What a `tokenizer.json` may ask of its library: to split a text in one way only, and not to make it much longer.

use serde::Deserialize;
use serde_json::Value;

/// Most times that a text may grow. Those of public models grow by 12 at most: a mark of three bytes before the text,
/// and one in place of each space.
const MOST_GROWTH: f64 = 1000.0;

/// The parts that are looked at.
#[derive(Deserialize)]
struct Parts {
    normalizer: Option<Value>,
    decoder: Option<Value>,
    model: Option<Model>,
}

#[derive(Deserialize)]
struct Model {
    dropout: Option<f64>,
}

/// Refuses what would make prompts random or fill the memory. A file that does not parse is left to the library.
pub(super) fn check(json: &[u8]) -> Result<(), String> {
    let Ok(parts) = serde_json::from_slice::<Parts>(json) else {
        return Ok(());
    };
    if let Some(dropout) = parts
        .model
        .and_then(|model| model.dropout)
        .filter(|dropout| *dropout > 0.0)
    {
        return Err(format!(
            "`model.dropout` is {dropout}, so a text has other tokens each time: set it to null"
        ));
    }
    for (name, part) in [("normalizer", parts.normalizer), ("decoder", parts.decoder)] {
        let growth = part.map_or(1.0, |part| growth(&part));
        if growth > MOST_GROWTH {
            return Err(format!(
                "its {name} makes texts up to {growth:.0} times as long; the limit is {MOST_GROWTH}"
            ));
        }
    }
    Ok(())
}

/// How many times as long a step may make a text, in bytes.
fn growth(step: &Value) -> f64 {
    let length = |value: &Value| value.as_str().map_or(0.0, |text| text.len() as f64);
    match step["type"].as_str() {
        Some("Sequence") => {
            let steps = step["normalizers"].as_array().or(step["decoders"].as_array());
            steps.into_iter().flatten().map(growth).product()
        }
        // An expression may match a single byte, or between any two.
        Some("Replace") => match length(&step["pattern"]["String"]) {
            0.0 => 1.0 + length(&step["content"]),
            pattern => (length(&step["content"]) / pattern).max(1.0),
        },
        Some("Prepend") => 1.0 + length(&step["prepend"]),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> Option<String> {
        check(json.as_bytes()).err()
    }

    #[test]
    fn a_text_has_the_same_tokens_each_time() {
        for fine in [
            "{}",
            r#"{"model": {"dropout": null}}"#,
            r#"{"model": {"dropout": 0.0}}"#,
            "[",
            "{]",
        ] {
            assert_eq!(refusal(fine), None, "{fine}");
        }
        assert!(
            refusal(r#"{"model": {"dropout": 0.5}}"#)
                .unwrap()
                .contains("`model.dropout` is 0.5")
        );
    }

    #[test]
    fn texts_grow_within_bounds() {
        let doubling = r#"{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}"#;
        let steps = |n: usize| vec![doubling; n].join(", ");
        let normalizer = |n| {
            format!(
                r#"{{"normalizer": {{"type": "Sequence", "normalizers": [{}]}}}}"#,
                steps(n)
            )
        };
        let decoder = |n| format!(r#"{{"decoder": {{"type": "Sequence", "decoders": [{}]}}}}"#, steps(n));
        assert_eq!((refusal(&normalizer(9)), refusal(&decoder(9))), (None, None));
        assert!(
            refusal(&normalizer(10))
                .unwrap()
                .contains("normalizer makes texts up to 1024 times")
        );
        assert!(refusal(&decoder(40)).unwrap().contains("its decoder"));

        let of = |step: &str| growth(&serde_json::from_str(step).unwrap());
        let llama = r#"{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}"#;
        assert_eq!(of(llama), 12.0);
        assert_eq!(
            of(r#"{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "ab"}"#),
            3.0
        );
        assert_eq!(of(r#"{"type": "NFC"}"#), 1.0);
    }
}
