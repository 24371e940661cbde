//! How the answers of a run were read, one row per vote and evaluation, and the texts that could not be.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;

use super::{Node, Run, align, percent};

/// Texts that are shown.
const TOP: usize = 10;
/// Characters of a text in a table.
const WIDTH: usize = 80;

/// The responses of one node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnswersRow {
    /// Iteration; 0 measures the untouched policy.
    pub iteration: u32,
    /// `vote` or `evaluate`.
    pub stage: String,
    /// Round of a vote.
    pub round: Option<u32>,
    /// Responses.
    pub responses: usize,
    /// Share with an answer that can be compared.
    pub parsed: f64,
    /// Responses without an answer.
    pub no_answer: usize,
    /// Responses with an answer that is too large to compare.
    pub over_budget: usize,
    /// Share of the responses whose answer each method found.
    pub methods: BTreeMap<String, f64>,
}

/// A text that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnparsedText {
    /// Responses with it, over the whole run.
    pub count: u64,
    /// `no_answer` or `over_budget`.
    pub status: String,
    /// An instruction or problem that was answered so.
    pub example_id: String,
    /// The end of the response, or the beginning of the answer.
    pub text: String,
}

/// How the answers of a run were read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answers {
    /// By iteration and round.
    pub nodes: Vec<AnswersRow>,
    /// The most frequent texts that could not be read.
    pub unparsed: Vec<UnparsedText>,
}

/// What the tables of a run say of its answers.
///
/// # Errors
/// A table that cannot be read.
pub fn of(run: &Run) -> Result<Answers> {
    let mut nodes = Vec::new();
    let mut texts = BTreeMap::new();
    for node in run.nodes() {
        let responses = match node.stage.as_str() {
            "vote" => "rollouts.parquet",
            "evaluate" => "eval.parquet",
            _ => continue,
        };
        nodes.extend(row(run, node, responses)?);
        collect(run, node, &mut texts)?;
    }
    // An iteration's policy is measured after its votes.
    nodes.sort_by_key(|row: &AnswersRow| (row.iteration, row.round.is_none(), row.round));
    Ok(Answers {
        nodes,
        unparsed: most_frequent(texts),
    })
}

fn row(run: &Run, node: &Node, responses: &str) -> Result<Option<AnswersRow>> {
    let (iteration, round) = (node.iteration, node.round);
    let columns = ["parse_status", "method"];
    let Some(table) = run.table(iteration, &node.stage, round, responses, &columns)? else {
        return Ok(None);
    };
    let statuses = table.texts("parse_status")?;
    let of = |wanted: &str| statuses.iter().filter(|status| *status == wanted).count();
    let share = |n: usize| n as f64 / statuses.len().max(1) as f64;
    let mut methods: BTreeMap<String, usize> = BTreeMap::new();
    for method in table.texts("method")?.into_iter().filter(|m| !m.is_empty()) {
        *methods.entry(method).or_default() += 1;
    }
    Ok(Some(AnswersRow {
        iteration,
        stage: node.stage.clone(),
        round,
        responses: statuses.len(),
        parsed: share(of("parsed")),
        no_answer: of("no_answer"),
        over_budget: of("over_budget"),
        methods: methods.into_iter().map(|(name, n)| (name, share(n))).collect(),
    }))
}

/// Count and example of each text, by text and status.
type Texts = BTreeMap<(String, String), (u64, String)>;

fn collect(run: &Run, node: &Node, texts: &mut Texts) -> Result<()> {
    let columns = ["text", "status", "count", "example_id"];
    let (iteration, round) = (node.iteration, node.round);
    let Some(table) = run.table(iteration, &node.stage, round, "unparsed.parquet", &columns)? else {
        return Ok(());
    };
    let keys = table.texts("text")?.into_iter().zip(table.texts("status")?);
    let values = table.numbers("count")?.into_iter().zip(table.texts("example_id")?);
    for (key, (count, example)) in keys.zip(values) {
        texts.entry(key).or_insert((0, example)).0 += count as u64;
    }
    Ok(())
}

fn most_frequent(texts: Texts) -> Vec<UnparsedText> {
    let mut all: Vec<UnparsedText> = texts
        .into_iter()
        .map(|((text, status), (count, example_id))| UnparsedText {
            count,
            status,
            example_id,
            text,
        })
        .collect();
    // Stable: equal counts stay in the order of their texts.
    all.sort_by_key(|text| std::cmp::Reverse(text.count));
    all.truncate(TOP);
    all
}

