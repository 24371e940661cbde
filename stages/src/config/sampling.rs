//! How tokens may be drawn.

use serl_lm::TEMPERATURES;

use super::checker::{Checker, Range};

/// Refuses a temperature and a nucleus mass, whose keys are `keys`, with which no token can be drawn.
pub(crate) fn check(keys: [&'static str; 2], temperature: f32, top_p: f32, c: &mut Checker) {
    c.note(keys[0], Range::from_to(0.0, f64::from(*TEMPERATURES.end())));
    c.require(
        temperature == 0.0 || TEMPERATURES.contains(&temperature),
        keys[0],
        format!("{temperature:?}"),
        "0 (greedy) or within 1e-5..=1e6: logits divided by less may become infinite, by more all the same",
    );
    let mass = Range {
        most: Some(1.0),
        ..Range::POSITIVE
    };
    c.within(keys[1], top_p, mass, "above 0 and at most 1");
}
