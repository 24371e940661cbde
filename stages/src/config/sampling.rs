//! How tokens may be drawn.

use serl_lm::TEMPERATURES;

use super::violation::Violation;

/// Faults of a temperature and a nucleus mass, whose keys are `keys`.
pub(crate) fn violations(keys: [&'static str; 2], temperature: f32, top_p: f32) -> Vec<Violation> {
    let mut found = Vec::new();
    if temperature != 0.0 && !TEMPERATURES.contains(&temperature) {
        found.push(Violation {
            key: keys[0],
            value: format!("{temperature:?}"),
            must: "0 (greedy) or within 1e-5..=1e6: logits divided by less may become infinite, by more all the same",
        });
    }
    if !(top_p > 0.0 && top_p <= 1.0) {
        found.push(Violation {
            key: keys[1],
            value: top_p.to_string(),
            must: "above 0 and at most 1",
        });
    }
    found
}
