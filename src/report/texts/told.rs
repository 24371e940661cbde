//! Texts as a reader sees them.

use textwrap::{Options, wrap};

use super::{Answered, Candidate, Count, Flip, Voted};
use crate::report::show::{beginning, percent};

/// Lines of a response that are shown.
const LINES: usize = 8;
/// Different answers that are shown.
const ANSWERS: usize = 8;
/// Characters of an answer that are shown.
const ANSWER: usize = 32;

/// Something that can be read.
pub trait Told {
    /// It, in lines of at most `width` columns.
    fn told(&self, width: usize) -> String;
}

impl Told for Voted {
    fn told(&self, width: usize) -> String {
        let tie = if self.tie { ", a tie" } else { "" };
        let mut lines = vec![format!(
            "{}  {}/{}  r_mean {:.2}{tie}, {}",
            self.id,
            self.iteration,
            self.round,
            self.r_mean,
            self.fate()
        )];
        lines.extend(block("  ", &self.text, width));
        lines.extend(block("  ", &counts(&self.answers), width));
        lines.extend(self.agreeing.iter().flat_map(|sample| marked('+', &sample.text, width)));
        lines.extend(
            self.disagreeing
                .iter()
                .flat_map(|sample| marked('-', &sample.text, width)),
        );
        lines.join("\n")
    }
}

impl Told for Candidate {
    fn told(&self, width: usize) -> String {
        let reason = self.reason.replace('_', " ");
        let detail = self
            .detail
            .as_ref()
            .map(|detail| format!(" `{detail}`"))
            .unwrap_or_default();
        let mut lines = vec![format!("{}  {}  {reason}{detail}", self.id, self.iteration)];
        lines.extend(block("  ", &self.text, width));
        if let Some(nearest) = &self.nearest_text {
            lines.push(format!("  nearest, ROUGE-L {:.2}:", self.rouge_l_max));
            lines.extend(block("  ~ ", nearest, width));
        }
        lines.join("\n")
    }
}

impl Told for Answered {
    fn told(&self, width: usize) -> String {
        let labels = [&self.subject, &self.level]
            .into_iter()
            .flatten()
            .map(|label| format!("  {label}"));
        let labels: String = labels.collect();
        let sampled: usize = self.answers.iter().map(|count| count.count).sum();
        let of = match sampled {
            0 => String::new(),
            n => format!(
                ", {} of {n} samples right ({})",
                self.right,
                percent(self.right as f64 / n as f64)
            ),
        };
        let right = if self.correct { "right" } else { "wrong" };
        let mut lines = vec![format!("{} {}{labels}  {right}{of}", self.benchmark, self.id)];
        lines.extend(block("  ", &self.problem, width));
        lines.extend(block("  gold: ", &self.gold, width));
        if sampled > 0 {
            lines.extend(block("  ", &counts(&self.answers), width));
        }
        lines.extend(marked(if self.correct { '+' } else { '-' }, &self.text, width));
        lines.join("\n")
    }
}

impl Told for Flip {
    fn told(&self, width: usize) -> String {
        let (what, before, after) = if self.gained {
            ("became right", '-', '+')
        } else {
            ("became wrong", '+', '-')
        };
        let mut lines = vec![format!("{} {}  {what}", self.benchmark, self.id)];
        lines.extend(block("  ", &self.problem, width));
        lines.extend(block("  gold: ", &self.gold, width));
        lines.push("  before".to_owned());
        lines.extend(marked(before, &self.before, width));
        lines.push("  after".to_owned());
        lines.extend(marked(after, &self.after, width));
        lines.join("\n")
    }
}

