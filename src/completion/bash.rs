//! Bash, whose words end at `=`, `:` and `@`: it is asked for the line, and given back what comes after its last word.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::engine::complete;

use super::scripted::Scripted;
use crate::candidates::words;
use crate::command_line::quote;

/// `$2` is the word as bash sees it. Without the option `nospace`, a space follows what is complete.
const SCRIPT: &str = r#"_serl() {
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("$candidate")
    done < <(VARIABLE=bash PROGRAM -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    if [[ "${COMPREPLY[0]-}" == *[=@./] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o bashdefault -o nosort -F _serl NAME 2>/dev/null || complete -o bashdefault -F _serl NAME
"#;

/// See the module.
pub(super) const BASH: Scripted = Scripted {
    name: "bash",
    script: SCRIPT,
    quote,
    answer,
};

/// What follows the last word of a line up to the cursor, given the line and the word as bash sees it.
fn answer(command: &mut Command, arguments: Vec<OsString>, here: Option<&Path>, to: &mut dyn Write) -> io::Result<()> {
    let text = |at: usize| arguments.get(at).map(|word| word.to_string_lossy()).unwrap_or_default();
    let words = split(&text(0));
    let last = words.last().cloned().unwrap_or_default();
    // Bash replaces its own last word, which is the end of ours.
    let known = last.strip_suffix(&*text(1)).unwrap_or_default().len();
    words::note(words.clone());
    let at = words.len().saturating_sub(1);
    for candidate in complete(command, words.into_iter().map(OsString::from).collect(), at, here)? {
        let value = candidate.get_value().to_string_lossy();
        writeln!(to, "{}", value.get(known..).unwrap_or(&value))?;
    }
    Ok(())
}

/// The words of a line up to the cursor, the last one being that at the cursor. Quotes and backslashes are taken off,
/// and may be open.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut between = true;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, ' ' | '\t' | '\n') => {
                if !between {
                    words.push(String::new());
                }
                between = true;
                continue;
            }
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None | Some('"'), '\\') => {
                if let (Some(last), Some(escaped)) = (words.last_mut(), characters.next()) {
                    last.push(escaped);
                }
            }
            (_, plain) => {
                if let Some(last) = words.last_mut() {
                    last.push(plain);
                }
            }
        }
        between = false;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_bash_does_but_not_within_keys() {
        let cases: [(&str, &[&str]); 6] = [
            ("serl run vote.n=", &["serl", "run", "vote.n="]),
            ("serl  run ", &["serl", "run", ""]),
            (r"serl show a\ b@1", &["serl", "show", "a b@1"]),
            (
                "serl run 'train.bounds=[0.1, 0",
                &["serl", "run", "train.bounds=[0.1, 0"],
            ),
            (r#"serl run "name=a\"b" x'y'"#, &["serl", "run", "name=a\"b", "xy"]),
            ("", &[""]),
        ];
        for (line, words) in cases {
            assert_eq!(split(line), words, "{line}");
        }
    }
}
