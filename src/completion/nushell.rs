//! Nushell: a completer that it attaches to a command without a signature.

use super::lines::write;
use super::scripted::Scripted;

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

/// See the module.
pub(super) const NUSHELL: Scripted = Scripted {
    name: "nushell",
    script: SCRIPT,
    quote: |program| serde_json::Value::from(program).to_string(),
    answer: write,
};
