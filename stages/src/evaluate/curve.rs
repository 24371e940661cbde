//! Pass@k and Maj@k for k from 1 to the number of samples, from one sampling.

use std::collections::{BTreeMap, HashMap};

use serl_artifacts::tables::{EvalCurve, GradedResponse, Problem};

use super::summary::Figure;
use super::tally::Tally;

/// The curves of each benchmark, over the problems that were sampled.
pub fn curves(iteration: u32, k: u32, problems: &[Problem], responses: &[GradedResponse]) -> Vec<EvalCurve> {
    let tallies = Tally::all(responses);
    let mut benchmarks: BTreeMap<&str, Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        benchmarks.entry(&problem.benchmark).or_default().push(problem);
    }
    let curve = |(benchmark, problems): (&str, Vec<&Problem>)| curve((iteration, benchmark), k, &problems, &tallies);
    benchmarks.into_iter().flat_map(curve).collect()
}

fn curve<'p>(
    (iteration, benchmark): (u32, &str),
    k: u32,
    problems: &[&'p Problem],
    tallies: &HashMap<(&'p str, &'p str), Tally>,
) -> Vec<EvalCurve> {
    let all = Tally::pick(tallies, problems);
    let sampled: Vec<&Tally> = all.into_iter().filter(|tally| tally.samples > 0).collect();
    if sampled.is_empty() {
        return Vec::new();
    }
    let places = places(k);
    let values = |of: &dyn Fn(&Tally) -> f64| sampled.iter().map(|tally| of(tally)).collect::<Vec<f64>>();
    let pass = places.iter().map(|&k| values(&|tally| tally.pass_at(k)));
    let maj = places.iter().map(|&k| values(&|tally| tally.maj_at(k)));
    let figures = Figure::all(&pass.chain(maj).collect::<Vec<_>>());
    let (pass, maj) = figures.split_at(places.len());
    let row = |((&k, pass), maj): ((&u32, &Figure), &Figure)| EvalCurve {
        iteration,
        benchmark: benchmark.to_owned(),
        n: sampled.len() as u32,
        k,
        pass_at_k: pass.mean,
        pass_at_k_low: pass.low,
        pass_at_k_high: pass.high,
        maj_at_k: maj.mean,
        maj_at_k_low: maj.low,
        maj_at_k_high: maj.high,
    };
    places.iter().zip(pass).zip(maj).map(row).collect()
}

/// 1 to 16, then the powers of two, and `k` itself.
fn places(k: u32) -> Vec<u32> {
    let doubled = (5..=8).map(|power| 1 << power);
    let mut places: Vec<u32> = (1..=16).chain(doubled).filter(|&place| place < k).collect();
    places.push(k);
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{problem, sample};

    #[test]
    fn places_end_at_k() {
        assert_eq!(places(1), [1]);
        assert_eq!(places(4), [1, 2, 3, 4]);
        assert_eq!(places(40)[14..], [15, 16, 32, 40]);
        assert_eq!(*places(1000).last().unwrap(), 1000);
    }

    #[test]
    fn a_curve_by_hand() {
        let answers = ["1", "1", "2"];
        let rows: Vec<_> = answers.iter().map(|answer| sample("p", false, Some(answer))).collect();
        let curve = curves(2, 3, &[problem("p", "x"), problem("q", "x")], &rows);
        let figures: Vec<(u32, u32, f64, f64)> = curve.iter().map(|c| (c.n, c.k, c.pass_at_k, c.maj_at_k)).collect();
        // Of the pairs, {1, 1} and both of {1, 2} are right: ties go to the answer given first.
        let wanted = [(1, 1, 2.0 / 3.0, 2.0 / 3.0), (1, 2, 1.0, 1.0), (1, 3, 1.0, 1.0)];
        for (found, wanted) in figures.iter().zip(wanted) {
            assert_eq!((found.0, found.1), (wanted.0, wanted.1));
            assert!(
                (found.2 - wanted.2).abs() < 1e-12 && (found.3 - wanted.3).abs() < 1e-12,
                "{found:?}"
            );
        }
    }
}
