//! Zsh: candidates with descriptions; what goes on, such as `train.lr=`, in a group that no space follows.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

/// See the module.
pub(super) struct Zsh;

/// Words behind the cursor are not passed on.
const SCRIPT: &str = r#"#compdef NAME
_serl() {
    local candidate
    local -a whole open
    while IFS= read -r candidate; do
        case ${candidate%%$'\t'*} in
            *[=@./]) open+=("${${candidate%%$'\t'*}//:/\\:}:${candidate#*$'\t'}") ;;
            *) whole+=("${${candidate%%$'\t'*}//:/\\:}:${candidate#*$'\t'}") ;;
        esac
    done < <(VARIABLE=zsh PROGRAM -- "${(@Q)words[1,CURRENT]}" 2>/dev/null)
    (( $#whole )) && _describe -V 'serl' whole
    (( $#open )) && _describe -V 'serl' open -S ''
}
if [[ $funcstack[1] == _serl ]]; then
    _serl "$@"
else
    compdef _serl NAME
fi
"#;

impl EnvCompleter for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
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
        let program = crate::command_line::quote(program);
        let script = SCRIPT.replace("VARIABLE", variable).replace("PROGRAM", &program);
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
