//! Whole Parquet files with columns of many types, encodings and compressions.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, FixedSizeBinaryArray,
    FixedSizeListArray, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, LargeStringArray, ListArray,
    MapBuilder, RecordBatch, StringArray, StringBuilder, StructArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int32Type};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};

/// The columns that are read. The rest is left alone, or only copied.
pub const WANTED: [&str; 8] = [
    "problem",
    "answer",
    "choices",
    "reward.truth",
    "map",
    "number",
    "fixed",
    "time",
];

/// Rows in each file, in two row groups.
const ROWS: usize = 5;

/// A Parquet file in two parts.
#[derive(Clone)]
pub struct Sample {
    /// From the magic number to the last page or index.
    pub pages: Vec<u8>,
    /// The metadata.
    pub footer: Vec<u8>,
}

impl Sample {
    fn of(file: &[u8]) -> Self {
        let (rest, _magic) = file.split_at(file.len() - 4);
        let (rest, length) = rest.split_at(rest.len() - 4);
        let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
        let (pages, footer) = rest.split_at(rest.len() - length);
        Self {
            pages: pages.to_vec(),
            footer: footer.to_vec(),
        }
    }

    /// The file.
    pub fn file(&self) -> Vec<u8> {
        let length = (self.footer.len() as u32).to_le_bytes();
        [&self.pages, self.footer.as_slice(), &length, b"PAR1"].concat()
    }
}

/// All samples.
pub fn all() -> Vec<Sample> {
    let texts = || vec![("problem", texts()), ("answer", numbers())];
    let with = || WriterProperties::builder().set_max_row_group_row_count(Some(3));
    let compressions = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4_RAW,
        Compression::LZ4,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let mut all: Vec<Sample> = compressions
        .into_iter()
        .map(|compression| written(texts(), with().set_compression(compression)))
        .collect();
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        all.push(written(texts(), with().set_writer_version(version)));
        all.push(written(nested(), with().set_writer_version(version)));
        all.push(written(plain(), with().set_writer_version(version)));
    }
    for encoding in [
        Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Encoding::DELTA_BYTE_ARRAY,
        Encoding::PLAIN,
    ] {
        let properties = with()
            .set_dictionary_enabled(false)
            .set_column_encoding("problem".into(), encoding);
        all.push(written(texts(), properties));
    }
    let packed = with()
        .set_dictionary_enabled(false)
        .set_column_encoding("number".into(), Encoding::BYTE_STREAM_SPLIT)
        .set_column_encoding("answer".into(), Encoding::DELTA_BINARY_PACKED)
        .set_bloom_filter_enabled(true);
    all.push(written(plain(), packed));
    all
}

fn written(columns: Vec<(&str, ArrayRef)>, properties: WriterPropertiesBuilder) -> Sample {
    let batch = RecordBatch::try_from_iter(columns).expect("the columns have equal lengths");
    let writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build()));
    let mut writer = writer.expect("Parquet has all types");
    writer.write(&batch).expect("memory can be written to");
    Sample::of(&writer.into_inner().expect("memory can be written to"))
}

fn texts() -> ArrayRef {
    let values = [
        Some("1+1?"),
        None,
        Some("a longer question, which no view holds"),
        Some("1+1?"),
        Some(""),
    ];
    Arc::new(StringArray::from(values.to_vec()))
}

fn numbers() -> ArrayRef {
    Arc::new(Int64Array::from(vec![Some(2), Some(-3), None, Some(i64::MAX), Some(0)]))
}

fn nested() -> Vec<(&'static str, ArrayRef)> {
    let lists = vec![
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
        Some(vec![Some(3)]),
        Some(vec![None]),
    ];
    let truth = Field::new("truth", DataType::Utf8, true);
    let style = Field::new("style", DataType::Int64, true);
    let reward = StructArray::from(vec![(Arc::new(truth), texts()), (Arc::new(style), numbers())]);
    let fixed = vec![
        Some(vec![Some(1), None]),
        None,
        Some(vec![Some(2), Some(3)]),
        None,
        Some(vec![None, None]),
    ];
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for row in 0..ROWS {
        for entry in 0..row {
            map.keys().append_value(format!("k{entry}"));
            map.values().append_option((entry > 0).then_some("v"));
        }
        map.append(row != 2).expect("keys and values have equal lengths");
    }
    vec![
        ("problem", texts()),
        (
            "choices",
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
        ),
        ("reward", Arc::new(reward)),
        ("map", Arc::new(map.finish())),
        (
            "fixed",
            Arc::new(FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(fixed, 2)),
        ),
    ]
}

fn plain() -> Vec<(&'static str, ArrayRef)> {
    let decimals = Decimal128Array::from(vec![150, -5, 0, 1, 99_999]).with_precision_and_scale(5, 2);
    let ids = [b"abcd", b"efgh", b"ijkl", b"mnop", b"qrst"];
    let keys = Int32Array::from(vec![Some(0), None, Some(0), Some(0), Some(0)]);
    vec![
        (
            "problem",
            Arc::new(LargeStringArray::from(vec!["a", "b", "c", "d", "e"])),
        ),
        ("answer", Arc::new(Int32Array::from(vec![1, 2, 3, 4, 5]))),
        (
            "number",
            Arc::new(Float64Array::from(vec![1.5, f64::NAN, f64::INFINITY, -0.0, 1e300])),
        ),
        (
            "choices",
            Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(vec!["same"])))),
        ),
        ("map", Arc::new(decimals.expect("five digits are enough"))),
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from(vec![0, 1, -1, i64::MAX, 7]).with_timezone("UTC")),
        ),
        (
            "fixed",
            Arc::new(FixedSizeBinaryArray::try_from_iter(ids.iter()).expect("all have four bytes")),
        ),
        (
            "image",
            Arc::new(BinaryArray::from(vec![b"\x89PNG".as_slice(), b"\xff", b"", b"x", b"y"])),
        ),
        (
            "flag",
            Arc::new(BooleanArray::from(vec![
                Some(true),
                None,
                Some(false),
                None,
                Some(true),
            ])),
        ),
        ("small", Arc::new(Int8Array::from(vec![1, -1, 2, -2, 3]))),
        ("large", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1, 2, 3]))),
        ("single", Arc::new(Float32Array::from(vec![0.5, 1.5, 2.5, 3.5, 4.5]))),
        ("day", Arc::new(Date32Array::from(vec![0, 1, -1, i32::MAX, 20_000]))),
    ]
}
