//! From graded responses to one row per group of problems.

use std::collections::BTreeMap;

use serl_artifacts::tables::{EvalSummary, GradedResponse, Problem};

use super::bootstrap::intervals;
use super::metrics::wilson;
use super::tally::Tally;

/// The summary of a benchmark: a row `all`, then one per `subject=…` and `level=…`, each in alphabetical order.
///
/// Where only some of a group's problems were sampled, the group has a second row for these alone, so that all figures
/// of a row are of the same problems: the first row has the greedy figures of all, the second one everything of those
/// that were sampled.
pub fn summarise(iteration: u32, k: u32, problems: &[Problem], responses: &[GradedResponse]) -> Vec<EvalSummary> {
    let tallies = Tally::all(responses);
    let rows = groups(problems)
        .into_iter()
        .flat_map(|((benchmark, (_, group)), members)| {
            let all = Tally::pick(&tallies, &members);
            let sampled: Vec<&Tally> = all.iter().copied().filter(|tally| tally.samples > 0).collect();
            let row = |tallies: &[&Tally], sampled| row((iteration, benchmark, &group), k, tallies, sampled);
            match sampled.len() {
                0 => vec![row(&all, None)],
                some if some == all.len() => vec![row(&all, Some(false))],
                _ => vec![row(&all, None), row(&sampled, Some(true))],
            }
        });
    rows.collect()
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

/// The row of a group. `sampled`: whether figures at k are shown, and if so, whether the row is of a part.
fn row(
    (iteration, benchmark, group): (u32, &str, &str),
    k: u32,
    tallies: &[&Tally],
    sampled: Option<bool>,
) -> EvalSummary {
    let n = tallies.len() as u32;
    let correct = tallies.iter().filter(|tally| tally.greedy_correct).count() as u32;
    let (low, high) = wilson(correct, n);
    let at_k = sampled.map(|_| AtK::of(k, tallies)).unwrap_or_default();
    let responses: u32 = tallies.iter().map(|tally| tally.responses).sum();
    let parsed: u32 = tallies.iter().map(|tally| tally.parsed).sum();
    EvalSummary {
        iteration,
        benchmark: benchmark.to_owned(),
        group: group.to_owned(),
        sampled: sampled == Some(true),
        n,
        k: if sampled.is_some() { k } else { 0 },
        pass_at_1: f64::from(correct) / f64::from(n.max(1)),
        pass_at_1_low: low,
        pass_at_1_high: high,
        avg_at_k: at_k.avg.mean,
        avg_at_k_low: at_k.avg.low,
        avg_at_k_high: at_k.avg.high,
        pass_at_k: at_k.pass.mean,
        pass_at_k_low: at_k.pass.low,
        pass_at_k_high: at_k.pass.high,
        maj_at_k: at_k.maj.mean,
        maj_at_k_low: at_k.maj.low,
        maj_at_k_high: at_k.maj.high,
        tie_share: at_k.ties,
        parsed_share: f64::from(parsed) / f64::from(responses.max(1)),
    }
}

/// The figures of sampled responses.
#[derive(Default)]
struct AtK {
    avg: Figure,
    pass: Figure,
    maj: Figure,
    /// Share of problems whose majority hangs on how ties are decided.
    ties: f64,
}

impl AtK {
    fn of(k: u32, tallies: &[&Tally]) -> Self {
        let values = |of: &dyn Fn(&Tally) -> f64| tallies.iter().map(|tally| of(tally)).collect::<Vec<f64>>();
        let figures = [
            values(&|tally| f64::from(tally.correct) / f64::from(tally.samples)),
            values(&|tally| tally.pass_at(k)),
            values(&|tally| tally.maj_at(k)),
        ];
        let [avg, pass, maj] = Figure::all(&figures)[..] else {
            return Self::default();
        };
        let ties = mean(&values(&|tally| f64::from(u8::from(tally.tie()))));
        Self { avg, pass, maj, ties }
    }
}

/// A mean over problems with its 95 % interval.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figure {
    pub(super) mean: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Figure {
    /// Of `values`, one per problem for each figure.
    pub(super) fn all(values: &[Vec<f64>]) -> Vec<Self> {
        let figure = |(values, (low, high)): (&Vec<f64>, (f64, f64))| Self {
            mean: mean(values),
            low,
            high,
        };
        values.iter().zip(intervals(values)).map(figure).collect()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{problem, sample};

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
        let groups: Vec<(&str, bool, u32)> = summary.iter().map(|s| (&*s.group, s.sampled, s.n)).collect();
        assert_eq!(
            groups,
            [
                ("all", false, 2),
                ("all", true, 1),
                ("subject=x", false, 1),
                ("subject=y", false, 1)
            ]
        );
        let [all, sampled, ..] = &summary[..] else { panic!() };
        assert_eq!((all.k, all.pass_at_1, all.maj_at_k), (0, 0.5, 0.0));
        assert!((all.parsed_share - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(
            (
                sampled.k,
                sampled.pass_at_1,
                sampled.avg_at_k,
                sampled.pass_at_k,
                sampled.maj_at_k
            ),
            (4, 1.0, 0.25, 1.0, 0.0)
        );
    }

    #[test]
    fn ties_are_told_and_go_to_the_shortest() {
        let problems = [problem("p", "x")];
        let rows = [sample("p", false, Some("22")), sample("p", false, Some("1"))];
        let summary = summarise(0, 2, &problems, &rows);
        assert_eq!((summary[0].maj_at_k, summary[0].tie_share), (1.0, 1.0));
    }
}