/// As JSON, or as one table of nodes and one of texts below it.
///
/// # Errors
/// Text that is no JSON.
pub fn shown(answers: &Answers, json: bool) -> Result<String> {
    if json {
        return Ok(serde_json::to_string_pretty(answers)?);
    }
    let mut text = nodes(&answers.nodes);
    if !answers.unparsed.is_empty() {
        let header = ["count", "status", "example", "text"].map(String::from);
        let rows = answers.unparsed.iter().map(|unparsed| {
            vec![
                unparsed.count.to_string(),
                unparsed.status.clone(),
                unparsed.example_id.clone(),
                one_line(unparsed),
            ]
        });
        text += &format!("\n\n{}", align(&header, rows));
    }
    Ok(text)
}

fn nodes(rows: &[AnswersRow]) -> String {
    let methods: BTreeSet<&String> = rows.iter().flat_map(|row| row.methods.keys()).collect();
    let fixed = ["iteration", "stage", "responses", "parsed", "no answer", "over budget"];
    let header: Vec<String> = fixed
        .into_iter()
        .map(String::from)
        .chain(methods.iter().map(ToString::to_string))
        .collect();
    let cells = rows.iter().map(|row| {
        let round = row.round.map(|round| format!(".{round}")).unwrap_or_default();
        let fixed = [
            row.iteration.to_string(),
            format!("{}{round}", row.stage),
            row.responses.to_string(),
            percent(row.parsed),
            row.no_answer.to_string(),
            row.over_budget.to_string(),
        ];
        let share = |method: &&String| percent(row.methods.get(*method).copied().unwrap_or(0.0));
        fixed.into_iter().chain(methods.iter().map(share)).collect()
    });
    align(&header, cells)
}

/// The end of a response or the beginning of an answer, whichever the text is, without line breaks.
fn one_line(unparsed: &UnparsedText) -> String {
    let text: String = unparsed.text.chars().flat_map(char::escape_debug).collect();
    let length = text.chars().count();
    if length <= WIDTH {
        return text;
    }
    if unparsed.status == "over_budget" {
        text.chars().take(WIDTH).chain(['…']).collect()
    } else {
        std::iter::once('…').chain(text.chars().skip(length - WIDTH)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(count: u64, status: &str, text: &str) -> UnparsedText {
        UnparsedText {
            count,
            status: status.into(),
            example_id: "id".into(),
            text: text.into(),
        }
    }

    #[test]
    fn a_table_of_nodes_stands_above_the_texts() {
        let row = |stage: &str, round, methods: &[(&str, f64)]| AnswersRow {
            iteration: 1,
            stage: stage.into(),
            round,
            responses: 8,
            parsed: 0.75,
            no_answer: 2,
            over_budget: 0,
            methods: methods.iter().map(|&(name, share)| (name.into(), share)).collect(),
        };
        let answers = Answers {
            nodes: vec![
                row("vote", Some(0), &[("boxed", 0.5), ("hash", 0.25)]),
                row("evaluate", None, &[("hash", 0.75)]),
            ],
            unparsed: vec![text(2, "no_answer", "I do\nnot")],
        };
        let expected = [
            "iteration  stage     responses  parsed  no answer  over budget  boxed   hash",
            "        1  vote.0            8   75.0%          2            0  50.0%  25.0%",
            "        1  evaluate          8   75.0%          2            0   0.0%  75.0%",
            "",
            "count  status     example  text",
            "    2  no_answer  id       I do\\nnot",
        ];
        assert_eq!(shown(&answers, false).unwrap(), expected.join("\n"));
    }

    #[test]
    fn long_texts_are_cut_where_they_say_least() {
        let long = format!("a{}z", "-".repeat(WIDTH));
        assert!(one_line(&text(1, "no_answer", &long)).ends_with("-z"));
        assert!(one_line(&text(1, "over_budget", &long)).starts_with("a-"));
        assert_eq!(one_line(&text(1, "no_answer", &long)).chars().count(), WIDTH + 1);
    }

    #[test]
    fn the_most_frequent_texts_come_first() {
        let key = |i: usize| (format!("text{i:02}"), "no_answer".to_owned());
        let texts: Texts = (0..12)
            .map(|i| (key(i), (1 + u64::from(i == 7), "id".into())))
            .collect();
        let top = most_frequent(texts);
        assert_eq!(top.len(), TOP);
        assert_eq!((top[0].text.as_str(), top[1].text.as_str()), ("text07", "text00"));
    }
}
