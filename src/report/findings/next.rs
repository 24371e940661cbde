//! What next? The step that the other findings suggest.

use super::evidence::Evidence;
use super::finding::{Finding, Question, Verdict};
use super::learning::{LEARNED, SIGNIFICANT};
use super::voting::SELECTED_SHARE;

/// The suggestion after `others`.
pub(super) fn finding(evidence: &Evidence, others: &[Finding]) -> Finding {
    let worst = others.iter().find(|finding| finding.verdict == Verdict::Fail);
    let warned = |id: &str| {
        others
            .iter()
            .any(|finding| finding.id == id && finding.verdict > Verdict::Ok)
    };
    let text = if let Some(worst) = worst {
        format!("Do not use the last policy yet: look into `{}` first", worst.id)
    } else if evidence.measured().len() < 2 {
        "Measure on held-out problems before you train further".to_owned()
    } else if warned(LEARNED) {
        "See whether other seeds tell more".to_owned()
    } else if warned(SELECTED_SHARE) {
        "Few instructions are left to learn from: harder seeds teach more than further iterations".to_owned()
    } else if still_gains(evidence) {
        let more = evidence.rows.last().map_or(1, |row| row.iteration + 1);
        format!("The last iteration still gained: `iterations={more}` continues from here")
    } else {
        "The last iteration changed little: the run has had its effect".to_owned()
    };
    let seeds = "one run is one seed: before you claim a gain, repeat it (`serl run name=NAME seed=2`) and pool the \
                 runs with `serl compare`";
    let mut next = Finding::new("next", Question::Next, Verdict::Ok, text);
    next.advice = Some(seeds.to_owned());
    next
}

/// Whether the last iteration gained on held-out problems.
fn still_gains(evidence: &Evidence) -> bool {
    let [.., before, last] = *evidence.measured() else {
        return false;
    };
    let pair = evidence.pairing(last, before);
    pair.gained > pair.lost && pair.p() < SIGNIFICANT
}
