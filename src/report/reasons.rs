//! Reasons in readable form.

use serl_pipeline::Reason;
use serl_stages::configuration_key;

/// More nodes than these are counted by their stages.
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

/// The nodes, or how many there are of which stages.
pub fn some_of(nodes: &[&str]) -> String {
    if nodes.len() <= NAMED {
        return nodes.join(", ");
    }
    let stage = |id: &str| {
        let turn = id.split_once('/').map_or(id, |(_, turn)| turn);
        turn.split_once('.').map_or(turn, |(stage, _)| stage).to_owned()
    };
    let mut stages: Vec<(String, usize)> = Vec::new();
    for id in nodes {
        match stages.iter_mut().find(|(known, _)| *known == stage(id)) {
            Some((_, n)) => *n += 1,
            None => stages.push((stage(id), 1)),
        }
    }
    let told: Vec<String> = stages.iter().map(|(stage, n)| format!("{n} {stage}")).collect();
    format!("{} ({}, …)", told.join(", "), nodes[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_nodes_are_counted() {
        assert_eq!(some_of(&["1/train.0", "1/vote.0"]), "1/train.0, 1/vote.0");
        let many = ["1/train.0", "1/train.1", "1/solve", "2/train.0", "2/train.1"];
        assert_eq!(some_of(&many), "4 train, 1 solve (1/train.0, …)");
    }
}
