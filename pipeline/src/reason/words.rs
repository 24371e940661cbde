//! Reasons and values in human-readable form.

use std::fmt;

use serde_json::Value;

use super::Reason;
use crate::id::NodeId;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverRan => f.write_str("never ran, nor anything like it"),
            Self::CodeVersion { old, new } => {
                write!(f, "code version of the stage changed from {old} to {new}")
            }
            Self::Config { key, old, new } => config_words(f, key, old.as_ref(), new.as_ref()),
            Self::Seed { old, new } => write!(f, "seed changed from {old} to {new}"),
            Self::Input {
                name,
                old,
                new,
                producer,
            } => {
                match (old, new) {
                    (None, _) => write!(f, "input `{name}` is new")?,
                    (_, None) => write!(f, "input `{name}` is gone")?,
                    _ => write!(f, "input `{name}` has different content")?,
                }
                match producer {
                    Some(node) => write!(f, " (from {node})"),
                    None => Ok(()),
                }
            }
            Self::OutputMissing { name } => write!(f, "its output {name} is missing or damaged"),
            Self::OutputDropped { name, needed_by } => {
                write!(f, "its {name} was dropped (execution.keep_policies) and ")?;
                match needed_by {
                    Some(node) => write!(f, "{node} needs it again"),
                    None => f.write_str("is requested"),
                }
            }
            Self::ManifestMissing => f.write_str("ran before, but its manifest is no longer there"),
            Self::ManifestUnreadable { error } => {
                write!(f, "its manifest cannot be read ({error})")
            }
            Self::UpstreamWillRun { node, roots } => {
                write!(f, "after {node}")?;
                let others: Vec<&NodeId> = roots.iter().filter(|root| *root != node).collect();
                match others.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, ", because of {one}"),
                    [one, rest @ ..] => write!(f, ", because of {one} and {} more", rest.len()),
                }
            }
        }
    }
}

fn config_words(f: &mut fmt::Formatter<'_>, key: &str, old: Option<&Value>, new: Option<&Value>) -> fmt::Result {
    match (old, new) {
        (Some(old), Some(new)) => {
            write!(f, "`{key}` changed from {} to {}", shown(old), shown(new))
        }
        (None, Some(new)) => write!(f, "`{key}` is new: {}", shown(new)),
        (Some(old), None) => write!(f, "`{key}` is gone, was {}", shown(old)),
        (None, None) => write!(f, "`{key}` changed"),
    }
}

/// Longest text of a value in a sentence, in characters.
pub(super) const LONGEST: usize = 60;

/// A value of a configuration as users write it, not too long for a sentence.
pub fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Number(number) => match number.as_f64() {
            // Single precision widened to double would show digits that nobody wrote.
            Some(wide) if number.is_f64() && f64::from(wide as f32) == wide => {
                serde_json::to_string(&(wide as f32)).unwrap_or_else(|_| number.to_string())
            }
            _ => number.to_string(),
        },
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
