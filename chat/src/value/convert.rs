//! JSON as values.

use super::data::Value;
use super::text::Text;

impl Value {
    /// A JSON value; its texts are marked as from outside if `outside`. Keys of objects are not.
    pub fn from_json(json: &serde_json::Value, outside: bool) -> Self {
        match json {
            serde_json::Value::Null => Self::None,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i128() {
                Some(value) => Self::Int(value),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) if outside => Self::Str(Text::marked(text.as_str())),
            serde_json::Value::String(text) => Self::Str(Text::new(text.as_str())),
            serde_json::Value::Array(items) => {
                Self::list(items.iter().map(|item| Self::from_json(item, outside)).collect())
            }
            serde_json::Value::Object(fields) => {
                let item = |(key, value): (&String, _)| (key.as_str().into(), Self::from_json(value, outside));
                Self::dict(fields.iter().map(item).collect())
            }
        }
    }
}
