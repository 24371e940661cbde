//! From graded responses to one row per group of problems.

use std::collections::{BTreeMap, HashMap};

use serl_artifacts::tables::{EvalSummary, GradedResponse, ParseStatus, Problem};

use super::metrics::{pass_at_k, wilson};
use crate::answers::majority::{Ballot, vote};

/// One problem's responses, counted.
#[derive(Default)]
struct Tally<'a> {
    greedy_correct: bool,
    parsed: u32,
    responses: u32,
    samples: Vec<&'a GradedResponse>,
}

/// The summary of a benchmark: a row `all`, then one per `subject=…` and `level=…`, each in alphabetical order.
///
/// `pass_at_1` is of the greedy responses of all problems; `avg_at_k`, `pass_at_k` and `maj_at_k` are of the problems
/// that were sampled (0 where none was).
pub fn summarise(iteration: u32, k: u32, problems: &[Problem], samples: &[GradedResponse]) -> Vec<EvalSummary> {
    let mut tallies: HashMap<(&str, &str), Tally<'_>> = HashMap::new();
    for sample in samples {
        let tally = tallies.entry((&sample.benchmark, &sample.problem_id)).or_default();
        tally.responses += 1;
        tally.parsed += u32::from(sample.parse_status == ParseStatus::Parsed);
        if sample.greedy {
            tally.greedy_correct = sample.correct;
        } else {
            tally.samples.push(sample);
        }
    }
    groups(problems)
        .into_iter()
        .map(|((benchmark, group), members)| {
            let tallies: Vec<&Tally<'_>> = members
                .iter()
                .filter_map(|p| tallies.get(&(p.benchmark.as_str(), p.id.as_str())))
                .collect();
            row(iteration, k, benchmark, &group.1, &tallies)
        })
        .collect()
}

type Group<'a> = (&'a str, (u8, String));

fn groups(problems: &[Problem]) -> BTreeMap<Group<'_>, Vec<&Problem>> {
    let mut groups: BTreeMap<Group<'_>, Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        let subject = problem.subject.as_ref().map(|s| (1, format!("subject={s}")));
        let level = problem.level.as_ref().map(|l| (2, format!("level={l}")));
        for group in [Some((0, "all".to_owned())), subject, level].into_iter().flatten() {
            groups.entry((&problem.benchmark, group)).or_default().push(problem);
        }
    }
    groups
}

fn row(iteration: u32, k: u32, benchmark: &str, group: &str, tallies: &[&Tally<'_>]) -> EvalSummary {
    let n = tallies.len() as u32;
    let correct = tallies.iter().filter(|t| t.greedy_correct).count() as u32;
    let (low, high) = wilson(correct, n);
    let sampled: Vec<&&Tally<'_>> = tallies.iter().filter(|t| !t.samples.is_empty()).collect();
    let mean = |of: &dyn Fn(&Tally<'_>) -> f64| {
        if sampled.is_empty() {
            0.0
        } else {
            sampled.iter().map(|t| of(t)).sum::<f64>() / sampled.len() as f64
        }
    };
    let right = |t: &Tally<'_>| t.samples.iter().filter(|s| s.correct).count() as u32;
    let responses: u32 = tallies.iter().map(|t| t.responses).sum();
    let parsed: u32 = tallies.iter().map(|t| t.parsed).sum();
    EvalSummary {
        iteration,
        benchmark: benchmark.to_owned(),
        group: group.to_owned(),
        n,
        k,
        pass_at_1: f64::from(correct) / f64::from(n.max(1)),
        pass_at_1_low: low,
        pass_at_1_high: high,
        avg_at_k: mean(&|t| f64::from(right(t)) / t.samples.len() as f64),
        pass_at_k: mean(&|t| pass_at_k(t.samples.len() as u32, right(t), k.min(t.samples.len() as u32))),
        maj_at_k: mean(&|t| f64::from(u8::from(majority_is_right(&t.samples)))),
        parsed_share: f64::from(parsed) / f64::from(responses.max(1)),
    }
}

/// Maj@K: whether the majority of the samples, by the rules of the vote, is the gold answer.
fn majority_is_right(samples: &[&GradedResponse]) -> bool {
    let ballot = |s: &&GradedResponse| {
        Some(Ballot {
            answer: s.answer.clone()?,
            canonical: s.canonical.clone()?,
        })
    };
    let outcome = vote(&samples.iter().map(ballot).collect::<Vec<_>>());
    outcome
        .rewards
        .iter()
        .zip(samples)
        .any(|(&reward, sample)| reward > 0.0 && sample.correct)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::tables::Finish;

    fn problem(id: &str, subject: &str) -> Problem {
        Problem {
            benchmark: "b".into(),
            id: id.into(),
            problem: String::new(),
            gold_answer: "1".into(),
            accepted: Vec::new(),
            subject: Some(subject.into()),
            level: None,
            choices: vec![],
        }
    }

    fn sample(id: &str, greedy: bool, answer: Option<&str>) -> GradedResponse {
        GradedResponse {
            benchmark: "b".into(),
            problem_id: id.into(),
            sample: 0,
            greedy,
            text: String::new(),
            finish: Finish::Stop,
            answer: answer.map(Into::into),
            canonical: answer.map(Into::into),
            method: answer.map(|_| "boxed".into()),
            parse_status: if answer.is_some() {
                ParseStatus::Parsed
            } else {
                ParseStatus::NoAnswer
            },
            correct: answer == Some("1"),
        }
    }

    #[test]
    fn counts_by_hand() {
        let problems = [problem("p", "x"), problem("q", "y")];
        let rows = [
            sample("p", true, Some("1")),
            sample("q", true, None),
            sample("p", false, Some("2")),
            sample("p", false, Some("1")),
            sample("p", false, Some("2")),
            sample("p", false, None),
        ];
        let summary = summarise(3, 4, &problems, &rows);
        let groups: Vec<&str> = summary.iter().map(|s| s.group.as_str()).collect();
        assert_eq!(groups, ["all", "subject=x", "subject=y"]);
        let all = &summary[0];
        assert_eq!(
            (all.n, all.pass_at_1, all.avg_at_k, all.pass_at_k, all.maj_at_k),
            (2, 0.5, 0.25, 1.0, 0.0)
        );
        assert!((all.parsed_share - 4.0 / 6.0).abs() < 1e-12);
    }
}
