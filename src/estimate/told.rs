//! An estimate in words.

use serl_stages::{Generate, Respond, Solve, Stage, Train, Vote};

use super::expected::Estimate;
use crate::progress::{count, duration};

/// Seconds of a run that is worth a warning before it begins.
pub const LONG: f64 = 8.0 * 3600.0;
/// Runs that are named.
const RUNS: usize = 3;

/// How much there is to do and how long it takes; empty if nothing is.
pub fn told(estimate: &Estimate) -> String {
    if estimate.nodes.is_empty() {
        return String::new();
    }
    let (tokens, at_most) = estimate.tokens();
    let about = if at_most { "at most" } else { "about" };
    let sampled = format!("{about} {} tokens to sample", count(rounded(tokens, at_most)));
    match estimate.seconds() {
        Some(seconds) => {
            let runs: Vec<&str> = estimate.runs.iter().take(RUNS).map(String::as_str).collect();
            let more = if estimate.runs.len() > RUNS { " and others" } else { "" };
            let took = duration(seconds);
            format!(
                "{sampled}, about {took} in all, as measured on this device in {}{more}",
                runs.join(", ")
            )
        }
        None => format!(
            "{sampled}; how long that takes is known once this model has run on this device ({})",
            estimate.unmeasured.join(", ")
        ),
    }
}

/// Two digits of an estimate are enough; a bound is exact.
fn rounded(tokens: u64, exact: bool) -> u64 {
    let unit = 10_u64.pow(tokens.checked_ilog10().unwrap_or(0).saturating_sub(1));
    if exact { tokens } else { tokens.div_ceil(unit) * unit }
}

/// What dominates a run that takes longer than [`LONG`], and the keys that make it shorter.
pub fn warning(estimate: &Estimate) -> Option<String> {
    let seconds = estimate.seconds().filter(|&seconds| seconds > LONG)?;
    let (stage, longest) = estimate.stages.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
    let keys = match stage.as_str() {
        Generate::NAME => "`generate.prompts`, `generate.max_new_tokens`",
        Respond::NAME => "`vote.n`, `vote.max_new_tokens`, `filter.max_kept`",
        Vote::NAME => "`vote.n`, `filter.max_kept`",
        Train::NAME => "`vote.train_n`, `train.epochs`, `filter.max_kept`",
        Solve::NAME => "`eval.limit`, `eval.k`, `eval.sample_limit`, `eval.max_new_tokens`",
        _ => "`filter.max_kept`",
    };
    Some(format!(
        "this takes many hours: {stage} takes {} of {} ({:.0}%); lower {keys} or `iterations` to make it shorter",
        duration(*longest),
        duration(seconds),
        100.0 * longest / seconds
    ))
}

#[cfg(test)]
mod tests {
    use super::super::expected::Expected;
    use super::*;

    fn estimate(seconds: &[(&str, f64)], unmeasured: &[&str], at_most: bool) -> Estimate {
        let expected = Expected {
            tokens: 12_345,
            at_most,
            seconds: None,
        };
        Estimate {
            nodes: [("1/respond.0".to_owned(), expected)].into(),
            stages: seconds
                .iter()
                .map(|(stage, seconds)| ((*stage).to_owned(), *seconds))
                .collect(),
            unmeasured: unmeasured.iter().map(|stage| (*stage).to_owned()).collect(),
            runs: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
        }
    }

    #[test]
    fn what_was_measured_is_told_with_its_source_and_a_bound_without_time() {
        assert_eq!(
            told(&estimate(&[("respond", 100.0)], &[], false)),
            "about 13,000 tokens to sample, about 1 min 40 s in all, as measured on this device in a, b, c and others"
        );
        assert_eq!(
            told(&estimate(&[], &["respond", "train"], true)),
            "at most 12,345 tokens to sample; how long that takes is known once this model has run on this device \
             (respond, train)"
        );
        assert_eq!(told(&Estimate::default()), "");
    }

    #[test]
    fn many_hours_are_warned_of_with_what_dominates() {
        assert_eq!(warning(&estimate(&[("respond", LONG)], &[], false)), None);
        let hours = [("respond", 9.0 * 3600.0), ("train", 3600.0)];
        assert_eq!(
            warning(&estimate(&hours, &[], false)).unwrap(),
            "this takes many hours: respond takes 9 h 0 min of 10 h 0 min (90%); lower `vote.n`, \
             `vote.max_new_tokens`, `filter.max_kept` or `iterations` to make it shorter"
        );
    }
}
