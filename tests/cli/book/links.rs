//! Links of the book and of the pages beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::fence::prose;
use super::{PAGES, repository};

/// Pages outside of the book.
const BESIDE: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "models/quickstart/README.md",
];

/// The anchors of a page: its headings as `mdBook` and GitHub name them.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = prose(&fs::read_to_string(page).unwrap());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|&c| c.is_alphanumeric() || "-_ ".contains(c));
        let name: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let count = seen.entry(name.clone()).or_default();
        let before = *count;
        *count += 1;
        anchors.insert(match before {
            0 => name,
            n => format!("{name}-{n}"),
        });
    }
    anchors
}

/// The targets of the links of a page that lead to files.
fn targets(page: &Path) -> Vec<String> {
    let code = Regex::new("`[^`]*`").unwrap();
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let text = prose(&fs::read_to_string(page).unwrap());
    let text = code.replace_all(&text, "");
    let all = link.captures_iter(&text).map(|found| found[1].to_owned());
    all.filter(|target| !target.contains("://")).collect()
}

/// What is wrong with a link of `page`.
fn fault(page: &Path, target: &str) -> Option<String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let to: PathBuf = match file {
        "" => page.to_owned(),
        file => page.parent().unwrap().join(file),
    };
    let missing = !to.exists() || (!anchor.is_empty() && !anchors(&to).contains(anchor));
    missing.then(|| format!("{}: {target}", page.display()))
}

#[test]
fn links_lead_to_files_and_headings() {
    let of_book = PAGES.iter().copied().chain(["SUMMARY.md"]);
    let pages = of_book.map(|page| repository("docs/src").join(page));
    let pages: Vec<PathBuf> = pages.chain(BESIDE.map(repository)).collect();
    let mut links = 0;
    let mut faults = Vec::new();
    for page in &pages {
        let targets = targets(page);
        links += targets.len();
        faults.extend(targets.iter().filter_map(|target| fault(page, target)));
    }
    assert!(links > 50, "only {links} links were found");
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_book_can_be_read_without_the_repository() {
    for page in PAGES {
        let targets = targets(&repository("docs/src").join(page));
        let leaving: Vec<&String> = targets.iter().filter(|target| target.contains("..")).collect();
        assert!(leaving.is_empty(), "{page}: {leaving:?}");
    }
}
