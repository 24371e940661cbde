//! How the answers of a run were read, one row per vote and evaluation, and the texts that could not be.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::frame::Frame;
use super::show::{ReportRow, percent};
use super::stored::StoredRun;
use super::tables::{EVAL_READING, EVAL_UNREAD, Extract, VOTE_READING, VOTE_UNREAD};
use crate::place::Place;

/// Texts that are shown.
const TOP: usize = 10;
/// Characters of a text in a table.
const WIDTH: usize = 80;
/// The tables of a stage that reads answers: one of responses, one of texts that could not be read.
const READ: [(Extract, Extract); 2] = [(VOTE_READING, VOTE_UNREAD), (EVAL_READING, EVAL_UNREAD)];

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnparsedText {
    /// Responses with it, over the whole run.
    pub count: u64,
    /// `no_answer` or `over_budget`.
    pub status: String,
    /// An instruction or problem with this response.
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

/// The answers of a run, from its tables.
///
/// # Errors
/// A table that cannot be read.
pub fn of(run: &StoredRun) -> Result<Answers> {
    let mut nodes = Vec::new();
    let mut unread: Option<Frame> = None;
    for node in run.nodes() {
        let read = READ.iter().find(|(reading, _)| reading.table.stage == node.place.stage);
        let Some((reading, texts)) = read else {
            continue;
        };
        if let Some(table) = run.frame(node, reading)? {
            nodes.push(row(&node.place, &table)?);
        }
        unread = match (unread, run.frame(node, texts)?) {
            (Some(all), Some(next)) => Some(all.above(&next)?),
            (all, next) => all.or(next),
        };
    }
    let unparsed = unread.map_or(Ok(Vec::new()), |texts| most_frequent(&texts))?;
    Ok(Answers { nodes, unparsed })
}

fn row(place: &Place, table: &Frame) -> Result<AnswersRow> {
    let statuses = table.counts("parse_status")?;
    let of = |wanted: &str| {
        let found = statuses.iter().find(|(status, _)| status == wanted);
        found.map_or(0, |(_, n)| *n)
    };
    let share = |n: usize| n as f64 / table.height().max(1) as f64;
    let methods = table.counts("method")?.into_iter();
    Ok(AnswersRow {
        iteration: place.iteration,
        stage: place.stage.clone(),
        round: place.round,
        responses: table.height(),
        parsed: share(of("parsed")),
        no_answer: of("no_answer"),
        over_budget: of("over_budget"),
        methods: methods.map(|(name, n)| (name, share(n))).collect(),
    })
}

fn most_frequent(texts: &Frame) -> Result<Vec<UnparsedText>> {
    let same = ["text", "status"];
    texts.totals(same, "count")?.largest(TOP, "count", same)?.rows()
}

impl ReportRow for AnswersRow {
    fn header(rows: &[Self]) -> Vec<String> {
        let fixed = ["iteration", "stage", "responses", "parsed", "no answer", "over budget"];
        let fixed = fixed.map(String::from).into_iter();
        fixed.chain(methods(rows).into_iter().cloned()).collect()
    }

    fn dispensable() -> &'static [&'static str] {
        &["over budget", "no answer"]
    }

    fn cells(&self) -> Vec<String> {
        self.cells_with(&self.methods.keys().collect())
    }

    fn all_cells(rows: &[Self]) -> Vec<Vec<String>> {
        let methods = methods(rows);
        rows.iter().map(|row| row.cells_with(&methods)).collect()
    }
}

impl AnswersRow {
    fn cells_with(&self, methods: &BTreeSet<&String>) -> Vec<String> {
        let round = self.round.map(|round| format!(".{round}")).unwrap_or_default();
        let fixed = [
            self.iteration.to_string(),
            format!("{}{round}", self.stage),
            self.responses.to_string(),
            percent(self.parsed),
            self.no_answer.to_string(),
            self.over_budget.to_string(),
        ];
        let share = |method: &&String| percent(self.methods.get(*method).copied().unwrap_or(0.0));
        fixed.into_iter().chain(methods.iter().map(share)).collect()
    }
}

