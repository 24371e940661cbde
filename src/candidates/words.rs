//! The command line that is being typed.

use std::sync::OnceLock;

static WORDS: OnceLock<Vec<String>> = OnceLock::new();

/// Notes the words before the one that is completed. They are those of the only completion of a process.
pub fn note(words: Vec<String>) {
    WORDS.get_or_init(|| words);
}

/// The words so far.
pub(super) fn all() -> &'static [String] {
    WORDS.get().map_or(&[], Vec::as_slice)
}

/// The value of the last of these options that has one.
pub(super) fn option(names: &[&str]) -> Option<String> {
    option_in(all(), names)
}

fn option_in(words: &[String], names: &[&str]) -> Option<String> {
    let beside = |(at, word): (usize, &String)| {
        let name = names.iter().find(|name| word.starts_with(**name))?;
        match word[name.len()..].split_at_checked(1) {
            None => words.get(at + 1).cloned(),
            Some(("=", value)) => Some(value.to_owned()),
            Some(_) => None,
        }
    };
    words.iter().enumerate().rev().find_map(beside)
}

/// Values of the configuration that were typed.
pub(super) fn overrides() -> Vec<String> {
    let words = all().iter();
    let values = words.filter(|word| word.contains('=') && !word.starts_with('-'));
    values.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_with_and_without_equals_signs() {
        let words: Vec<String> = ["serl", "run", "--store", "a", "-c", "x.toml", "--store=b", "--stored=c"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(option_in(&words, &["--store"]).as_deref(), Some("b"));
        assert_eq!(option_in(&words, &["-c", "--config"]).as_deref(), Some("x.toml"));
        assert_eq!(option_in(&words, &["--run"]), None);
        assert_eq!(option_in(&words[..3], &["--store"]), None);
    }
}
