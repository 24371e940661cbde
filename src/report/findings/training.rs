//! Was the training sound? Figures of its optimizer steps.

use super::evidence::Evidence;
use super::finding::{Finding, Question, Verdict, above};
use crate::report::show::{number, percent};

/// The findings.
pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let all = [
        idle(evidence),
        clipped(evidence),
        entropy(evidence),
        kl(evidence),
        mismatch(evidence),
    ];
    all.into_iter().flatten().collect()
}

/// Whether groups teach: one whose rewards are all equal does not.
fn idle(evidence: &Evidence) -> Option<Finding> {
    let shares = evidence.sign(|row| row.zero_advantage_groups);
    let last = shares.last()?;
    let text = format!(
        "Groups trained on that teach nothing, since all advantages are 0: {}",
        shares.told(percent)
    );
    let advice = "steps spend time on them: narrow `train.bounds`, or sample more votes (`vote.n`)";
    Some(
        Finding::new("zero-advantage", Question::Trust, above(last, 0.3, 0.9), text)
            .advising(advice)
            .with([("zero_advantage_groups", last)]),
    )
}

/// Whether steps stay near the policy that sampled.
fn clipped(evidence: &Evidence) -> Option<Finding> {
    let shares = evidence.of_steps(|step| step.figures.get("clip_fraction").copied());
    let last = shares.last()?;
    let text = format!("Tokens whose importance ratio was clipped: {}", shares.told(percent));
    let advice = "steps leave the policy that sampled: a smaller `train.lr`, fewer epochs or more rounds";
    Some(
        Finding::new("clipped", Question::Trust, above(last, 0.2, 0.6), text)
            .advising(advice)
            .with([("clip_fraction", last)]),
    )
}

/// Whether the policy still explores.
fn entropy(evidence: &Evidence) -> Option<Finding> {
    /// Of the entropy of the first iteration.
    const LEFT: f64 = 0.2;
    let entropies = evidence.of_steps(|step| step.log.entropy);
    let (first, last) = entropies.ends()?;
    let verdict = if last < LEFT * first {
        Verdict::Warn
    } else {
        Verdict::Ok
    };
    let text = format!(
        "Entropy of the policy at response tokens: {} nats",
        entropies.told(|value| number(value, 3))
    );
    let advice = "a policy without entropy answers alike and votes teach it nothing more: clip-higher \
                  (`train.clip_high`, arXiv 2503.14476), an entropy bonus (`train.entropy_coef`), or stop";
    Some(
        Finding::new("entropy", Question::Trust, verdict, text)
            .advising(advice)
            .with([("entropy_first", first), ("entropy_last", last)]),
    )
}

/// Whether the policy is still near the one that it started from.
fn kl(evidence: &Evidence) -> Option<Finding> {
    let all = evidence.of_steps(|step| step.log.kl);
    let last = all.last()?;
    let text = format!(
        "KL divergence from the reference policy: {} nats per token",
        all.told(|value| number(value, 3))
    );
    let advice =
        "the policy has moved far from the one it started from: more KL (`train.kl_coef`) or a smaller `train.lr`";
    Some(
        Finding::new("kl", Question::Trust, above(last, 0.3, 1.0), text)
            .advising(advice)
            .with([("kl", last)]),
    )
}

/// Whether sampler and trainer compute the same probabilities, as the importance ratio assumes.
fn mismatch(evidence: &Evidence) -> Option<Finding> {
    let all = evidence.of_steps(|step| step.log.mismatch_kl);
    let most = evidence
        .steps
        .iter()
        .filter_map(|step| step.log.mismatch_kl)
        .reduce(f64::max)?;
    let text = if most < 1e-6 {
        "Sampler and trainer agree to rounding error".to_owned()
    } else {
        format!(
            "Sampler and trainer differ by {} nats per token (k3)",
            all.told(|value| format!("{value:.1e}"))
        )
    };
    let advice = "the importance ratio assumes that they agree: sample in the trainer's precision, or correct for it \
                  by truncated importance sampling (`train.mismatch_cap`)";
    Some(
        Finding::new("mismatch", Question::Trust, above(most, 0.01, 0.1), text)
            .advising(advice)
            .with([("mismatch_kl_max", most)]),
    )
}
