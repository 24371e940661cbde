//! JSON as values.

use super::data::Value;
use super::text::Text;

impl Value {
    /// A JSON value; its texts, keys of objects included, are marked as from outside if `outside`.
    pub fn from_json(json: &serde_json::Value, outside: bool) -> Self {
        let text = |text: &str| Self::Str(if outside { Text::marked(text) } else { Text::new(text) });
        match json {
            serde_json::Value::Null => Self::None,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i128() {
                Some(value) => Self::Int(value),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(string) => text(string),
            serde_json::Value::Array(items) => {
                Self::list(items.iter().map(|item| Self::from_json(item, outside)).collect())
            }
            serde_json::Value::Object(fields) => {
                let item = |(key, value): (&String, _)| (text(key), Self::from_json(value, outside));
                Self::dict(fields.iter().map(item).collect())
            }
        }
    }
}
