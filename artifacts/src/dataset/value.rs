//! Values of Arrow arrays as JSON.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value};

use super::limits::{ITEM_COST, NEST_COST, VALUE_COST};

/// The memory that the values of row `row` will take, in bytes; found without making them.
pub(super) fn cost(array: &dyn Array, row: usize) -> u64 {
    let list = |items: &dyn Array| (0..items.len()).map(|item| ITEM_COST + cost(items, item)).sum::<u64>() + NEST_COST;
    let inside = match array.data_type() {
        _ if array.is_null(row) => 0,
        DataType::Utf8View => array.as_string_view().value(row).len() as u64,
        DataType::BinaryView => array.as_binary_view().value(row).len() as u64,
        DataType::List(_) => list(&*array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list(&*array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => list(&*array.as_fixed_size_list().value(row)),
        DataType::Map(..) => list(&array.as_map().value(row)),
        DataType::Struct(_) => {
            let parts = array.as_struct().columns().iter();
            parts.map(|part| ITEM_COST + cost(part, row)).sum::<u64>() + NEST_COST
        }
        _ => 0,
    };
    VALUE_COST + inside
}

/// The value of row `row`. Bytes are taken as text; types that JSON lacks become texts as well.
///
/// # Errors
/// Bytes that are not UTF-8.
pub(super) fn value(array: &dyn Array, row: usize) -> Result<Value, String> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float16 => shortest(array.as_primitive::<Float16Type>().value(row).into(), |x| {
            <Float16Type as ArrowPrimitiveType>::Native::from_f64(x).into()
        }),
        DataType::Float32 => shortest(array.as_primitive::<Float32Type>().value(row).into(), |x| {
            f64::from(x as f32)
        }),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).into(),
        DataType::Utf8View => array.as_string_view().value(row).into(),
        DataType::BinaryView => text(array.as_binary_view().value(row))?,
        DataType::List(_) => list(&*array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(&*array.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => list(&*array.as_fixed_size_list().value(row))?,
        DataType::Struct(_) => {
            let parts = array.as_struct();
            let names = parts.column_names().into_iter().map(String::from);
            let values = parts.columns().iter().map(|part| value(part, row));
            object(names.map(Ok).zip(values))?
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            object((0..entries.len()).map(|entry| (value(keys, entry).map(named), value(values, entry))))?
        }
        _ => {
            let format = ArrayFormatter::try_new(array, &FormatOptions::default()).map_err(|e| e.to_string())?;
            format.value(row).to_string().into()
        }
    })
}

/// The number with the fewest digits that is rounded to `value`, as it was when someone wrote it down: 0.1 for the
/// nearest 32-bit float, which is 0.10000000149.
fn shortest(value: f64, rounded: impl Fn(f64) -> f64) -> Value {
    let written = (0..=9).map(|digits| format!("{value:.digits$e}").parse::<f64>());
    let fits = |written: &f64| rounded(*written) == value;
    written.flatten().find(fits).unwrap_or(value).into()
}

fn text(bytes: &[u8]) -> Result<Value, String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(_) => Err("holds bytes that are not UTF-8 text".into()),
    }
}

fn list(items: &dyn Array) -> Result<Value, String> {
    (0..items.len()).map(|item| value(items, item)).collect()
}

fn object(members: impl Iterator<Item = (Result<String, String>, Result<Value, String>)>) -> Result<Value, String> {
    let members = members.map(|(name, value)| Ok((name?, value?)));
    members.collect::<Result<Map<_, _>, String>>().map(Value::Object)
}

fn named(key: Value) -> String {
    match key {
        Value::String(key) => key,
        key => key.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float16Array, Float32Array};

    use super::*;

    #[test]
    fn short_floats_have_the_digits_that_they_were_written_with() {
        let single = Float32Array::from(vec![0.1, -2.5e-7, 16777216.0, f32::MAX]);
        let values: Vec<String> = (0..4).map(|row| value(&single, row).unwrap().to_string()).collect();
        assert_eq!(values, ["0.1", "-2.5e-7", "16777216.0", "3.4028235e+38"]);
        let half =
            Float16Array::from_iter_values([0.1f32, 2.75].map(<Float16Type as ArrowPrimitiveType>::Native::from_f32));
        assert_eq!(
            [0, 1].map(|row| value(&half, row).unwrap().to_string()),
            ["0.1", "2.75"]
        );
    }
}
