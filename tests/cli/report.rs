//! `serl report`: the page has every section, holds the figures of other commands, and is a file of its own.

use std::fs;

use serde_json::Value;

use crate::support::{FINISHED, Playground, TINY};

/// The ids of the sections about a single run.
const SECTIONS: [&str; 12] = [
    "accuracy", "findings", "funnel", "r-mean", "training", "reward", "samples", "flips", "drift", "nodes", "timing",
    "settings",
];

/// A report of the runs of `place`.
fn report(place: &Playground, arguments: &[&str], name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let outcome = place
        .run(&[&["report"], arguments, &["-o", path.to_str().unwrap()]].concat())
        .succeeded();
    assert_eq!(outcome.stdout.trim(), path.to_str().unwrap());
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "a temporary file stayed");
    fs::read_to_string(path).unwrap()
}

/// Panics unless every element that is opened is closed in its turn, and every attribute and text is escaped.
#[track_caller]
fn well_formed(html: &str) {
    const VOID: [&str; 2] = ["meta", "br"];
    let (start, style) = (html.find("<style>").unwrap(), html.find("</style>").unwrap());
    let html = html[..start].to_owned() + "<style>" + &html[style..];
    let mut open: Vec<String> = Vec::new();
    let mut rest = html.strip_prefix("<!doctype html>").unwrap();
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "{}", &rest[..at]);
        let tag = &rest[at + 1..];
        let end = tag.find('>').unwrap();
        let (tag, after) = (&tag[..end], &tag[end + 1..]);
        assert!(tag.matches('"').count() % 2 == 0 && !tag.contains('<'), "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "after {open:?}");
        } else if !tag.ends_with('/') {
            let name = tag.split_whitespace().next().unwrap();
            if !VOID.contains(&name) {
                open.push(name.to_owned());
            }
        }
        rest = after;
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_page_has_every_section_and_needs_nothing_else() {
    let html = report(&FINISHED, &[], "report.html");
    well_formed(&html);
    for id in SECTIONS {
        assert_eq!(html.matches(&format!("<section id=\"{id}\">")).count(), 1, "{id}");
    }
    for foreign in ["http://", "https://", "<script", "<link", "<img", "@import", "url("] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    for drawn in ["NaN", "inf\"", "undefined"] {
        assert!(!html.contains(drawn), "{drawn}");
    }
    assert_eq!(
        html,
        report(&FINISHED, &["tiny"], "again.html"),
        "the same run gives the same bytes"
    );
}

#[test]
fn a_page_has_the_figures_of_other_commands() {
    let run = FINISHED.json(&[&["run", "-q"], TINY].concat());
    let markdown = report(&FINISHED, &["tiny"], "report.md");
    let percent = |value: &Value| format!("{:.1}%", 100.0 * value.as_f64().unwrap());
    let iterations = run["iterations"].as_array().unwrap();
    let told = |figure: &str| {
        let values: Vec<String> = iterations.iter().map(|row| percent(&row[figure])).collect();
        values.join(" → ")
    };
    for figure in ["pass_at_1", "pass_at_k", "maj_at_k"] {
        assert!(markdown.contains(&told(figure)), "{figure}: {}", told(figure));
    }
    for row in &iterations[1..] {
        assert!(
            markdown.contains(&format!("{} trained on", percent(&row["selected_share"]))),
            "{row}"
        );
        let cells = format!("| {} | {} |", row["generated"], "");
        assert!(markdown.contains(&cells[..cells.len() - 2]), "{row}");
    }
    // Findings, but for what Markdown escapes.
    let html = report(&FINISHED, &["tiny"], "report.html");
    for finding in run["findings"].as_array().unwrap() {
        let text = finding["text"].as_str().unwrap().replace('<', "&lt;");
        let parts = text.split(['`', '\'', '/', '&', '"']);
        for part in parts {
            assert!(html.contains(part), "{text}");
        }
    }
}

#[test]
fn runs_of_one_setting_are_pooled() {
    let place = Playground::after_finished();
    place
        .run(&[&["run", "-q"], TINY, &["name=tiny2", "seed=2"]].concat())
        .succeeded();
    place
        .run(&[&["run", "-q"], TINY, &["name=wide", "train.lr=1e-3"]].concat())
        .succeeded();
    let seeds = report(&place, &["tiny", "tiny2"], "seeds.html");
    well_formed(&seeds);
    assert!(seeds.contains("<h1>tiny") && seeds.contains("(sd of 2 runs)"));
    let both = report(&place, &["tiny", "wide", "tiny2"], "both.html");
    well_formed(&both);
    assert!(
        both.contains("<td><code class=\"code\">train.lr</code></td>"),
        "what settings differ in is named"
    );
    assert!(both.contains("(2 runs)"), "the runs of one setting are one");
    let pooled = place.json(&["compare", "-q", "tiny", "tiny2"]);
    let markdown = report(&place, &["tiny", "tiny2"], "seeds.md");
    for row in pooled.as_array().unwrap().iter().filter(|row| row["n"] == 6) {
        let mean = format!("{:.1}%", 100.0 * row["pass_at_1"].as_f64().unwrap());
        assert!(markdown.contains(&mean), "{mean}");
    }
}

#[test]
fn what_is_missing_is_said() {
    let place = Playground::new();
    place
        .run(&[&["run", "-q"], TINY, &["eval.path=", "--stage", "filter"]].concat())
        .succeeded();
    for name in ["part.html", "part.md"] {
        let text = report(&place, &[], name);
        for missing in [
            "no policy was measured",
            "nothing was voted on yet",
            "nothing was trained yet",
            "Missing ones",
        ] {
            assert!(text.contains(missing), "{name}: {missing}");
        }
        if name.ends_with("html") {
            well_formed(&text);
        }
    }
    place
        .run(
            &[
                &["run", "-q"],
                TINY,
                &["name=seeds", "instructions=seeds", "seeds.limit=6"],
            ]
            .concat(),
        )
        .succeeded();
    let text = report(&place, &["seeds"], "seeds.html");
    well_formed(&text);
    assert!(text.contains("the runs train on their seeds"), "{text}");
}

#[test]
fn texts_of_others_are_only_text() {
    let place = Playground::new();
    let hostile = "</p><script>alert(1)</script> \\\" onload=x `<b>` How many pens does Tom have?";
    let rows: String = (0..8)
        .map(|n| format!("{{\"problem\": \"{n} {hostile}\", \"answer\": \"{n}\"}}\n"))
        .collect();
    place.write("own.jsonl", rows);
    let own = [
        "name=own",
        "instructions=seeds",
        "seeds.path=own.jsonl",
        "eval.path=own.jsonl",
    ];
    place.run(&[&["run", "-q"], TINY, &own].concat()).succeeded();
    let html = report(&place, &[], "own.html");
    well_formed(&html);
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)"), "the instruction is there");
    let markdown = report(&place, &[], "own.md");
    assert!(markdown.contains("&lt;script>alert(1)"), "the instruction is there");
}

#[test]
fn mistakes_are_named() {
    insta::assert_snapshot!(FINISHED.run(&["report", "-o", "report.pdf"]).refusal());
    insta::assert_snapshot!(FINISHED.run(&["report", "tiny", "tiny"]).refusal());
    let lost = FINISHED.run(&["report", "-o", "no/such/folder.html"]).refusal();
    assert!(lost.contains("cannot write no/such/folder.html"), "{lost}");
}
