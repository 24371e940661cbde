//! The book names what there is: pages, findings, stages, commands, exit codes, rewards, algorithms, tables.

use std::collections::BTreeSet;
use std::fs;

use polars::prelude::{ParquetReader, SerReader};
use regex::Regex;

use super::{PAGES, repository, text_of};
use crate::support::{FINISHED, Playground};

type Names = BTreeSet<String>;

/// The first group of each match.
fn matches(pattern: &str, text: &str) -> Names {
    let pattern = Regex::new(pattern).unwrap();
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn the_summary_lists_every_page_and_each_is_tested() {
    let files = fs::read_dir(repository("docs/src")).unwrap();
    let mut files: Names = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(files.remove("SUMMARY.md"));
    let tested: Names = PAGES.iter().map(|page| (*page).to_owned()).collect();
    assert_eq!(files, tested);
    assert_eq!(files, matches(r"\]\((.+?)\)", &text_of("SUMMARY.md")));
}

#[test]
fn every_finding_has_its_section() {
    let mut ids = Names::new();
    for entry in fs::read_dir(repository("src/report/findings")).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("tests.rs") {
            let source = fs::read_to_string(path).unwrap();
            ids.extend(matches(r#"Finding::new\(\s*"([a-z-]+)""#, &source));
            ids.extend(matches(r#"const [A-Z_]+: &str = "([a-z-]+)";"#, &source));
        }
    }
    assert_eq!(ids, matches("(?m)^### `(.+)`$", &text_of("failure-signs.md")));
    let found = FINISHED.run(&["check", "--json"]).stdout;
    let found = matches(r#""id": "(.+?)""#, &found);
    assert!(!found.is_empty() && found.is_subset(&ids), "{found:?}");
}

#[test]
fn every_stage_is_explained() {
    let concepts = text_of("concepts.md");
    for stage in serl_stages::registry::stage_names() {
        assert!(concepts.contains(&format!("\n| `{stage}` |")), "{stage}");
    }
}

/// The names that a help text lists under `Commands:`.
fn commands(arguments: &[&str]) -> Names {
    let help = Playground::new()
        .run(&[arguments, &["--help"]].concat())
        .succeeded()
        .stdout;
    let list = help.split("\nCommands:\n").nth(1).unwrap();
    let list = list.split("\n\n").next().unwrap();
    let mut names = matches(r"(?m)^  ([a-z-]+)", list);
    assert!(names.remove("help"));
    names
}

#[test]
fn every_command_has_its_task() {
    let tasks = text_of("commands.md");
    let groups: [&[&str]; 3] = [&[], &["inspect"], &["bench"]];
    for group in groups {
        for command in commands(group) {
            let mut words = vec!["serl"];
            words.extend(group);
            words.push(&command);
            let words = words.join(" ");
            // At the beginning of a line, or after a pipe.
            let run = ["\n", "| "]
                .iter()
                .any(|before| tasks.contains(&format!("{before}{words}")));
            assert!(run, "no task has `{words}`");
        }
    }
}

#[test]
fn every_exit_code_is_explained() {
    let help = Playground::new().run(&["--help"]).succeeded().stdout;
    let codes = matches(r"(?m)^  (\d+)  ", help.split("Exit codes:\n").nth(1).unwrap());
    assert!(codes.contains("0") && codes.contains("130"), "{help}");
    let signs = text_of("failure-signs.md");
    for code in codes {
        assert!(signs.contains(&format!("\n| {code} | ")), "{code}");
    }
}

#[test]
fn every_algorithm_and_reward_is_explained() {
    let page = text_of("algorithms.md");
    for key in ["train.algorithm", "reward.kind", "reward.equality"] {
        // The equality belongs to one kind of reward.
        let refusal = Playground::new().run(&["plan", "reward.kind=consensus", &format!("{key}=nothing")]);
        let (_, known) = refusal.stderr.split_once("expected one of").unwrap();
        let known = matches("`(.+?)`", known.lines().next().unwrap());
        assert!(known.len() > 4, "{known:?}");
        for value in known {
            assert!(page.contains(&format!("`{value}`")), "{key}: {value}");
        }
    }
}

#[test]
fn every_table_is_listed_with_its_columns() {
    let page = text_of("artifacts.md");
    let mut tables = 0;
    for stage in fs::read_dir(FINISHED.path(".serl/runs/tiny/1")).unwrap() {
        let stage = stage.unwrap();
        let folder = stage.file_name().into_string().unwrap();
        let shown = match folder.split_once('.') {
            Some((stage, _)) => format!("{stage}.N"),
            None => folder,
        };
        for file in fs::read_dir(stage.path()).unwrap().map(Result::unwrap) {
            let name = file.file_name().into_string().unwrap();
            let Some(table) = name.strip_suffix(".parquet") else {
                continue;
            };
            assert!(page.contains(&format!("`{shown}/{table}`")), "{shown}/{table}");
            let frame = ParquetReader::new(fs::File::open(file.path()).unwrap())
                .finish()
                .unwrap();
            for column in frame.get_column_names() {
                let column = column.trim_end_matches("_low").trim_end_matches("_high");
                assert!(page.contains(&format!("`{column}`")), "{shown}/{table}: {column}");
            }
            tables += 1;
        }
    }
    assert!(tables > 15, "only {tables} tables were found");
}

#[test]
fn every_metric_is_explained() {
    let page = text_of("events.md");
    let rows = FINISHED.json(&["metrics"]);
    let about = ["global_step", "node", "stage", "iteration", "round", "step", "seconds"];
    let rows = rows.as_array().unwrap().iter();
    let names: Names = rows.flat_map(|row| row.as_object().unwrap().keys().cloned()).collect();
    let of_kinds = Regex::new(r"^(eval/(?:pass|maj)@)(?:[2-9]|\d\d+)$").unwrap();
    let mut found = 0;
    for name in names.iter().filter(|name| !about.contains(&name.as_str())) {
        let name = of_kinds
            .replace(name, "${1}K")
            .replace("rewards/majority/", "rewards/KIND/");
        assert!(page.contains(&format!("`{name}`")), "{name}");
        found += 1;
    }
    assert!(found > 25, "{names:?}");
}
