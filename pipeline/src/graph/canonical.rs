//! One byte string per JSON value, and no two values with the same one.
//!
//! ```text
//! null    'n' len=0
//! boolean 'b' len=1  0 or 1
//! integer 'i' len    decimal digits, with '-' if negative   (1.0 is the integer 1, -0.0 is 0)
//! other   'f' len=8  IEEE 754 binary64, big-endian
//! string  's' len    UTF-8
//! array   'a' count  the elements
//! object  'o' count  key (as a string), value, …            sorted by the bytes of the keys
//! ```
//! `len` and `count` are 8 bytes, little-endian. As every item says how long it is, parts of neighbours cannot be
//! exchanged without changing the bytes, which joined text would allow.

use serde_json::{Number, Value};

/// The canonical bytes of `value`.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, value);
    out
}

fn push(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => item(out, b'n', &[]),
        Value::Bool(value) => item(out, b'b', &[u8::from(*value)]),
        Value::Number(value) => number(out, value),
        Value::String(value) => item(out, b's', value.as_bytes()),
        Value::Array(elements) => {
            head(out, b'a', elements.len());
            elements.iter().for_each(|element| push(out, element));
        }
        Value::Object(map) => {
            head(out, b'o', map.len());
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_bytes());
            for (key, value) in entries {
                item(out, b's', key.as_bytes());
                push(out, value);
            }
        }
    }
}

fn number(out: &mut Vec<u8>, number: &Number) {
    match (integer(number), number.as_f64()) {
        (Some(integer), _) => item(out, b'i', integer.to_string().as_bytes()),
        (None, Some(float)) => item(out, b'f', &float.to_be_bytes()),
        (None, None) => item(out, b'i', number.to_string().as_bytes()),
    }
}

/// The number as an integer, if it is one. Beyond 2^53 not every integer is a float, so floats stay floats there.
fn integer(number: &Number) -> Option<i128> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let from_float = |f: f64| (f.fract() == 0.0 && f.abs() <= EXACT).then_some(f as i128);
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
        .or_else(|| number.as_f64().and_then(from_float))
}

fn item(out: &mut Vec<u8>, tag: u8, payload: &[u8]) {
    head(out, tag, payload.len());
    out.extend_from_slice(payload);
}

fn head(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    out.extend_from_slice(&(length as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn items_carry_tag_length_and_payload() {
        assert_eq!(encode(&json!(null)), b"n\0\0\0\0\0\0\0\0");
        assert_eq!(encode(&json!(true)), b"b\x01\0\0\0\0\0\0\0\x01");
        assert_eq!(encode(&json!(-12)), b"i\x03\0\0\0\0\0\0\0-12");
        assert_eq!(encode(&json!(0.5)), b"f\x08\0\0\0\0\0\0\0\x3f\xe0\0\0\0\0\0\0");
        assert_eq!(encode(&json!(["a"])), b"a\x01\0\0\0\0\0\0\0s\x01\0\0\0\0\0\0\0a");
    }

    #[test]
    fn order_of_keys_and_spelling_of_integers_do_not_count() {
        assert_eq!(encode(&json!({"b": 1, "a": -0.0})), encode(&json!({"a": 0, "b": 1.0})));
        assert_eq!(encode(&json!(u64::MAX)), b"i\x14\0\0\0\0\0\0\x0018446744073709551615");
    }

    #[test]
    fn neighbours_cannot_exchange_parts() {
        assert_ne!(encode(&json!(["ab", "c"])), encode(&json!(["a", "bc"])));
        assert_ne!(encode(&json!([["a"], "b"])), encode(&json!([["a", "b"]])));
        assert_ne!(encode(&json!({"a": "b"})), encode(&json!(["a", "b"])));
        assert_ne!(encode(&json!("1")), encode(&json!(1)));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3i64..3).prop_map(Value::from),
            (-3i64..3).prop_map(|i| json!(i as f64 / 2.0)),
            "[ab]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(("[ab]", inner), 0..3)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    /// Equality as the encoding means it: numbers by value, objects without order.
    fn same(a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
            (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
            }
            _ => a == b,
        }
    }

    proptest! {
        #[test]
        fn bytes_are_equal_exactly_for_equal_values(a in value(), b in value()) {
            prop_assert_eq!(encode(&a) == encode(&b), same(&a, &b));
        }
    }
}
