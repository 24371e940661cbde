//! The signs of an iteration as a row.

use serde::Serialize;

use crate::report::show::{ReportRow, beginning, or_dash, percent};

/// The signs of one iteration. Shares are 0..=1; `None` where the nodes that a figure comes from were not run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WarningRow {
    /// Iteration; 0 is the untouched policy.
    pub iteration: u32,
    /// Instructions voted on.
    pub instructions: Option<usize>,
    /// The majority answer of most instructions.
    pub top_majority: Option<String>,
    /// Share of the instructions with a majority that have this one. A rise means that answers collapse.
    pub top_majority_share: Option<f64>,
    /// Share of the instructions whose responses agree all.
    pub unanimous_share: Option<f64>,
    /// Share of the instructions without a majority: no response has an answer, or the reward accepts none.
    pub no_majority_share: Option<f64>,
    /// Share of the responses that ended at the length limit.
    pub truncated_share: Option<f64>,
    /// Mean share of the groups in an optimizer step that teach nothing, since all advantages are 0.
    pub zero_advantage_groups: Option<f64>,
    /// Share of the sampled held-out problems whose majority answer is not that of the iteration before.
    pub flip_rate: Option<f64>,
    /// Share of the greedy responses to held-out problems that are worked: that match the pattern.
    pub worked_share: Option<f64>,
    /// Pass@1 among these.
    pub worked_pass_at_1: Option<f64>,
    /// Kept instructions that are a held-out problem, word for word.
    pub repeated_problems: Option<usize>,
    /// Kept instructions whose ROUGE-L with a held-out problem is at least 0.7, those included.
    pub near_problems: Option<usize>,
    /// Share of the majorities of instructions trained on that are right, of those whose answer is known.
    pub selected_label_accuracy: Option<f64>,
    /// The same of the instructions that the difficulty filter dropped.
    pub dropped_label_accuracy: Option<f64>,
}

impl WarningRow {
    /// Whether no majority could be compared with a known answer.
    pub fn is_unlabelled(&self) -> bool {
        self.selected_label_accuracy.is_none() && self.dropped_label_accuracy.is_none()
    }
}

impl ReportRow for WarningRow {
    fn header(_: &[Self]) -> Vec<String> {
        let mut header: Vec<String> = [
            "iteration",
            "top answer",
            "share",
            "unanimous",
            "no majority",
            "truncated",
            "zero adv.",
            "flips",
            "worked",
            "Pass@1 worked",
            "repeats",
            "near",
        ]
        .map(String::from)
        .to_vec();
        header.extend(["right selected", "right dropped"].map(String::from));
        header
    }

    fn dispensable() -> &'static [&'static str] {
        &[
            "right dropped",
            "right selected",
            "near",
            "repeats",
            "Pass@1 worked",
            "worked",
            "no majority",
            "unanimous",
            "zero adv.",
        ]
    }

    fn cells(&self) -> Vec<String> {
        let share = |value: Option<f64>| or_dash(value, percent);
        let count = |value: Option<usize>| or_dash(value, |count| count.to_string());
        let mut cells = vec![
            self.iteration.to_string(),
            or_dash(self.top_majority.as_deref(), |answer| beginning(answer, 12)),
            share(self.top_majority_share),
            share(self.unanimous_share),
            share(self.no_majority_share),
            share(self.truncated_share),
            share(self.zero_advantage_groups),
            share(self.flip_rate),
            share(self.worked_share),
            share(self.worked_pass_at_1),
            count(self.repeated_problems),
            count(self.near_problems),
        ];
        let labels = [self.selected_label_accuracy, self.dropped_label_accuracy];
        cells.extend(labels.map(share));
        cells
    }
}
