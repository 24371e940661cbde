//! JSON values that are made only as long as there is room for them.
//!
//! A text such as `[0],[0],…` takes up to a hundred times its length in memory once it is parsed.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::limits::{ITEM_COST, MAX_ROW, NEST_COST, VALUE_COST};

/// What the values of a row may still take, in bytes; nothing once there was too little.
#[derive(Debug)]
pub(super) struct Room(Cell<Option<u64>>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(Some(MAX_ROW)))
    }
}

impl Room {
    /// Whether a value did not fit.
    pub(super) fn is_full(&self) -> bool {
        self.0.get().is_none()
    }

    fn take<E: Error>(&self, cost: u64) -> Result<(), E> {
        self.0.set(self.0.get().and_then(|left| left.checked_sub(cost)));
        match self.is_full() {
            true => Err(E::custom("too large")),
            false => Ok(()),
        }
    }
}

/// Makes one value, with all that is in it.
#[derive(Clone, Copy)]
pub(super) struct Bounded<'r>(pub(super) &'r Room);

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.take(VALUE_COST)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.0.take(text.len() as u64)?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.0.take(NEST_COST)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            self.0.take(ITEM_COST)?;
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.0.take(NEST_COST)?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.0.take(ITEM_COST + name.len() as u64)?;
            object.insert(name, members.next_value_seed(self)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Result<Value, bool> {
        let room = Room::default();
        let value = Bounded(&room).deserialize(&mut serde_json::Deserializer::from_str(json));
        value.map_err(|_| room.is_full())
    }

    #[test]
    fn values_are_those_of_the_library() {
        let json = r#"{"a": [null, true, -1, 18446744073709551615, 1.5e3, "é\n", {}], "b": {"c": []}, "a": 2}"#;
        assert_eq!(value(json), Ok(serde_json::from_str(json).unwrap()));
        assert_eq!(value("[1"), Err(false));
    }

    #[test]
    fn what_takes_more_memory_than_a_row_may_is_not_made() {
        for piece in ["0,", "[0],", "{\"a\":0},", "[[[[]]]],", "\"\","] {
            let json = |times: usize| format!("[{}0]", piece.repeat(times));
            assert!(value(&json(1000)).is_ok());
            assert_eq!(value(&json((MAX_ROW / VALUE_COST) as usize)), Err(true), "{piece}");
        }
    }
}
