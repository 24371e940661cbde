//! How many parameters the policy of a run has.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::report::page::run::Run;

/// Longer headers are no headers of a policy.
const LONGEST: u64 = 64 << 20;

/// Values in the weights of the newest policy that is still there; none if there is none, or its files cannot be read.
pub fn of(run: &Run) -> Option<u64> {
    let folder = run.stored.policy()?;
    let mut total = 0;
    for entry in folder.read_dir().ok()? {
        let path = entry.ok()?.path();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            total += in_file(&path)?;
        }
    }
    (total > 0).then_some(total)
}

/// Values in a file of tensors, by its header: its length in eight bytes, and JSON with the shape of each tensor.
fn in_file(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST {
        return None;
    }
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    let shapes = header
        .as_object()?
        .values()
        .filter_map(|tensor| tensor.get("shape")?.as_array());
    let values = |shape: &Vec<Value>| shape.iter().filter_map(Value::as_u64).fold(1, u64::saturating_mul);
    Some(shapes.map(values).fold(0, u64::saturating_add))
}

/// A number of parameters, as in `476k parameters`.
pub fn told(count: u64) -> String {
    let n = count as f64;
    let short = match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{:.0}k", n / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0}M", n / 1e6),
        _ => format!("{:.1}B", n / 1e9),
    };
    format!("{short} parameters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_of_a_header_are_counted() {
        let header = br#"{"__metadata__":{"format":"pt"},"a":{"shape":[3,4]},"b":{"shape":[5]}}"#;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        assert_eq!(in_file(file.path()), Some(17));
        std::fs::write(file.path(), [0xff; 16]).unwrap();
        assert_eq!(in_file(file.path()), None);
    }

    #[test]
    fn counts_are_short() {
        let told: Vec<String> = [17, 476_000, 135_000_000, 7_620_000_000].map(told).to_vec();
        assert_eq!(
            told,
            ["17 parameters", "476k parameters", "135M parameters", "7.6B parameters"]
        );
    }
}
