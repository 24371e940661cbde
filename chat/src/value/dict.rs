//! Dictionaries in the order of insertion.

use super::compare::equal;
use super::data::{Dict, Value};

impl Dict {
    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.items.iter().find(|(k, _)| equal(k, key)).map(|(_, value)| value)
    }

    pub fn get_str(&self, key: &str) -> Option<&Value> {
        let is_key = |k: &Value| matches!(k, Value::Str(text) if text.as_str() == key);
        self.items.iter().find(|(k, _)| is_key(k)).map(|(_, value)| value)
    }

    /// Puts a value in, in the place of an equal key if there is one.
    pub fn insert(&mut self, key: Value, value: Value) {
        self.shape.add(&key);
        self.shape.add(&value);
        match self.items.iter_mut().find(|(k, _)| equal(k, &key)) {
            Some((_, old)) => *old = value,
            None => self.items.push((key, value)),
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Value, &Value)> {
        self.items.iter().map(|(key, value)| (key, value))
    }
}

impl FromIterator<(Value, Value)> for Dict {
    fn from_iter<I: IntoIterator<Item = (Value, Value)>>(items: I) -> Self {
        let mut dict = Self::default();
        for (key, value) in items {
            dict.insert(key, value);
        }
        dict
    }
}
