//! `serl-quickstart coherence`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::output::tell;
use super::questions::Questions;
use super::tally::Tally;

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    questions: Questions,
    /// List every question that is not coherent, with the reason.
    #[arg(long)]
    list: bool,
}

impl Options {
    pub fn run(self) -> Result<()> {
        let questions = self.questions.read()?;
        let Tally { solved, reasons } = Tally::of(self.questions.domain, &questions, self.list);
        let share = solved.len() as f64 / questions.len() as f64;
        let told = json!({"questions": questions.len(), "coherent": solved.len(), "share": share, "reasons": reasons});
        tell(&told.to_string())
    }
}
