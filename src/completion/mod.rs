//! Completion of command lines: a shell runs `serl` with `SERL_COMPLETE` set, and reads what may come next.
//!
//! The engine is clap's; names in the store, keys and files come from [`crate::candidates`]. A shell gets an answer or
//! silence, never an error.

mod bash;
mod lines;
mod nushell;
mod scripted;
mod zsh;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};

use clap::Command;
use clap_complete::env::{Elvish, EnvCompleter, Fish, Powershell, Shells};

use crate::candidates::words;
use bash::BASH;
use nushell::NUSHELL;
use zsh::ZSH;

/// The variable that holds the name of the shell that asks.
const VARIABLE: &str = "SERL_COMPLETE";

/// The name of the program, by which a shell finds it.
const PROGRAM: &str = "serl";

const SHELLS: Shells<'_> = Shells(&[&BASH, &ZSH, &Fish, &NUSHELL, &Powershell, &Elvish]);

/// Answers a shell, if one asks, about the command line `command`. Whether one did.
pub fn answered(command: fn() -> Command) -> bool {
    let Ok(shell) = env::var(VARIABLE) else {
        return false;
    };
    if shell.is_empty() {
        return false;
    }
    // A shell that is not known gets no answer.
    if let Some(shell) = SHELLS.completer(&shell) {
        let answer = answer(shell, &mut command(), env::args_os());
        // There is nobody to tell that it cannot be written.
        let _ = io::stdout().lock().write_all(&answer);
    }
    true
}

/// What may come next after the words behind `--`.
fn answer(shell: &dyn EnvCompleter, command: &mut Command, arguments: impl Iterator<Item = OsString>) -> Vec<u8> {
    let words: Vec<OsString> = arguments.skip_while(|word| word != "--").skip(1).collect();
    if words.is_empty() {
        return Vec::new();
    }
    // Bash gives a line, which it splits itself.
    if shell.name() != BASH.name {
        words::note(words.iter().map(|word| word.to_string_lossy().into_owned()).collect());
    }
    let mut answer = Vec::new();
    let here = env::current_dir().ok();
    match shell.write_complete(command, words, here.as_deref(), &mut answer) {
        Ok(()) => answer,
        Err(_) => Vec::new(),
    }
}

/// The names of the shells.
pub fn shells() -> impl Iterator<Item = &'static str> {
    SHELLS.names()
}

/// The script that makes a shell ask; none for a shell that is not known.
pub fn script(shell: &str) -> Option<String> {
    let mut script = Vec::new();
    let written = SHELLS
        .completer(shell)?
        .write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script);
    written.ok()?;
    Some(String::from_utf8(script).ok()?.trim().to_owned())
}
