//! Token ids in JSON.

use serde::Deserialize;

/// One id or a list of ids, as `eos_token_id` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Ids {
    One(u32),
    Many(Vec<u32>),
}

impl Ids {
    pub fn into_vec(self) -> Vec<u32> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}
