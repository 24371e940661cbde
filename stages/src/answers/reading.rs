//! Reading the final answer of a response, once for voting and evaluation alike.

use serl_answers::vote::Ballot;
use serl_answers::{Canonical, Extraction, Method, canonical, extract};
use serl_artifacts::tables::ParseStatus;

use crate::config::prompt::AnswersConfig;
use crate::error::StageError;

/// The final answer of a response, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The answer as written.
    pub answer: Option<String>,
    /// Its canonical form.
    pub canonical: Option<String>,
    /// The extraction method that found it.
    pub method: Option<String>,
    /// Whether there is an answer that can be compared.
    pub status: ParseStatus,
}

impl Reading {
    /// The answer as a vote; none where there is none that can be compared.
    pub fn ballot(&self) -> Option<Ballot> {
        let (answer, canonical) = self.answer.clone().zip(self.canonical.clone())?;
        Some(Ballot { answer, canonical })
    }
}

/// The extraction methods of the configuration, in order.
pub(crate) fn order(config: &AnswersConfig) -> Result<Vec<Method>, StageError> {
    let parse = |name: &String| {
        name.parse::<Method>().map_err(|e| StageError::Config {
            key: "answers.order",
            reason: e.to_string(),
        })
    };
    config.order.iter().map(parse).collect()
}

/// Reads the final answer of a response. Only the response is read, never the prompt.
pub(crate) fn read(response: &str, order: &[Method]) -> Reading {
    of(extract(response, order))
}

/// Reads an answer that was found.
pub(crate) fn of(found: Extraction) -> Reading {
    let method = found.method.map(|m| m.to_string());
    let Some(answer) = found.answer else {
        return Reading {
            answer: None,
            canonical: None,
            method,
            status: ParseStatus::NoAnswer,
        };
    };
    let (canonical, status) = match canonical(&answer) {
        Ok(form) => (Some(text(&form)), ParseStatus::Parsed),
        Err(_over_budget) => (None, ParseStatus::OverBudget),
    };
    Reading {
        answer: Some(answer),
        canonical,
        method,
        status,
    }
}

fn text(form: &Canonical) -> String {
    form.as_str().to_owned()
}
