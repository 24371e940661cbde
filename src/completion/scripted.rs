//! A shell with a script of ours.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

/// Writes what may come next after `words`, the last of which is the one at the cursor.
pub(super) type Answer = fn(&mut Command, Vec<OsString>, Option<&Path>, &mut dyn Write) -> io::Result<()>;

/// A shell.
pub(super) struct Scripted {
    /// Its name.
    pub(super) name: &'static str,
    /// What makes it ask: `VARIABLE` stands for the variable that holds its name, `PROGRAM` for the program to run and
    /// `NAME` for the command that is completed.
    pub(super) script: &'static str,
    /// How it writes the path of a program.
    pub(super) quote: fn(&str) -> String,
    /// The answer that it reads.
    pub(super) answer: Answer,
}

impl EnvCompleter for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is(&self, name: &str) -> bool {
        name == self.name
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        bin: &str,
        program: &str,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        let script = self.script.replace("VARIABLE", variable);
        let script = script.replace("PROGRAM", &(self.quote)(program));
        write!(to, "{}", script.replace("NAME", bin))
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        here: Option<&Path>,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        (self.answer)(command, words, here, to)
    }
}
