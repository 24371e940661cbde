//! README.md of an exported data set: front matter as the `datasets` library reads it, then what the columns hold.

use std::fmt::Write;

use serde_json::json;

use super::written::Written;
use crate::report::StoredRun;

/// The card.
pub fn card(run: &StoredRun, tables: &[Written]) -> String {
    let mut text = String::from("---\n");
    let configs: Vec<_> = tables
        .iter()
        .map(|table| {
            json!({
                "config_name": table.name,
                "data_files": [{"split": table.split, "path": format!("{}/*.parquet", table.name)}],
            })
        })
        .collect();
    // JSON is YAML, too. Writing to a text cannot fail.
    let _ = write!(
        text,
        "configs: {}\ntags: [\"serl\", \"self-play\", \"reinforcement-learning\"]\n---\n\n# Run {}\n\n\
         What a run of serl wrote, answered and was rewarded for (SeRL, arXiv 2505.20347), a table per kind of \
         thing:\n\n\
         ```python\nfrom datasets import load_dataset\n\n",
        json!(configs),
        run.name(),
    );
    for table in tables {
        let (name, split) = (table.name, table.split);
        let _ = writeln!(
            text,
            "load_dataset(\".\", \"{name}\", split=\"{split}\")  # {} rows",
            table.rows
        );
    }
    text.push_str(
        "```\n\nAny program that reads Parquet reads the files. Their metadata say which node of the run they are from \
         (`serl.node`, `serl.key`) and describe the columns.\n",
    );
    for table in tables {
        let _ = write!(
            text,
            "\n## {}\n\n{}\n\n| column | |\n|--|--|\n",
            table.name,
            one_line(table.description)
        );
        for (name, description) in &table.columns {
            let _ = writeln!(text, "| `{name}` | {} |", one_line(description));
        }
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
