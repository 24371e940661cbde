//! One row of JSON: its wanted columns, and what the others are.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::limits::{ITEM_COST, NEST_COST, VALUE_COST};
use super::room::{Bounded, Room};
use super::wanted::Wanted;

/// A row, with the columns that are wanted.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) fields: Map<String, Value>,
    /// All its columns, in order, if they were asked for.
    pub(super) columns: Vec<(String, Content)>,
}

/// Why a row is none.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is not valid JSON.
    Json(serde_json::Error),
    /// It is valid JSON, but not an object.
    NoObject,
    /// Its wanted columns take more memory than a row may.
    Large,
}

/// What a column holds, as far as messages need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A text that is not blank.
    Text,
    /// An object.
    Object,
    /// A list of objects.
    Objects,
    /// Anything else.
    Other,
}

impl Content {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::String(text) if !text.trim().is_empty() => Self::Text,
            Value::Object(_) => Self::Object,
            Value::Array(items) if items.first().is_some_and(Value::is_object) => Self::Objects,
            _ => Self::Other,
        }
    }
}

/// Parses a row. `overview` asks for all its columns.
pub(super) fn parse(json: &str, wanted: &Wanted, overview: bool) -> Result<Row, Fault> {
    let mut parser = serde_json::Deserializer::from_str(json);
    if !json.trim_start().starts_with('{') {
        IgnoredAny::deserialize(&mut parser).map_err(Fault::Json)?;
        parser.end().map_err(Fault::Json)?;
        return Err(Fault::NoObject);
    }
    let room = Room::default();
    let columns = Columns {
        wanted,
        overview,
        room: &room,
    };
    let row = parser.deserialize_map(columns).map_err(|error| match room.is_full() {
        true => Fault::Large,
        false => Fault::Json(error),
    })?;
    parser.end().map_err(Fault::Json)?;
    Ok(row)
}

/// The memory that values take, in bytes.
pub(super) fn cost(fields: &Map<String, Value>) -> u64 {
    fields
        .iter()
        .map(|(name, value)| name.len() as u64 + value_cost(value))
        .sum()
}

fn value_cost(value: &Value) -> u64 {
    VALUE_COST
        + match value {
            Value::String(text) => text.len() as u64,
            Value::Array(items) => items.iter().map(|item| ITEM_COST + value_cost(item)).sum::<u64>() + NEST_COST,
            Value::Object(fields) => cost(fields) + fields.len() as u64 * ITEM_COST + NEST_COST,
            _ => 0,
        }
}

struct Columns<'w> {
    wanted: &'w Wanted,
    overview: bool,
    room: &'w Room,
}

impl<'de> Visitor<'de> for Columns<'_> {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Row, A::Error> {
        let mut row = Row::default();
        while let Some(name) = members.next_key::<String>()? {
            let content = if self.wanted.column(&name) {
                let value = members.next_value_seed(Bounded(self.room))?;
                let content = Content::of(&value);
                row.fields.insert(name.clone(), value);
                content
            } else if self.overview {
                members.next_value()?
            } else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            if self.overview {
                row.columns.push((name, content));
            }
        }
        Ok(row)
    }
}

/// Finds out what a value is without keeping it.
impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Skim)
    }
}

struct Skim;

impl<'de> Visitor<'de> for Skim {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(match text.trim().is_empty() {
            true => Content::Other,
            false => Content::Text,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Content, A::Error> {
        let first: Option<Content> = items.next_element()?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(match first {
            Some(Content::Object) => Content::Objects,
            _ => Content::Other,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Content, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Content::Object)
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Content, E> {
        Ok(Content::Other)
    }
}
