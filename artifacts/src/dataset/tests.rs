//! Every accepted file, and what is said about others.

use std::fs;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Decimal128Array, DictionaryArray, Int32Array, ListArray, RecordBatch, StringArray,
    StructArray,
};
use arrow::datatypes::{DataType, Field, Int32Type};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::json;

use super::*;

fn file(bytes: &[u8]) -> tempfile::TempPath {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    fs::write(&path, bytes).unwrap();
    path
}

fn wanted() -> Wanted {
    Wanted::new(
        ["problem", "answer", "choices", "reward_model.ground_truth"],
        "take fewer rows",
    )
}

fn fields(bytes: &[u8]) -> Vec<Value> {
    let rows = read(&file(bytes), &wanted()).unwrap();
    rows.records
        .into_iter()
        .map(|record| Value::Object(record.fields))
        .collect()
}

fn refusal(bytes: &[u8]) -> String {
    let error = read(&file(bytes), &wanted()).unwrap_err();
    assert!(error.is_user_error(), "{error}");
    error.to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn parquet(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn every_text_format_gives_the_same_rows() {
    let lines = "{\"problem\": \"1, 2?\", \"answer\": \"3\"}\n{\"problem\": \"ü\\n\", \"answer\": \"\"}\n";
    let expected = [
        json!({"problem": "1, 2?", "answer": "3"}),
        json!({"problem": "ü\n", "answer": ""}),
    ];
    let array = "[\n {\"problem\": \"1, 2?\", \"answer\": \"3\"},\n {\"problem\": \"ü\\n\", \"answer\": \"\"}\n]\n";
    let mut windows = "\u{feff}".to_owned() + lines;
    windows = windows.replace('\n', "\r\n\r\n");
    for text in [lines, array, &windows] {
        let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
        for bytes in [text.as_bytes(), &gzip(text.as_bytes()), &zstd] {
            assert_eq!(fields(bytes), expected, "{text}");
        }
    }
}

#[test]
fn separated_values_are_texts() {
    let expected = [
        json!({"problem": "1, \"2\"?", "answer": "3"}),
        json!({"problem": "a\nb", "answer": "4"}),
    ];
    for separator in [",", "\t", ";"] {
        for end in ["\n", "\r\n"] {
            let rows = [
                ["problem", "note", "answer"],
                ["\"1, \"\"2\"\"?\"", "x", "3"],
                ["\"a\nb\"", "", "4"],
            ];
            let text = rows.map(|row| row.join(separator) + end).concat();
            let mut expected = expected.to_vec();
            if separator == "\t" {
                expected[0] = json!({"problem": "1, \"2\"?", "answer": "3"});
            }
            assert_eq!(fields(text.as_bytes()), expected, "{text:?}");
        }
    }
    let rows = read(&file("\u{feff}problem\nWhat?\n".as_bytes()), &wanted()).unwrap();
    assert_eq!(
        (rows.records[0].place, &rows.records[0].fields["problem"]),
        (Place::Line(2), &json!("What?"))
    );
    assert!(refusal(b"problem,answer\na,b,c\n").contains("line 2: the row has 3 values, but there are 2 columns"));
}

#[test]
fn places_count_lines_or_rows() {
    let places = |bytes: &[u8]| {
        let rows = read(&file(bytes), &wanted()).unwrap();
        rows.records.iter().map(|record| record.place).collect::<Vec<_>>()
    };
    assert_eq!(places(b"{\"a\": 1}\n\n{\"a\": 2}\n"), [Place::Line(1), Place::Line(3)]);
    assert_eq!(places(b"[{\"a\": 1},\n\n{\"a\": 2}]"), [Place::Row(1), Place::Row(2)]);
}

#[test]
fn only_wanted_columns_are_kept_and_all_are_listed() {
    let row = br#"{"note": "x", "list": [{"a": 1}], "Problem": "p", "n": 1e3, "reward_model": {"ground_truth": 2}}"#;
    let rows = read(&file(row), &wanted()).unwrap();
    let kept: Vec<&String> = rows.records[0].fields.keys().collect();
    assert_eq!(kept, ["Problem", "reward_model"]);
    let columns = [
        ("note", Content::Text),
        ("list", Content::Objects),
        ("Problem", Content::Text),
        ("n", Content::Other),
        ("reward_model", Content::Object),
    ];
    assert_eq!(rows.columns, columns.map(|(name, content)| (name.to_owned(), content)));
}

#[test]
fn what_python_writes_but_json_lacks_is_mended() {
    let rows = fields(br#"{"problem": "x\ud83d", "answer": NaN, "other": -Infinity}"#);
    assert_eq!(rows, [json!({"problem": "x\u{fffd}", "answer": null})]);
}

#[test]
fn a_bad_row_is_named() {
    let cases: [(&[u8], &str); 8] = [
        (b"{\"a\": 1}\n{\"a\": \n", "line 2: not valid JSON"),
        (b"{\"a\": 1}\n[1]\n", "line 2: not a JSON object"),
        (b"{\"a\": 1}\n{\"a\": \"\xff\"}\n", "line 2: not valid UTF-8"),
        (
            b"{\n\"problem\": \"x\"\n}\n",
            "line 1: the JSON object goes on after its first line",
        ),
        (b"[1, 2]", "row 1: not a JSON object"),
        (b"[{\"problem\": \"x\"}, {\"problem\": }]", "row 2: not valid JSON"),
        (b"[{\"problem\": \"x\"}", "the JSON array does not end"),
        (b"hello\n", "line 1: not valid JSON"),
    ];
    for (bytes, want) in cases {
        let error = refusal(bytes);
        assert!(error.contains(want), "{error}");
    }
}

#[test]
fn a_file_that_is_no_data_is_called_by_its_name() {
    let mut tar = vec![b'x'; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let cases: [(&[u8], &str); 14] = [
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG image"),
        (b"%PDF-1.7\n", "a PDF document"),
        (
            b"PK\x03\x04\x14\0\0\0xl/workbook.xml",
            "an Office document (xlsx); save the sheet as CSV",
        ),
        (b"PK\x03\x04\x14\0\0\0train.jsonl", "a zip archive; unpack it first"),
        (b"\x80\x04\x95\0\0", "a Python pickle"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"ARROW1\0\0", "an Arrow file"),
        (b"\n<!DOCTYPE html><html>", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "`git lfs pull`"),
        (b"BZh91AY", "unpack it first (`bunzip2`)"),
        (b"\xff\xfe{\0\"\0", "UTF-16"),
        (b"{\0\"\0p\0r\0o\0", "UTF-16"),
        (b"\0\0\0\0\0", "not text"),
        (&tar, "a tar archive"),
    ];
    for (bytes, want) in cases {
        for bytes in [bytes, &gzip(bytes)] {
            let error = refusal(bytes);
            assert!(error.contains(want), "{error}");
        }
    }
    assert!(refusal(&gzip(&gzip(b"{}"))).contains("compressed twice"));
    assert!(refusal(&gzip(b"{\"problem\": \"x\"}\n")[..20]).contains("cannot be read"));
}

#[test]
fn parquet_is_read_in_every_compression() {
    let all = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    for compression in all {
        let bytes = parquet(vec![("problem", texts(&["1+1?", "2+2?"]))], compression);
        let expected = [json!({"problem": "1+1?"}), json!({"problem": "2+2?"})];
        assert_eq!(fields(&bytes), expected, "{compression}");
        assert_eq!(fields(&gzip(&bytes)), expected, "{compression}");
    }
}

#[test]
fn columns_of_any_type_are_read_or_left_alone() {
    let keys = Int32Array::from(vec![0, 0]);
    let lists = vec![Some(vec![Some(1), None]), None];
    let truth = Field::new("ground_truth", DataType::Utf8, true);
    let style = Field::new("style", DataType::Utf8, true);
    let reward = vec![
        (Arc::new(style), texts(&["rule", "rule"])),
        (Arc::new(truth), texts(&["3", "4"])),
    ];
    let bytes = parquet(
        vec![
            (
                "image",
                Arc::new(BinaryArray::from(vec![b"\x89PNG".as_slice(), b"\xff"])),
            ),
            ("Problem", Arc::new(DictionaryArray::new(keys, texts(&["same"])))),
            (
                "answer",
                Arc::new(
                    Decimal128Array::from(vec![150, -5])
                        .with_precision_and_scale(5, 2)
                        .unwrap(),
                ),
            ),
            (
                "choices",
                Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
            ),
            ("reward_model", Arc::new(StructArray::from(reward))),
        ],
        Compression::SNAPPY,
    );
    let row = |answer: &str, choices: Value, truth: &str| {
        let reward_model = json!({"ground_truth": truth});
        json!({"Problem": "same", "answer": answer, "choices": choices, "reward_model": reward_model})
    };
    assert_eq!(
        fields(&bytes),
        [row("1.50", json!([1, null]), "3"), row("-0.05", Value::Null, "4")]
    );
    let rows = read(&file(&bytes), &wanted().first(1)).unwrap();
    let columns: Vec<&str> = rows.columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        (rows.records.len(), columns),
        (1, vec!["image", "Problem", "answer", "choices", "reward_model"])
    );
    let bytes = parquet(
        vec![("problem", Arc::new(BinaryArray::from(vec![b"\xff".as_slice()])))],
        Compression::SNAPPY,
    );
    assert!(refusal(&bytes).contains("row 1: `problem` holds bytes that are not UTF-8 text"));
}

#[test]
fn a_small_file_cannot_fill_the_memory() {
    let keys = |rows: usize| Int32Array::from(vec![0; rows]);
    let repeated = |text: &str, rows| {
        let column = DictionaryArray::new(keys(rows), texts(&[text]));
        parquet(
            vec![("problem", Arc::new(column))],
            Compression::ZSTD(ZstdLevel::default()),
        )
    };
    let bomb = repeated(&"x".repeat(1_000_000), 20_000);
    assert!(bomb.len() < 10_000, "{}", bomb.len());
    assert!(refusal(&bomb).contains("its rows take more than 1 GiB of memory, the limit; take fewer rows"));
    assert_eq!(read(&file(&bomb), &wanted().first(3)).unwrap().records.len(), 3);
    assert!(refusal(&repeated("x", 5_000_000)).contains("more than 1 GiB"));

    let line = |text: &str| format!("{{\"problem\": \"{text}\"}}\n");
    let long = line(&"x".repeat(limits::MAX_ROW as usize));
    let array = format!("[{long}]");
    let row = "is larger than 16 MiB, the limit for one row";
    assert!(refusal(long.as_bytes()).contains(&format!("line 1: the row {row}")));
    assert!(refusal(array.as_bytes()).contains(&format!("row 1: the row {row}")));
    assert!(refusal(&gzip(long.as_bytes())).contains(row));
    let quote = format!("problem,answer\n\"{}", "x\n".repeat(limits::MAX_ROW as usize));
    assert!(refusal(quote.as_bytes()).contains("is a quote not closed?"));
    let many = gzip(line("x").repeat(5_000_000).as_bytes());
    assert!(refusal(&many).contains("more than 1 GiB of memory"));
    let lists = format!("{{\"problem\": [{}0]}}", "[0],".repeat(1_000_000));
    assert!(refusal(lists.as_bytes()).contains(&format!("line 1: the row {row}")));
    let deep = format!("{{\"problem\": {}}}", "[".repeat(100_000));
    assert!(refusal(deep.as_bytes()).contains("recursion limit"));
}

#[test]
fn a_damaged_parquet_file_is_refused_or_read() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("problem", texts(&["1+1?", "2+2?", "1+1?"])),
        ("choices", Arc::new(lists)),
    ];
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
        let whole = parquet(columns.clone(), compression);
        for at in 0..whole.len() {
            for bit in [0, 3, 7] {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                if let Err(error) = read(&file(&bytes), &wanted()) {
                    assert!(error.is_user_error(), "{at}: {error}");
                }
            }
        }
    }
}

