//! The rows of a frame as values of a type, whose fields are columns.

use anyhow::{Context, Result};
use polars::prelude::AnyValue;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::reader::Frame;

impl Frame {
    /// Its rows. Columns that `T` does not have are skipped.
    ///
    /// # Errors
    /// A column that is missing, or a value that does not fit.
    pub fn rows<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        (0..self.height()).map(|row| self.row(row)).collect()
    }

    fn row<T: DeserializeOwned>(&self, row: usize) -> Result<T> {
        let columns = self.data.columns().iter();
        let cells = columns.map(|column| Ok((column.name().as_str(), Cell(column.get(row)?))));
        let cells = cells.collect::<Result<Vec<_>>>()?;
        T::deserialize(MapDeserializer::new(cells.into_iter())).with_context(|| format!("row {}", row + 1))
    }
}

struct Cell<'a>(AnyValue<'a>);

impl<'de> IntoDeserializer<'de, Error> for Cell<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Cell<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            AnyValue::Null => visitor.visit_unit(),
            AnyValue::Boolean(value) => visitor.visit_bool(value),
            AnyValue::UInt32(value) => visitor.visit_u32(value),
            AnyValue::UInt64(value) => visitor.visit_u64(value),
            AnyValue::Float32(value) => visitor.visit_f32(value),
            AnyValue::Float64(value) => visitor.visit_f64(value),
            AnyValue::String(value) => visitor.visit_str(value),
            AnyValue::StringOwned(value) => visitor.visit_str(&value),
            AnyValue::List(values) => {
                let cells: Vec<Cell<'_>> = values.iter().map(Cell).collect();
                visitor.visit_seq(SeqDeserializer::new(cells.into_iter()))
            }
            other => Err(Error::custom(format!("a value of type {}", other.dtype()))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            AnyValue::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::{EvalSummary, Instruction, Problem, Source};

    fn summary(group: &str, value: f64) -> EvalSummary {
        EvalSummary {
            iteration: 1,
            benchmark: "b".into(),
            group: group.into(),
            n: 6,
            k: 2,
            pass_at_1: value,
            parsed_share: 1.0,
            ..EvalSummary::default()
        }
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let rows = vec![summary("all", 1.0 / 3.0), summary("level=ü", 0.0)];
        let frame = Frame::of(rows.clone()).unwrap();
        assert_eq!(frame.rows::<EvalSummary>().unwrap(), rows);
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Written {
        few_shot: Vec<String>,
    }

    #[test]
    fn lists_are_read() {
        let instruction = |few_shot: &[&str]| Instruction {
            id: InstructionId::of("x"),
            iteration: 1,
            source: Source::Generated,
            text: "x".into(),
            few_shot: few_shot.iter().map(|text| InstructionId::of(text)).collect(),
            completion_id: None,
        };
        let frame = Frame::of(vec![instruction(&["", "y"]), instruction(&[])]).unwrap();
        let rows: Vec<Written> = frame.rows().unwrap();
        let few_shot = [InstructionId::of(""), InstructionId::of("y")].map(|id| id.to_string());
        assert_eq!((&rows[0].few_shot[..], &rows[1].few_shot[..]), (&few_shot[..], &[][..]));
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Labels {
        id: String,
        level: Option<String>,
        subject: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    struct Other {
        #[serde(rename = "id")]
        _id: u32,
    }

    #[test]
    fn columns_are_found_by_name_and_must_fit() {
        let problem = Problem {
            benchmark: "b".into(),
            id: "7".into(),
            problem: "1 + 1?".into(),
            gold_answer: "2".into(),
            accepted: Vec::new(),
            subject: None,
            level: Some("1".into()),
            choices: vec!["2".into()],
        };
        let frame = Frame::of(vec![problem]).unwrap();
        let labels = Labels {
            id: "7".into(),
            level: Some("1".into()),
            subject: None,
        };
        assert_eq!(frame.rows::<Labels>().unwrap(), [labels]);
        assert!(frame.rows::<Other>().is_err());
        assert!(frame.rows::<EvalSummary>().is_err());
    }
}
