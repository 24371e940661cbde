//! The command line of this process, for the user to repeat.

use std::ffi::OsString;

/// The command line of this process, quoted for a shell.
pub fn given() -> String {
    quoted(std::env::args_os())
}

fn quoted(arguments: impl Iterator<Item = OsString>) -> String {
    let words: Vec<String> = arguments.map(|word| quote(&word.to_string_lossy())).collect();
    words.join(" ")
}

/// `word` in single quotes, unless it has no character that is special to a shell.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "@%_+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_shell_would_change_are_quoted() {
        let given = ["serl", "run", "train.bounds=[0.1, 0.9]", "name=it's", "語=1", ""];
        assert_eq!(
            quoted(given.into_iter().map(OsString::from)),
            r"serl run 'train.bounds=[0.1, 0.9]' 'name=it'\''s' 語=1 ''"
        );
    }
}
