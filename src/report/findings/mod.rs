//! Findings: what the tables of a run say to four questions. Did it learn? Can it be trusted? What did it write? What
//! next?
//!
//! Each is computed here and nowhere else; `serl run`, `serl check` and reports show them. Thresholds are beside what
//! they judge. They come from practice, not from proofs: a warning says where to look.

mod evidence;
mod finding;
mod learning;
mod next;
mod series;
#[cfg(test)]
mod tests;
mod text;
mod training;
mod voting;
mod writing;

pub use finding::{Finding, Question, Verdict};
pub use text::{brief, whole};

use anyhow::Result;

use super::stored::StoredRun;
use evidence::Evidence;

/// The findings of a run, in the order of their questions.
///
/// # Errors
/// A table that cannot be read.
pub fn of(run: &StoredRun) -> Result<Vec<Finding>> {
    Ok(judged(&Evidence::of(run)?))
}

fn judged(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = learning::findings(evidence);
    findings.extend(voting::findings(evidence));
    findings.extend(training::findings(evidence));
    findings.extend(writing::findings(evidence));
    findings.push(next::finding(evidence, &findings));
    findings
}

/// The worst verdict among `findings`.
pub fn worst(findings: &[Finding]) -> Verdict {
    findings
        .iter()
        .map(|finding| finding.verdict)
        .max()
        .unwrap_or(Verdict::Ok)
}