#[test]
fn a_parquet_file_that_makes_the_library_panic_is_refused() {
    let nulls = StringArray::from(vec![Some("1+1?"), None, Some("1+1?"), Some("")]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("problem", Arc::new(nulls)),
        ("answer", Arc::new(Int32Array::from(vec![Some(2), None, Some(3), None]))),
    ];
    let whole = parquet(columns, Compression::SNAPPY);
    let mut panics = 0;
    for at in 0..whole.len() {
        for byte in [0, 0x15, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            if let Err(error) = read(&file(&bytes), &wanted()) {
                assert!(error.is_user_error(), "{at}: {error}");
                panics += usize::from(error.to_string().contains("not readable as Parquet: it is damaged ("));
            }
        }
    }
    assert!(panics > 0, "the library no longer panics: `caught.rs` can go");
}

#[test]
fn shards_are_read_as_one() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("b.jsonl", "{\"problem\": \"2\"}\n{\"problem\": \"3\"}"),
        ("a.jsonl", "{\"problem\": \"1\"}"),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let all = |limit| {
        let rows = read(dir.path(), &wanted().first(limit)).unwrap();
        rows.records
            .iter()
            .map(|record| record.fields["problem"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(all(usize::MAX), ["1", "2", "3"]);
    assert_eq!(all(2), ["1", "2"]);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.jsonl");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let error = read(&pipe, &wanted()).unwrap_err().to_string();
    assert!(error.contains("is a named pipe"), "{error}");
}

#[test]
fn a_footer_that_claims_too_much_is_refused_before_memory_is_asked_for() {
    // FileMetaData { 1: 1, 2: [SchemaElement { 4: "s", 5: 2^30 children }], 3: 0 rows, 4: [] }
    let footer = [
        0x15, 0x02, 0x19, 0x1c, 0x48, 0x01, b's', 0x15, 0x80, 0x80, 0x80, 0x80, 0x08, 0x00, 0x16, 0x00, 0x19, 0x0c,
        0x00,
    ];
    let length = (footer.len() as u32).to_le_bytes();
    let file = [&b"PAR1"[..], &footer, &length, b"PAR1"].concat();
    let told = refusal(&file);
    assert!(
        told.ends_with("not readable as Parquet: its footer is damaged"),
        "{told}"
    );
}
