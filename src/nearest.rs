//! The name that a user may have meant.

/// Names less alike than this are not offered.
const LIKELY: f64 = 0.6;
/// Longer names are no slips.
const LONGEST: usize = 100;

/// The one of `known` that is most like `typed`, if any is like it.
pub fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if typed.len() > LONGEST {
        return None;
    }
    let scored = known.map(|name| (strsim::normalized_damerau_levenshtein(name, typed), name));
    let (likeness, name) = scored.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (likeness >= LIKELY).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_names_are_not() {
        let known = ["iteration", "reward", "r_mean"];
        let found = |typed| nearest(typed, known.into_iter());
        assert_eq!(
            ["rmean", "iteratoin", "rewards", "xyz"].map(found),
            [Some("r_mean"), Some("iteration"), Some("reward"), None]
        );
        assert_eq!(nearest("a", [].into_iter()), None);
    }
}
