//! A finding: what the tables of a run say about one question, and how good that is.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Did the policy learn?
    Learned,
    /// Can the result be trusted?
    Trust,
    /// What did the policy write?
    Wrote,
    /// What to do next?
    Next,
}

impl Question {
    /// All of them, in the order in which they are answered.
    pub const ALL: [Self; 4] = [Self::Learned, Self::Trust, Self::Wrote, Self::Next];

    /// The question in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Learned => "Did it learn?",
            Self::Trust => "Can it be trusted?",
            Self::Wrote => "What did it write?",
            Self::Next => "What next?",
        }
    }
}

/// How good a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Look at it before you rely on the run.
    Warn,
    /// Do not rely on the run.
    Fail,
}

impl Verdict {
    /// The verdict in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What a run says about one thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Name of what was looked at; it stays the same between versions.
    pub id: &'static str,
    /// What it is about.
    pub question: Question,
    /// How good it is.
    pub verdict: Verdict,
    /// The finding in one sentence, with its figures.
    pub text: String,
    /// What to do about it, as papers or practice advise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Its figures, unrounded.
    pub figures: BTreeMap<&'static str, f64>,
}

impl Finding {
    /// A finding without figures and advice.
    pub(super) fn new(id: &'static str, question: Question, verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            id,
            question,
            verdict,
            text: text.into(),
            advice: None,
            figures: BTreeMap::new(),
        }
    }

    /// With what to do, which is said only if all is not well.
    pub(super) fn advising(mut self, advice: impl Into<String>) -> Self {
        if self.verdict > Verdict::Ok {
            self.advice = Some(advice.into());
        }
        self
    }

    /// With these figures.
    pub(super) fn with<const N: usize>(mut self, figures: [(&'static str, f64); N]) -> Self {
        self.figures.extend(figures);
        self
    }
}

/// The worse of two thresholds that `value` passes.
pub(super) fn above(value: f64, warn: f64, fail: f64) -> Verdict {
    if value > fail {
        Verdict::Fail
    } else if value > warn {
        Verdict::Warn
    } else {
        Verdict::Ok
    }
}
