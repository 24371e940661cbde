//! What an objective counts while a step is computed.

/// Sums and largest values of a step, by name: an objective counts what it sees, unit by unit, and reads the totals
/// when the step is done. It keeps nothing itself, so that its units can be evaluated on several threads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    sums: Vec<(&'static str, f64)>,
    peaks: Vec<(&'static str, f64)>,
}

impl Tally {
    /// Adds `value` to the sum `name`.
    pub fn add(&mut self, name: &'static str, value: f64) {
        *entry(&mut self.sums, name) += value;
    }

    /// Raises the largest value `name` to `value` if that is larger; it begins at 0.
    pub fn raise(&mut self, name: &'static str, value: f64) {
        let peak = entry(&mut self.peaks, name);
        *peak = peak.max(value);
    }

    /// The sum `name`; 0 if nothing was added.
    pub fn sum(&self, name: &str) -> f64 {
        found(&self.sums, name)
    }

    /// The largest value `name`; 0 if none was counted.
    pub fn peak(&self, name: &str) -> f64 {
        found(&self.peaks, name)
    }

    /// Adds what another tally has counted.
    pub(super) fn join(&mut self, other: &Self) {
        for (name, value) in &other.sums {
            self.add(name, *value);
        }
        for (name, value) in &other.peaks {
            self.raise(name, *value);
        }
    }
}

/// There are a handful of names, so a walk is faster than a map.
fn entry<'a>(entries: &'a mut Vec<(&'static str, f64)>, name: &'static str) -> &'a mut f64 {
    let place = entries.iter().position(|(known, _)| *known == name);
    let place = place.unwrap_or_else(|| {
        entries.push((name, 0.0));
        entries.len() - 1
    });
    &mut entries[place].1
}

fn found(entries: &[(&'static str, f64)], name: &str) -> f64 {
    let of_name = entries.iter().find(|(known, _)| *known == name);
    of_name.map_or(0.0, |(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_largest_values_of_two_tallies_by_hand() {
        let [mut one, mut other] = [Tally::default(), Tally::default()];
        one.add("tokens", 3.0);
        one.add("tokens", 4.0);
        one.raise("ratio", 1.5);
        other.add("kl", 0.25);
        other.add("tokens", 1.0);
        other.raise("ratio", 1.25);
        one.join(&other);
        assert_eq!((one.sum("tokens"), one.sum("kl"), one.peak("ratio")), (8.0, 0.25, 1.5));
        assert_eq!((one.sum("ratio"), one.peak("tokens")), (0.0, 0.0));
    }
}
