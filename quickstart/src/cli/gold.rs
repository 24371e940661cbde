//! `serl-quickstart gold`.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use serl_quickstart::export::lines;

use super::output::tell;
use super::questions::Questions;
use super::tally::Tally;

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    questions: Questions,
    /// File to write: one row `{"problem": …, "answer": …}` per different question that has an answer.
    #[arg(short, long)]
    output: PathBuf,
    /// List every question that cannot be solved, with the reason.
    #[arg(long)]
    list: bool,
}

impl Options {
    pub fn run(self) -> Result<()> {
        let mut seen = HashSet::new();
        let mut questions = self.questions.read()?;
        let count = questions.len();
        questions.retain(|question| seen.insert(question.clone()));
        let Tally { solved, reasons } = Tally::of(self.questions.domain, &questions, self.list);
        let unsolved: usize = reasons.values().sum();
        let rows = solved
            .iter()
            .map(|problem| json!({"problem": problem.question, "answer": problem.answer}));
        lines(&self.output, rows)?;
        let told = json!({
            "questions": count, "repeated": count - questions.len(), "solved": solved.len(), "unsolved": unsolved,
            "reasons": reasons,
        });
        tell(&told.to_string())
    }
}