/// Answers with their counts; the majority is in brackets.
fn counts(answers: &[Count]) -> String {
    let one = |count: &Count| {
        let line = |answer: &str| answer.split_whitespace().collect::<Vec<_>>().join(" ");
        let answer = count.answer.as_deref().map_or_else(|| "(none)".to_owned(), line);
        let answer = beginning(&answer, ANSWER);
        let text = format!("{answer} ×{}", count.count);
        if count.majority { format!("[{text}]") } else { text }
    };
    let mut shown: Vec<String> = answers.iter().take(ANSWERS).map(one).collect();
    if answers.len() > ANSWERS {
        shown.push(format!("and {} more", answers.len() - ANSWERS));
    }
    shown.join("  ")
}

/// A response, every line marked.
fn marked(mark: char, text: &str, width: usize) -> Vec<String> {
    let text = text.trim_end();
    let mut lines = block(
        &format!("  {mark} "),
        if text.is_empty() { "(nothing)" } else { text },
        width,
    );
    if lines.len() > LINES {
        let more = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(format!("  {mark} … {more} more lines"));
    }
    lines
}

/// Text under an indent, wrapped; its own line breaks stay.
fn block(indent: &str, text: &str, width: usize) -> Vec<String> {
    let wrapped = |line: &str| {
        let options = Options::new(width).initial_indent(indent).subsequent_indent(indent);
        let lines = wrap(line, options).into_iter();
        lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
    };
    text.lines().flat_map(wrapped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::texts::Sample;

    fn sample(text: &str) -> Option<Sample> {
        Some(Sample {
            sample: 0,
            text: text.to_owned(),
            answer: None,
        })
    }

    fn count(answer: Option<&str>, count: usize, majority: bool) -> Count {
        Count {
            answer: answer.map(str::to_owned),
            count,
            majority,
        }
    }

    fn voted() -> Voted {
        Voted {
            id: "40b7907cf0478c4f".to_owned(),
            iteration: 3,
            round: 1,
            text: "Zoe starts with 24 shells. A week later Zoe has twice as many. How many are there now?".to_owned(),
            n: 16,
            majority: Some("48".to_owned()),
            tie: true,
            r_mean: 0.4375,
            entropy: 1.0,
            reason: Some("selected".to_owned()),
            answers: vec![
                count(Some("48"), 7, true),
                count(Some("26"), 7, false),
                count(None, 2, false),
            ],
            agreeing: sample("24*2=48\n#### 48\n"),
            disagreeing: sample("1\n2\n3\n4\n5\n6\n7\n8\n9\n10"),
        }
    }

    #[test]
    fn a_vote_is_read_in_a_few_lines() {
        insta::assert_snapshot!(voted().told(60));
    }

    #[test]
    fn candidates_problems_and_flips_are_read_in_a_few_lines() {
        let candidate = Candidate {
            id: "be31781cdd4ecaa8".to_owned(),
            iteration: 3,
            text: "Max has 9 old cards. How many has he?".to_owned(),
            kept: false,
            reason: "too_similar".to_owned(),
            rouge_l_max: 0.741,
            nearest: Some("0".to_owned()),
            nearest_text: Some("Max has 6 old cards. How many has he?".to_owned()),
            detail: None,
        };
        let problem = Answered {
            benchmark: "eval".to_owned(),
            id: "73".to_owned(),
            iteration: 3,
            problem: "Anna counts 7 red books and hands 2 to an aunt. How many are left?".to_owned(),
            gold: "5".to_owned(),
            subject: Some("subtraction".to_owned()),
            level: None,
            text: "7+2=9\n#### 9".to_owned(),
            answer: Some("9".to_owned()),
            correct: false,
            answers: vec![count(Some("9"), 3, true), count(Some("5"), 1, false)],
            right: 1,
        };
        let flip = Flip {
            benchmark: "eval".to_owned(),
            id: "73".to_owned(),
            problem: problem.problem.clone(),
            gold: "5".to_owned(),
            gained: true,
            before: "#### 9".to_owned(),
            after: "7-2=5\n#### 5".to_owned(),
        };
        insta::assert_snapshot!([candidate.told(60), problem.told(60), flip.told(60)].join("\n\n"));
    }
}
