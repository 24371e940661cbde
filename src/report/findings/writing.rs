//! What did the policy write? New instructions, and what became of them.

use super::evidence::Evidence;
use super::finding::{Finding, Question, Verdict, above};
use crate::report::show::{number, percent};

/// The findings.
pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let all = [
        kept(evidence),
        surplus(evidence),
        cut(evidence),
        drift(evidence),
        repeats(evidence),
    ];
    all.into_iter().flatten().collect()
}

/// Candidates over all iterations with one of these verdicts of the filter, and all of them.
fn candidates(evidence: &Evidence, reasons: &[&str]) -> Option<(usize, usize)> {
    let counts = evidence.played.iter().flat_map(|played| &played.funnel.decided);
    let (mut of, mut all) = (0, 0);
    for (reason, count) in counts {
        all += count;
        of += if reasons.contains(&reason.as_str()) { *count } else { 0 };
    }
    (all > 0).then_some((of, all))
}

/// How many of the candidates pass the rules of the filter.
fn kept(evidence: &Evidence) -> Option<Finding> {
    let (passed, all) = candidates(evidence, &["kept", "surplus"])?;
    let alike = candidates(evidence, &["too_similar", "duplicate"])?.0;
    let share = passed as f64 / all as f64;
    let text = format!(
        "{passed} of {all} new instructions ({}) pass the filter; {alike} are too similar to earlier ones, {} break \
         another rule",
        percent(share),
        all - passed - alike
    );
    let advice = "a higher `generate.temperature`, other seeds or a looser `[filter]`; `serl show --candidates` \
                  has what was dropped and why";
    Some(
        Finding::new("filtered", Question::Wrote, above(1.0 - share, 0.5, 0.9), text)
            .advising(advice)
            .with([
                ("candidates", all as f64),
                ("passed", passed as f64),
                ("too_similar", alike as f64),
            ]),
    )
}

/// How many candidates were written for nothing.
fn surplus(evidence: &Evidence) -> Option<Finding> {
    let (surplus, all) = candidates(evidence, &["surplus"])?;
    let share = surplus as f64 / all as f64;
    let text = format!(
        "{surplus} of {all} new instructions ({}) are surplus: they pass, but `filter.max_kept` had been reached",
        percent(share)
    );
    // Not a fault of the result, however many they are.
    let verdict = if share > 0.25 { Verdict::Warn } else { Verdict::Ok };
    Some(
        Finding::new("surplus-candidates", Question::Wrote, verdict, text)
            .advising("fewer `generate.prompts` save the time that they took, or keep more (`filter.max_kept`)")
            .with([("surplus", surplus as f64), ("candidates", all as f64)]),
    )
}

/// Whether completions with new instructions end by themselves: the instruction that is cut short is lost.
fn cut(evidence: &Evidence) -> Option<Finding> {
    let shares = evidence.played(|played| played.cut);
    let last = shares.last()?;
    let verdict = if last > 0.1 { Verdict::Warn } else { Verdict::Ok };
    let text = format!(
        "Completions with new instructions that were truncated at `generate.max_new_tokens`: {}",
        shares.told(percent)
    );
    let advice = "each loses the instruction at its end, and long ones are lost more often: raise \
                  `generate.max_new_tokens`";
    Some(
        Finding::new("truncated-completions", Question::Wrote, verdict, text)
            .advising(advice)
            .with([("truncated_completions", last)]),
    )
}

/// How far the kept instructions are from the seeds, and how unlike each other.
fn drift(evidence: &Evidence) -> Option<Finding> {
    /// The loss of variety that is worth a look, of the first iteration's.
    const LOST: f64 = 0.25;
    /// The divergence of word frequencies from the seeds, in bits: half way to other words altogether.
    const FAR: f64 = 0.5;
    let of = |name| evidence.drift(name);
    let (near, words, far) = (of("seed_rouge_l_mean"), of("distinct_2"), of("jensen_shannon"));
    let ((first, last), (_, divergence)) = (words.ends()?, far.ends()?);
    let (diverse, diverse_last) = of("diversity").ends().unwrap_or((1.0, 1.0));
    let narrowed = last < (1.0 - LOST) * first || diverse_last < (1.0 - LOST) * diverse;
    let verdict = if narrowed || divergence > FAR {
        Verdict::Warn
    } else {
        Verdict::Ok
    };
    let two = |value: f64| number(value, 2);
    let text = format!(
        "Kept instructions and seeds: ROUGE-L with the nearest seed {}, divergence of words {} bits; distinct pairs of \
         words {}",
        near.told(two),
        far.told(two),
        words.told(percent)
    );
    let advice = "the policy writes ever more of the same, or leaves the domain: read some (`serl show`), raise \
                  `generate.seed_fraction` or `generate.temperature`, or lower `filter.rouge_l_max`";
    Some(
        Finding::new("drift", Question::Wrote, verdict, text)
            .advising(advice)
            .with([
                ("distinct_2_first", first),
                ("distinct_2_last", last),
                ("jensen_shannon", divergence),
            ]),
    )
}

/// Whether held-out problems were trained on.
fn repeats(evidence: &Evidence) -> Option<Finding> {
    let count = |figure: fn(&crate::report::warnings::WarningRow) -> Option<usize>| {
        evidence.warnings.iter().filter_map(figure).reduce(|a, b| a + b)
    };
    let (same, near) = (count(|row| row.repeated_problems)?, count(|row| row.near_problems)?);
    let verdict = if same > 0 { Verdict::Warn } else { Verdict::Ok };
    let text = format!(
        "{same} kept instructions repeat a held-out problem word for word; {near} resemble one (ROUGE-L of 0.7 or more)"
    );
    let advice =
        "results on problems that were trained on say little, even without their answers: hold other problems out";
    Some(
        Finding::new("contamination", Question::Wrote, verdict, text)
            .advising(advice)
            .with([("repeated_problems", same as f64), ("near_problems", near as f64)]),
    )
}