/// The methods that found an answer in any of `rows`.
fn methods(rows: &[AnswersRow]) -> BTreeSet<&String> {
    rows.iter().flat_map(|row| row.methods.keys()).collect()
}

/// A text that could not be read, in one line.
impl ReportRow for UnparsedText {
    fn header(_: &[Self]) -> Vec<String> {
        ["count", "status", "example", "text"].map(String::from).to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["example", "status"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.count.to_string(),
            self.status.clone(),
            self.example_id.clone(),
            one_line(self),
        ]
    }
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
    use crate::report::show::{Form, shown};
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::{ParseStatus, Reward, Unparsed};
    use serl_pipeline::NodeId;

    fn text(count: u64, status: &str, text: &str) -> UnparsedText {
        UnparsedText {
            count,
            status: status.into(),
            example_id: "id".into(),
            text: text.into(),
        }
    }

    #[test]
    fn rows_have_the_methods_of_all() {
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
        let rows = [
            row("vote", Some(0), &[("boxed", 0.5), ("hash", 0.25)]),
            row("evaluate", None, &[("hash", 0.75)]),
        ];
        let expected = [
            "iteration  stage     responses  parsed  no answer  over budget  boxed   hash",
            "        1  vote.0            8   75.0%          2            0  50.0%  25.0%",
            "        1  evaluate          8   75.0%          2            0   0.0%  75.0%",
        ];
        assert_eq!(shown(&rows, Form::Table(None)).unwrap(), expected.join("\n"));
        let expected = [
            "count  status     example  text",
            "    2  no_answer  id       I do\\nnot",
        ];
        let texts = [text(2, "no_answer", "I do\nnot")];
        assert_eq!(shown(&texts, Form::Table(None)).unwrap(), expected.join("\n"));
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
        let unparsed = |text: &str, status, count| Unparsed {
            text: text.into(),
            status,
            count,
            example_id: format!("of {count}"),
        };
        let mut rows: Vec<Unparsed> = (0..TOP as u32)
            .map(|i| unparsed(&format!("text{i:02}"), ParseStatus::NoAnswer, 2))
            .collect();
        rows.push(unparsed("text07", ParseStatus::NoAnswer, 1));
        rows.push(unparsed("text07", ParseStatus::OverBudget, 1));
        let top = most_frequent(&Frame::of(rows).unwrap()).unwrap();
        assert_eq!(top.len(), TOP);
        let first = UnparsedText {
            count: 3,
            status: "no_answer".into(),
            example_id: "of 2".into(),
            text: "text07".into(),
        };
        assert_eq!((&top[0], top[1].text.as_str()), (&first, "text00"));
    }

    #[test]
    fn responses_are_counted_by_status_and_method() {
        let reward = |method: Option<&str>, parse_status| Reward {
            instruction_id: InstructionId::of("q"),
            sample: 0,
            answer: None,
            canonical: None,
            method: method.map(Into::into),
            parse_status,
            reward: Some(0.0),
        };
        let rows = vec![
            reward(Some("hash"), ParseStatus::Parsed),
            reward(Some("boxed"), ParseStatus::Parsed),
            reward(None, ParseStatus::NoAnswer),
            reward(Some("hash"), ParseStatus::OverBudget),
        ];
        let place = Place::of(&NodeId::new("2/vote.1")).unwrap();
        let row = row(&place, &Frame::of(rows).unwrap()).unwrap();
        assert_eq!((row.iteration, row.stage.as_str(), row.round), (2, "vote", Some(1)));
        assert_eq!(
            (row.responses, row.parsed, row.no_answer, row.over_budget),
            (4, 0.5, 1, 1)
        );
        let methods = [("boxed", 0.25), ("hash", 0.5)];
        assert_eq!(
            row.methods,
            methods.map(|(name, share)| (name.to_owned(), share)).into()
        );
    }
}
