//! Nushell: a completer that it attaches to a command without a signature.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

/// See the module.
pub(super) struct Nushell;

/// Other commands keep the completer that they have.
const SCRIPT: &str = r#"let serl_before = $env.config.completions.external.completer? | default null
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|words|
    if ($words.0? | default "" | path basename) == "NAME" {
        with-env { VARIABLE: nushell } { ^PROGRAM -- ...$words }
        | lines
        | each { split column --number 2 "\t" value description | first }
    } else if $serl_before != null {
        do $serl_before $words
    }
}
"#;

impl EnvCompleter for Nushell {
    fn name(&self) -> &'static str {
        "nushell"
    }

    fn is(&self, name: &str) -> bool {
        name == self.name()
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        bin: &str,
        program: &str,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        let quoted = serde_json::to_string(program)?;
        let script = SCRIPT.replace("VARIABLE", variable).replace("PROGRAM", &quoted);
        write!(to, "{}", script.replace("NAME", bin))
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        here: Option<&Path>,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        super::lines::write(command, words, here, to)
    }
}
