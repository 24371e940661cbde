//! The protocol buffer `Event` of TensorFlow (`tensorflow/core/util/event.proto`), as far as scalars need it.

/// A field of a message.
enum Field<'a> {
    Varint(u64),
    Double(f64),
    Float(f32),
    Bytes(&'a [u8]),
}

fn put(message: &mut Vec<u8>, number: u8, field: &Field<'_>) {
    let wire = match field {
        Field::Varint(_) => 0,
        Field::Double(_) => 1,
        Field::Bytes(_) => 2,
        Field::Float(_) => 5,
    };
    message.push(number << 3 | wire);
    match field {
        Field::Varint(value) => varint(message, *value),
        Field::Double(value) => message.extend(value.to_le_bytes()),
        Field::Float(value) => message.extend(value.to_le_bytes()),
        Field::Bytes(bytes) => {
            varint(message, bytes.len() as u64);
            message.extend(*bytes);
        }
    }
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

/// The first event of a file: the version of its format.
pub(super) fn version(wall_time: f64) -> Vec<u8> {
    let mut event = Vec::new();
    put(&mut event, 1, &Field::Double(wall_time));
    put(&mut event, 3, &Field::Bytes(b"brain.Event:2"));
    event
}

/// The second one: what was read of the same run before, from step 0 on, is of no account.
pub(super) fn start(wall_time: f64) -> Vec<u8> {
    let (mut event, mut log) = (Vec::new(), Vec::new());
    put(&mut log, 1, &Field::Varint(1));
    put(&mut event, 1, &Field::Double(wall_time));
    put(&mut event, 7, &Field::Bytes(&log));
    event
}

/// Values at a step, by tag.
pub(super) fn scalars(wall_time: f64, step: u64, values: &[(String, f64)]) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, number) in values {
        let mut value = Vec::new();
        put(&mut value, 1, &Field::Bytes(tag.as_bytes()));
        put(&mut value, 2, &Field::Float(*number as f32));
        put(&mut summary, 1, &Field::Bytes(&value));
    }
    let mut event = Vec::new();
    put(&mut event, 1, &Field::Double(wall_time));
    put(&mut event, 2, &Field::Varint(step));
    put(&mut event, 5, &Field::Bytes(&summary));
    event
}
