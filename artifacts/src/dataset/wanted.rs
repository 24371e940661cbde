//! Which columns of a data file are read.

use std::collections::HashSet;

/// The columns to read, by name, and how many rows.
///
/// Upper and lower case are the same. A dot leads into an object: `reward_model.ground_truth`.
#[derive(Debug, Clone)]
pub struct Wanted {
    names: HashSet<String>,
    /// First parts of dotted names.
    roots: HashSet<String>,
    limit: usize,
    advice: &'static str,
}

impl Wanted {
    /// The columns `names` of all rows. `advice` says how to read fewer rows, in messages about files that are too
    /// large.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, advice: &'static str) -> Self {
        let names: HashSet<String> = names.into_iter().map(str::to_lowercase).collect();
        let root = |name: &String| Some(name.split_once('.')?.0.to_owned());
        Self {
            roots: names.iter().filter_map(root).collect(),
            names,
            limit: usize::MAX,
            advice,
        }
    }

    /// The same columns of the first `limit` rows only.
    pub fn first(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Most rows to read.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// How to read fewer rows.
    pub(super) fn advice(&self) -> &'static str {
        self.advice
    }

    /// Whether a column of a row is wanted, or something in it.
    pub(super) fn column(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.names.contains(&name) || self.roots.contains(&name)
    }

    /// Whether the part `path` of a column is wanted, given as the names that lead to it.
    pub(super) fn part(&self, path: &[String]) -> bool {
        let lower: Vec<String> = path.iter().map(|name| name.to_lowercase()).collect();
        (1..=lower.len()).any(|depth| self.names.contains(&lower[..depth].join(".")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_and_parts_of_objects_are_wanted() {
        let wanted = Wanted::new(["Problem", "reward_model.ground_truth"], "");
        let path = |path: &str| path.split('.').map(String::from).collect::<Vec<_>>();
        assert!(wanted.column("PROBLEM") && wanted.column("reward_model"));
        assert!(!wanted.column("ground_truth"));
        assert!(wanted.part(&path("reward_model.ground_truth")) && wanted.part(&path("problem.list.element.role")));
        assert!(!wanted.part(&path("reward_model.style")));
    }
}
