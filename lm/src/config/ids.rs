//! Token ids in JSON.

use serde::Deserialize;
use serde_json::Value;

/// Most ids of a list: the largest lists of real files have a few.
const MOST: usize = 1000;

/// One id or a list of ids, as `eos_token_id` has it. Some files say -1 for none: negative ids are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) struct Ids(Vec<u32>);

impl Ids {
    pub fn into_vec(self) -> Vec<u32> {
        self.0
    }

    pub fn first(&self) -> Option<u32> {
        self.0.first().copied()
    }
}

impl TryFrom<Value> for Ids {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let wrong = || format!("a token id or a list of token ids was expected, not {value}");
        let all = match &value {
            Value::Array(ids) => ids.as_slice(),
            one => std::slice::from_ref(one),
        };
        if all.len() > MOST {
            return Err(format!(
                "{} token ids are given, at most {MOST} were expected",
                all.len()
            ));
        }
        let id = |value: &Value| match value.as_i64().ok_or_else(wrong)? {
            ..0 => Ok(None),
            id => u32::try_from(id).map(Some).map_err(|_| wrong()),
        };
        let ids: Result<Vec<Option<u32>>, String> = all.iter().map(id).collect();
        Ok(Self(ids?.into_iter().flatten().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_many_or_none() {
        let read = |json: &str| serde_json::from_str::<Ids>(json).map(Ids::into_vec);
        assert_eq!(read("7").unwrap(), [7]);
        assert_eq!(read("[7, 2]").unwrap(), [7, 2]);
        assert!(read("-1").unwrap().is_empty());
        assert_eq!(read("[-1, 3]").unwrap(), [3]);
        let many = vec![7; MOST + 1];
        let told = Ids::try_from(Value::from(many)).unwrap_err();
        assert!(told.contains("1001 token ids"), "{told}");
        for wrong in ["\"x\"", "1.5", "4294967296", "[[1]]", "{}"] {
            assert!(read(wrong).unwrap_err().to_string().contains("token id"), "{wrong}");
        }
    }
}
