//! Configuration, seeds, code versions and inputs of two nodes.

use std::collections::HashSet;

use serde::Serialize;
use serl_artifacts::Digest;
use serl_pipeline::{Manifest, Reason, differences, shown};
use serl_stages::configuration_key;

/// Digits of a digest.
const DIGITS: usize = 12;
/// In front of the name of an input.
const INPUT: &str = "input ";

/// A setting or an input that nodes differ in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Its key in a configuration file, or its name.
    pub what: String,
    /// Whether it is an input: the digest of its content.
    pub is_input: bool,
    /// Whether nodes of the two runs made it, so that it differs because they do.
    pub follows: bool,
    /// Its value on the one side; none where there is none.
    pub a: Option<String>,
    /// Its value on the other.
    pub b: Option<String>,
    /// The nodes that have it so.
    pub nodes: Vec<String>,
}

/// Adds what differs between `a` and `b`, to the rows of other nodes where they have the same difference.
///
/// `made` are the digests of what the nodes of both sides made.
pub(super) fn add(
    settings: &mut Vec<Setting>,
    node: &str,
    [a, b]: [&Manifest; 2],
    ignored: &[&str],
    made: &HashSet<Digest>,
) {
    for reason in differences(&a.material, &b.material) {
        let follows = follows(&reason, made);
        let Some((what, a, b)) = setting(reason, ignored) else {
            continue;
        };
        let same = |known: &&mut Setting| known.what == what && known.a == a && known.b == b;
        match settings.iter_mut().find(same) {
            Some(known) => known.nodes.push(node.to_owned()),
            None => settings.push(Setting {
                is_input: what.starts_with(INPUT),
                follows,
                what,
                a,
                b,
                nodes: vec![node.to_owned()],
            }),
        }
    }
}

/// Whether a difference is one of what earlier nodes made.
fn follows(reason: &Reason, made: &HashSet<Digest>) -> bool {
    match reason {
        Reason::Input { old, new, .. } => [old, new].into_iter().flatten().any(|digest| made.contains(digest)),
        _ => false,
    }
}

type Values = (String, Option<String>, Option<String>);

fn setting(reason: Reason, ignored: &[&str]) -> Option<Values> {
    let digest = |digest: Digest| digest.to_hex()[..DIGITS].to_owned();
    let (what, a, b) = match reason {
        Reason::Config { key, .. } if ignored.contains(&key.as_str()) => return None,
        Reason::Config { key, old, new } => (
            configuration_key(&key).to_owned(),
            old.as_ref().map(shown),
            new.as_ref().map(shown),
        ),
        Reason::Seed { old, new } => ("seed".to_owned(), Some(old.to_string()), Some(new.to_string())),
        Reason::CodeVersion { old, new } => ("code version".to_owned(), Some(old.to_string()), Some(new.to_string())),
        Reason::Input { name, old, new, .. } => (format!("{INPUT}{name}"), old.map(digest), new.map(digest)),
        _ => return None,
    };
    Some((what, a, b))
}
