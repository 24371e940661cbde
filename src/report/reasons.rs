//! Reasons in readable form.

use serl_pipeline::Reason;
use serl_stages::configuration_key;

/// How many nodes a line names.
const NAMED: usize = 4;

/// The reasons, with keys as in a configuration file.
pub fn named(reasons: &[Reason]) -> Vec<Reason> {
    let named = |reason: &Reason| match reason.clone() {
        Reason::Config { key, old, new } => Reason::Config {
            key: configuration_key(&key).to_owned(),
            old,
            new,
        },
        other => other,
    };
    reasons.iter().map(named).collect()
}

/// All reasons in one line.
pub fn words(reasons: &[Reason]) -> String {
    let words: Vec<String> = reasons.iter().map(Reason::to_string).collect();
    words.join("; ")
}

/// The first few names, and how many more there are.
pub fn some_of(names: &[&str]) -> String {
    match names.len() {
        n if n > NAMED => format!("{} and {} more", names[..NAMED].join(", "), n - NAMED),
        _ => names.join(", "),
    }
}
