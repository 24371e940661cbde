//! Runs that differ in nothing but their seed are one setting.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use serl_stages::config::Config;

use super::run::Run;
use crate::report::compare::{Pooled, pooled};
use crate::report::flat::flat;

/// Runs of one setting.
pub struct Setting {
    /// The letter that stands for it in charts; empty if it is the only one.
    pub letter: String,
    /// What its runs are called together.
    pub name: String,
    /// Number of its colour.
    pub colour: usize,
    /// Its runs.
    pub runs: Vec<Run>,
}

impl Setting {
    /// The run that texts are taken from.
    pub fn first(&self) -> Option<&Run> {
        self.runs.first()
    }

    /// `figure` of its runs, pooled; none if no run has it.
    pub fn pooled(&self, figure: impl Fn(&Run) -> Option<f64>) -> Option<Pooled> {
        let values: Vec<f64> = self.runs.iter().filter_map(figure).collect();
        pooled(&values)
    }

    /// The iterations of any of its runs.
    pub fn iterations(&self) -> BTreeSet<u32> {
        self.runs.iter().flat_map(|run| run.stored.iterations()).collect()
    }
}

/// Groups `runs` by setting, in the order of their first runs.
pub fn group(runs: Vec<Run>) -> Vec<Setting> {
    let mut groups: Vec<(Map<String, Value>, Vec<Run>)> = Vec::new();
    for run in runs {
        let values = semantic(&run);
        match groups.iter_mut().find(|(known, _)| *known == values) {
            Some((_, members)) => members.push(run),
            None => groups.push((values, vec![run])),
        }
    }
    let several = groups.len() > 1;
    let setting = |(at, (_, runs)): (usize, (Map<String, Value>, Vec<Run>))| Setting {
        letter: if several { letter(at) } else { String::new() },
        name: common(&runs.iter().map(Run::name).collect::<Vec<_>>()),
        colour: at,
        runs,
    };
    groups.into_iter().enumerate().map(setting).collect()
}

/// A to Z, then A1 and so on.
fn letter(at: usize) -> String {
    let letter = char::from(b'A' + (at % 26) as u8);
    if at < 26 {
        letter.to_string()
    } else {
        format!("{letter}{}", at / 26)
    }
}

/// What all names begin with, without what numbers them.
fn common(names: &[&str]) -> String {
    let [first, others @ ..] = names else {
        return String::new();
    };
    if others.is_empty() {
        return (*first).to_owned();
    }
    let shared = |c: &(usize, char)| {
        others
            .iter()
            .all(|name| name[..].get(c.0..).is_some_and(|rest| rest.starts_with(c.1)))
    };
    let prefix: String = first.char_indices().take_while(shared).map(|(_, c)| c).collect();
    let prefix = prefix.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = prefix
        .strip_suffix("seed")
        .or(prefix.strip_suffix('s'))
        .unwrap_or(prefix);
    let stem = stem.trim_end_matches(|c: char| !c.is_alphanumeric());
    if stem.is_empty() {
        format!("{first} and {} more", others.len())
    } else {
        stem.to_owned()
    }
}

/// The values that distinguish settings: all but the name, the seed, and what never changes a result. A key that a
/// record does not have yet has its default.
pub fn semantic(run: &Run) -> Map<String, Value> {
    let mut values = defaults();
    values.extend(flat(&run.record.config));
    values.retain(|key, _| !matches!(key.as_str(), "name" | "seed") && !key.starts_with("execution."));
    values
}

/// The default of every key.
pub fn defaults() -> Map<String, Value> {
    flat(&serde_json::to_value(Config::default()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_seeds_have_a_common_stem() {
        assert_eq!(
            common(&["collapse.filter-on.s1", "collapse.filter-on.s2"]),
            "collapse.filter-on"
        );
        assert_eq!(common(&["s1", "s2"]), "s1 and 1 more");
        assert_eq!(common(&["base-seed1", "base-seed12"]), "base");
        assert_eq!(common(&["grpo", "other"]), "grpo and 1 more");
        assert_eq!(common(&["only.s1"]), "only.s1");
        assert_eq!(common(&["é1", "é2"]), "é");
        assert_eq!(common(&["éa", "è"]), "éa and 1 more");
    }

    #[test]
    fn settings_have_letters() {
        assert_eq!([0, 1, 25, 26].map(letter), ["A", "B", "Z", "A1"]);
    }
}
