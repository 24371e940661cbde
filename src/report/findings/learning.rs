//! Did the policy learn? Its greedy answers to held-out problems, before and after.

use super::evidence::Evidence;
use super::finding::{Finding, Question, Verdict};
use crate::report::compare::Pairing;
use crate::report::show::percent;

/// The finding that answers whether the policy learned.
pub(super) const LEARNED: &str = "learned";

/// A probability below which a difference is no chance.
pub(super) const SIGNIFICANT: f64 = 0.05;

/// The findings.
pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let measured = evidence.measured();
    let (Some(&first), Some(&last)) = (measured.first(), measured.last()) else {
        return vec![unmeasured()];
    };
    if first == last {
        return vec![only(first)];
    }
    let mut findings = vec![learned(evidence, first, last)];
    findings.extend(peak(evidence, &measured));
    findings.extend(ceiling(evidence));
    findings.extend(coverage(evidence));
    findings
}

fn unmeasured() -> Finding {
    let text = "Nothing was measured on held-out problems, so nothing says whether the policy learned";
    Finding::new(LEARNED, Question::Learned, Verdict::Warn, text).advising(
        "set `eval.path` to problems with answers; they are used for measuring only, and the same run goes on",
    )
}

fn only(iteration: u32) -> Finding {
    let text =
        format!("Only the policy of iteration {iteration} was measured so far: there is nothing to compare it with");
    Finding::new(LEARNED, Question::Learned, Verdict::Warn, text).advising("finish the run: the same command continues")
}

/// Pass@1 of the last policy and the first, problem by problem.
fn learned(evidence: &Evidence, first: u32, last: u32) -> Finding {
    let pair = evidence.pairing(last, first);
    let (before, after) = evidence.series(|row| row.pass_at_1).ends().unwrap_or_default();
    let certain = pair.p() < SIGNIFICANT;
    let (verdict, what) = match (certain, pair.gained > pair.lost) {
        (true, true) => (Verdict::Ok, "rose"),
        (true, false) => (Verdict::Fail, "fell"),
        (false, _) => (Verdict::Warn, "went"),
    };
    let text = format!(
        "Pass@1 {what} from {} to {} on {} held-out problems ({}): {} became right, {} became wrong (McNemar, {})",
        percent(before),
        percent(after),
        pair.problems,
        interval(&pair),
        pair.gained,
        pair.lost,
        p(&pair),
    );
    let advice = match verdict {
        Verdict::Fail => {
            "go back to the policy of an earlier iteration, and lower `train.lr` or `train.max_steps`: a policy that \
             trains on its own votes does not recover by more of them"
        }
        _ => {
            "a difference this small can be chance: measure on more problems, or repeat with other seeds and pool them \
             with `serl compare`"
        }
    };
    let figures = [
        ("pass_at_1_first", before),
        ("pass_at_1_last", after),
        ("gained", pair.gained as f64),
        ("lost", pair.lost as f64),
        ("problems", pair.problems as f64),
        ("p", pair.p()),
    ];
    Finding::new(LEARNED, Question::Learned, verdict, text)
        .advising(advice)
        .with(figures)
}

/// Whether an earlier policy was better than the last one.
fn peak(evidence: &Evidence, measured: &[u32]) -> Option<Finding> {
    let pass = |iteration: u32| {
        let row = evidence.rows.iter().find(|row| row.iteration == iteration);
        row.and_then(|row| row.pass_at_1).unwrap_or(0.0)
    };
    let last = *measured.last()?;
    let best = measured.iter().copied().max_by(|&a, &b| pass(a).total_cmp(&pass(b)))?;
    // The first policy is compared by `learned`.
    if best == last || best == measured[0] {
        return None;
    }
    let pair = evidence.pairing(last, best);
    let verdict = if pair.p() < SIGNIFICANT {
        Verdict::Warn
    } else {
        Verdict::Ok
    };
    let text = format!(
        "Iteration {best} was best, with {}; the last one has {} ({}, {})",
        percent(pass(best)),
        percent(pass(last)),
        interval(&pair),
        p(&pair)
    );
    let figures = [
        ("best_iteration", f64::from(best)),
        ("pass_at_1_best", pass(best)),
        ("p", pair.p()),
    ];
    Some(
        Finding::new("best-iteration", Question::Learned, verdict, text)
            .advising(format!("use the policy of iteration {best}"))
            .with(figures),
    )
}

/// Whether the policy passed what its votes knew before: majority voting alone would have reached that.
fn ceiling(evidence: &Evidence) -> Option<Finding> {
    let k = evidence.rows.iter().find_map(|row| row.k)?;
    let votes = evidence.series(|row| row.maj_at_k).first()?;
    let after = evidence.series(|row| row.sampled_pass_at_1).last()?;
    let how = if after > votes { "above" } else { "not above" };
    let text = format!(
        "One greedy answer ({}) is {how} the majority of {k} answers before training ({}), which needs no training",
        percent(after),
        percent(votes)
    );
    let figures = [("maj_at_k_first", votes), ("pass_at_1_sampled_last", after)];
    Some(Finding::new("vote-ceiling", Question::Learned, Verdict::Ok, text).with(figures))
}

/// Whether the policy lost answers that it could find: Pass@k falls as a policy narrows.
fn coverage(evidence: &Evidence) -> Option<Finding> {
    let k = evidence.rows.iter().find_map(|row| row.k)?;
    let (before, after) = evidence.series(|row| row.pass_at_k).ends()?;
    let problems = f64::from(evidence.rows.iter().find_map(|row| row.sampled_problems)?);
    // Two shares of the same problems, taken as independent: their interval is then rather too wide.
    let error = ((before * (1.0 - before) + after * (1.0 - after)) / problems).sqrt();
    let verdict = if before - after > 1.96 * error {
        Verdict::Warn
    } else {
        Verdict::Ok
    };
    let text = format!("Pass@{k} went from {} to {}", percent(before), percent(after));
    let advice = "the policy finds fewer of the answers that it could find: more KL (`train.kl_coef`), an entropy \
                  bonus (`train.entropy_coef`) or fewer steps keep it broader";
    Some(
        Finding::new("coverage", Question::Learned, verdict, text)
            .advising(advice)
            .with([("pass_at_k_first", before), ("pass_at_k_last", after)]),
    )
}

/// A difference in points with its interval.
fn interval(pair: &Pairing) -> String {
    let (difference, half) = (100.0 * pair.difference(), 100.0 * pair.half_width());
    format!(
        "{difference:+.1} points, 95% interval {:+.1} to {:+.1}",
        difference - half,
        difference + half
    )
}

fn p(pair: &Pairing) -> String {
    match pair.p() {
        p if p < 0.0001 => "p < 0.0001".to_owned(),
        p => format!("p = {p:.4}"),
    }
}
