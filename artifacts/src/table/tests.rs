//! Column types, row groups, refusals.

use super::*;
use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    FirstOne,
    Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Example {
    kind: Choice,
    note: Option<String>,
    numbers: Vec<u32>,
}

impl Table for Example {
    const NAME: &'static str = "rows";
    const SCHEMA_VERSION: u32 = 3;
    const DESCRIPTION: &'static str = "A row.";
    const COLUMNS: &'static [&'static str] = &["Which one it is,\n in one line.", "A note.", "Numbers."];
}

#[derive(Debug, Serialize, Deserialize)]
struct Elsewhere {
    kind: Choice,
}

impl Table for Elsewhere {
    const NAME: &'static str = "elsewhere";
    const SCHEMA_VERSION: u32 = 3;
}

#[derive(Debug, Serialize, Deserialize)]
struct Later {
    kind: Choice,
}

impl Table for Later {
    const NAME: &'static str = "rows";
    const SCHEMA_VERSION: u32 = 4;
}

fn row(kind: Choice) -> Example {
    Example {
        kind,
        note: None,
        numbers: vec![1, 2],
    }
}

#[test]
fn columns_have_plain_types() {
    let schema = schema::<Example>().unwrap();
    let column = |name: &str| schema.field_with_name(name).unwrap().clone();
    assert_eq!(
        (column("kind").data_type(), column("kind").is_nullable()),
        (&DataType::Utf8, false)
    );
    assert_eq!(
        (column("note").data_type(), column("note").is_nullable()),
        (&DataType::Utf8, true)
    );
    assert!(matches!(column("numbers").data_type(), DataType::List(item) if *item.data_type() == DataType::UInt32));
}

#[test]
fn enums_are_stored_by_name() {
    let rows = vec![row(Choice::FirstOne), row(Choice::Other)];
    let batch = serde_arrow::to_record_batch(schema::<Example>().unwrap().fields(), &rows).unwrap();
    let column = batch.column_by_name("kind").unwrap();
    let column = column.as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
    assert_eq!(column.iter().flatten().collect::<Vec<_>>(), ["first_one", "other"]);
}

#[test]
fn row_groups_are_kept_apart_and_empty_tables_keep_their_columns() {
    let groups = vec![
        vec![row(Choice::Other)],
        vec![],
        vec![row(Choice::FirstOne), row(Choice::Other)],
    ];
    let read: Vec<Vec<Example>> = decode_groups(&encode(&groups).unwrap(), "x").unwrap();
    assert_eq!(read, [groups[0].clone(), groups[2].clone()]);

    let empty = Bytes::from(encode::<Example>(&[]).unwrap());
    let metadata = ArrowReaderMetadata::load(&empty, ArrowReaderOptions::new()).unwrap();
    assert_eq!(metadata.schema().fields().len(), 3);
    assert_eq!(decode::<Example>(&empty, "x").unwrap(), []);
}

#[test]
fn a_file_says_where_it_is_from_and_what_it_holds() {
    let bytes = Bytes::from(encode_with(&[vec![row(Choice::Other)]], &[("serl.node", "1/vote.0".to_owned())]).unwrap());
    let metadata = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new()).unwrap();
    let entries = metadata.metadata().file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| {
        entries
            .iter()
            .find(|entry| entry.key == key)
            .and_then(|entry| entry.value.as_deref())
    };
    assert_eq!(value("serl.node"), Some("1/vote.0"));
    assert_eq!(value(DESCRIPTION_KEY), Some("A row."));
    let kind = metadata.schema().field_with_name("kind").unwrap();
    assert_eq!(kind.metadata()[DESCRIPTION_KEY], "Which one it is, in one line.");
    assert_eq!(decode::<Example>(&bytes, "x").unwrap(), [row(Choice::Other)]);
}

#[test]
fn another_table_or_version_is_refused_by_name() {
    let bytes = encode(&[vec![row(Choice::Other)]]).unwrap();
    let error = decode::<Elsewhere>(&bytes, "a.parquet").unwrap_err().to_string();
    assert_eq!(
        error,
        "a.parquet: not a readable `elsewhere` table: it holds table `rows`"
    );
    let error = decode::<Later>(&bytes, "a.parquet").unwrap_err().to_string();
    assert!(
        error.ends_with("it has schema version 3, this serl reads version 4"),
        "{error}"
    );
}
