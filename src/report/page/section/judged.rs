//! The findings, under their questions.

use crate::report::findings::{Finding, Question, Verdict};
use crate::report::page::block::{Block, Cell, FindingGroup, Section, Table};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let runs: Vec<&Run> = settings.iter().flat_map(|setting| &setting.runs).collect();
    let section = Section::new("findings", "Findings");
    if let [one] = runs.as_slice() {
        return section.with(Block::Findings {
            groups: groups(&one.findings),
        });
    }
    let mut section = section.with(table(settings, &runs).block());
    for run in runs {
        let several = [Verdict::Fail, Verdict::Warn, Verdict::Ok].map(|verdict| {
            let count = run.findings.iter().filter(|finding| finding.verdict == verdict).count();
            format!("{count} {}", verdict.word())
        });
        section = section.with(Block::Fold {
            summary: format!("{}: {}", run.name(), several.join(", ")),
            blocks: vec![Block::Findings {
                groups: groups(&run.findings),
            }],
        });
    }
    section
}

fn groups(findings: &[Finding]) -> Vec<FindingGroup> {
    let group = |question: Question| {
        let of = findings.iter().filter(|finding| finding.question == question);
        FindingGroup {
            question: question.title(),
            findings: of.cloned().collect(),
        }
    };
    let groups = Question::ALL.into_iter().map(group);
    groups.filter(|group| !group.findings.is_empty()).collect()
}

/// A row per finding, a column per run.
fn table(settings: &[Setting], runs: &[&Run]) -> Table {
    let mut ids: Vec<&'static str> = Vec::new();
    for finding in runs.iter().flat_map(|run| &run.findings) {
        // What to do next is no verdict.
        if !ids.contains(&finding.id) && finding.question != Question::Next {
            ids.push(finding.id);
        }
    }
    let names = settings
        .iter()
        .flat_map(|setting| setting.runs.iter().map(|run| short(setting, run)));
    let mut table = Table::new(std::iter::once("finding".to_owned()).chain(names));
    for id in ids {
        let mut row = vec![Cell::toned(id, "code")];
        row.extend(runs.iter().map(|run| {
            let found = run.findings.iter().find(|finding| finding.id == id);
            found.map_or_else(Cell::default, |finding| Cell::verdict(finding.verdict, &finding.text))
        }));
        table.push(row);
    }
    table
}

/// The name of a run without that of its setting.
fn short(setting: &Setting, run: &Run) -> String {
    let rest = run.name().strip_prefix(&setting.name).unwrap_or(run.name());
    let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    let rest = if rest.is_empty() && setting.letter.is_empty() {
        run.name()
    } else {
        rest
    };
    format!("{} {rest}", setting.letter).trim().to_owned()
}
