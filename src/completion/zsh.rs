//! Zsh: candidates with descriptions; what goes on, such as `train.lr=`, in a group that no space follows.

use super::lines::write;
use super::scripted::Scripted;
use crate::command_line::quote;

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

/// See the module.
pub(super) const ZSH: Scripted = Scripted {
    name: "zsh",
    script: SCRIPT,
    quote,
    answer: write,
};
