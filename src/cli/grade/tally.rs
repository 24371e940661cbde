//! Counts grades and sums them up in one line.

use std::collections::BTreeMap;

use serl_answers::{Grade, Method, Status};

use crate::report::percent;

/// Counts over all rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rows: u64,
    equal: u64,
    no_answer: u64,
    no_gold: u64,
    over_budget: u64,
    methods: BTreeMap<Method, u64>,
}

impl Tally {
    /// Counts a row.
    pub(super) fn count(&mut self, grade: &Grade) {
        self.rows += 1;
        self.equal += u64::from(grade.equal);
        match grade.status {
            Status::Compared => {}
            Status::NoAnswer => self.no_answer += 1,
            Status::NoGold => self.no_gold += 1,
            Status::OverBudget => self.over_budget += 1,
        }
        if let Some(method) = grade.method {
            *self.methods.entry(method).or_default() += 1;
        }
    }

    /// The summary line. Methods come with their share of all rows, most frequent first.
    pub(super) fn told(&self) -> String {
        let share = |n: u64| percent(n as f64 / self.rows.max(1) as f64);
        let mut text = format!(
            "graded {} {}: {} equal, {} without an answer, {} over budget",
            thousands(self.rows),
            if self.rows == 1 { "pair" } else { "pairs" },
            share(self.equal),
            thousands(self.no_answer),
            thousands(self.over_budget),
        );
        if self.no_gold > 0 {
            text += &format!(", {} without a gold answer", thousands(self.no_gold));
        }
        let mut methods: Vec<(&Method, &u64)> = self.methods.iter().collect();
        methods.sort_by_key(|&(method, n)| (std::cmp::Reverse(n), method));
        let methods: Vec<String> = methods
            .into_iter()
            .map(|(method, n)| format!("{method} {}", share(*n)))
            .collect();
        if !methods.is_empty() {
            text += &format!(" ({})", methods.join(", "));
        }
        text
    }
}

/// Formats a number as `12,345`.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(method: Option<Method>, equal: bool, status: Status) -> Grade {
        Grade {
            gold_answer: Some("1".into()),
            pred_answer: (status != Status::NoAnswer).then(|| "1".into()),
            method,
            equal,
            status,
        }
    }

    #[test]
    fn the_line_has_shares_of_all_rows() {
        let mut tally = Tally::default();
        for _ in 0..1200 {
            tally.count(&grade(Some(Method::Boxed), true, Status::Compared));
        }
        for _ in 0..300 {
            tally.count(&grade(Some(Method::Bare), false, Status::Compared));
        }
        tally.count(&grade(None, false, Status::NoAnswer));
        tally.count(&grade(Some(Method::Hash), false, Status::NoGold));
        tally.count(&grade(Some(Method::Hash), false, Status::OverBudget));
        assert_eq!(
            tally.told(),
            "graded 1,503 pairs: 79.8% equal, 1 without an answer, 1 over budget, 1 without a gold answer \
             (boxed 79.8%, bare 20.0%, hash 0.1%)"
        );
        assert_eq!(
            Tally::default().told(),
            "graded 0 pairs: 0.0% equal, 0 without an answer, 0 over budget"
        );
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
