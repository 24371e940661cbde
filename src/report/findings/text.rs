//! Findings as text.

use textwrap::{Options, wrap};

use super::finding::{Finding, Question, Verdict};
use super::learning::LEARNED;

/// All of them under their questions, in lines of at most `width` columns.
pub fn whole(findings: &[Finding], width: usize) -> String {
    let mut parts = Vec::new();
    for question in Question::ALL {
        let of: Vec<&Finding> = findings.iter().filter(|finding| finding.question == question).collect();
        if !of.is_empty() {
            let told: Vec<String> = of.into_iter().map(|finding| told(finding, width)).collect();
            parts.push(format!("{}\n{}", question.title(), told.join("\n")));
        }
    }
    parts.join("\n\n")
}

/// What a user must know: whether the policy learned, what is not well, and how many findings are.
pub fn brief(findings: &[Finding], width: usize) -> String {
    let matters = |finding: &&Finding| finding.id == LEARNED || finding.verdict > Verdict::Ok;
    let mut told: Vec<String> = findings
        .iter()
        .filter(matters)
        .map(|finding| told(finding, width))
        .collect();
    let others = findings.iter().filter(|finding| !matters(finding)).count();
    if others > 0 {
        told.push(format!("ok    {others} more: `serl check`"));
    }
    told.join("\n")
}

fn told(finding: &Finding, width: usize) -> String {
    const INDENT: &str = "      ";
    let first = format!("{:<6}", finding.verdict.word());
    let options = Options::new(width).initial_indent(&first).subsequent_indent(INDENT);
    let mut lines = wrap(&finding.text, options);
    let advised = finding.advice.as_deref().map(|advice| {
        let options = Options::new(width)
            .initial_indent("      -> ")
            .subsequent_indent("         ");
        wrap(advice, options)
    });
    lines.extend(advised.into_iter().flatten());
    lines.join("\n")
}
