//! `[reward]`: other keys for each kind.

use serde_json::{Value, json};
use serl_stages::config::RewardConfig;

use super::{node, ranges};

/// The definition of the section.
const REWARD: &str = "RewardConfig";
/// The key that chooses the kind.
const KIND: &str = "kind";

/// Writes the ranges of each kind. In the section `[reward]`, the kind may be left out; in a mixture it may not.
pub(super) fn write_kinds(schema: &mut Value) {
    let Some(Value::Array(kinds)) = node::definition_mut(schema, REWARD).map(|reward| &mut reward["oneOf"]) else {
        return;
    };
    let mut known = RewardConfig::ranges();
    for kind in kinds.iter_mut() {
        let name = kind["properties"][KIND]["const"].as_str().unwrap_or_default();
        for (key, range) in known.remove(name).unwrap_or_default() {
            let key = key.strip_prefix("reward.").unwrap_or(key);
            if let Some(property) = kind["properties"].get_mut(key) {
                ranges::write(property, &range);
            }
        }
    }
    let mut kinds = kinds.clone();
    let default = serde_json::to_value(RewardConfig::default()).unwrap_or_default();
    for kind in kinds
        .iter_mut()
        .filter(|kind| kind["properties"][KIND]["const"] == default[KIND])
    {
        kind["required"] = json!([]);
    }
    if let Some(section) = node::property_mut(schema, "reward").and_then(Value::as_object_mut) {
        section.shift_remove("allOf");
        section.insert("oneOf".to_owned(), kinds.into());
    }
}
