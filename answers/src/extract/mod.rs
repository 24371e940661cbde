//! Finds the final answer in a response.
//!
//! Knows only the response: not the prompt, so that an answer can never be taken from a question, and not the meaning
//! of an answer. A response without an answer is a value, not an error.
//!
//! | step | room | what it does |
//! |---|---|---|
//! | cut | `turn`, `think` | to the turn that answers, and to what follows its reasoning |
//! | marks | `boxed`, `hash`, `phrase` | the last one in the text wins |
//! | announcements | `phrase`, `language`, `structured` | "the answer is", 答案是, `<answer>`, `"answer":` |
//! | values | `value`, `explained`, `lead`, `reason`, `tail` | what of an announced sentence is the value |
//! | corrections | `correction` | "No wait, it's B" |
//! | sentences | `quantity`, `context` | which number a sentence states |
//! | options | `choice`, `stated`, `verdict` | which option letter a line states |
//! | last resorts | `bare`, `formula`, `number`, `refusal` | in texts without a mark that do not give up |

mod bare;
mod blank;
mod boxed;
mod choice;
mod context;
mod correction;
mod explained;
mod formula;
mod found;
mod hash;
mod label;
mod language;
mod lead;
mod literal;
mod math;
mod method;
mod notation;
mod number;
mod option;
mod phrase;
mod quantity;
mod reason;
mod refusal;
mod sentence;
mod spoken;
mod stated;
mod structured;
mod tail;
mod think;
mod together;
mod turn;
mod value;
mod verdict;
mod words;

pub(crate) use choice::ends_in_list;
pub use method::{DEFAULT_ORDER, Method, UnknownMethod};
pub(crate) use option::{is_ideograph, leading_letter};
pub(crate) use reason::cut as without_reason;
pub(crate) use sentence::last as last_sentence;
pub(crate) use words::{WEIGHING, strip_any_word};

use serde::{Deserialize, Serialize};

use self::found::{Found, later};
use crate::script;

/// The final answer of a response, as written; several boxes or formulas are joined by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extraction {
    /// The text of the answer, trimmed and never empty; `None` if there is no answer.
    pub answer: Option<String>,
    /// The method that found it; `Some` exactly if `answer` is.
    pub method: Option<Method>,
}

/// Applies the methods of `order` to `response` until one of them finds an answer.
///
/// Boxes, `####` and phrases mark an answer. Of those in `order`, whichever stands last in the response counts, because
/// models correct themselves as they go; `order` decides between them and the others. An announced answer gives way to
/// one that takes it back, "No wait, it's B", and a response that gives up has no number. Each method takes time linear
/// in the length of the response.
///
/// Only the first turn of a response is searched: not what follows a mark of a chat template, nor a question that the
/// model asks itself after its answer. Text inside `<think>` tags is searched only if nothing follows them. Digits and
/// letters of other scripts (`５`, `٥`) are read as ASCII.
pub fn extract(response: &str, order: &[Method]) -> Extraction {
    let response = script::plain(response);
    let texts = searched(&response);
    let mut marked = false;
    order
        .iter()
        .find_map(|&method| {
            if !method.is_mark() {
                let answer = texts.iter().find_map(|text| answer(text, method))?;
                return Some((method, answer));
            }
            if std::mem::replace(&mut marked, true) {
                return None;
            }
            texts.iter().find_map(|text| last_mark(text, order))
        })
        .map(|(method, answer)| Extraction {
            answer: Some(answer),
            method: Some(method),
        })
        .unwrap_or_default()
}

/// The texts of a response to search, last one first; see [`think::searched`].
pub(crate) fn searched(response: &str) -> Vec<&str> {
    let answered = |text: &str| {
        let marked = last_mark(text, &DEFAULT_ORDER).is_some();
        marked || choice::find(text).is_some() || bare::find(text).is_some()
    };
    let turn = turn::first(response);
    think::searched(turn::before_question(turn, answered))
}

/// The answer that the last of the marks in `order` gives, with its method.
fn last_mark(text: &str, order: &[Method]) -> Option<(Method, String)> {
    let wanted = |method: Method| order.contains(&method);
    let said = |found: &Found<'_>| !found.text.trim().is_empty();
    let marked = |method: Method, from: usize| {
        let found = wanted(method).then(|| mark(text, method, from)).flatten();
        found.filter(said).map(|found| (method, found))
    };
    let last = later(marked(Method::Boxed, 0), marked(Method::Hash, 0));
    // A phrase before a mark cannot be the last.
    let from = last
        .as_ref()
        .map_or(0, |(_, found)| if found.firm { found.at } else { 0 });
    let (method, found) = later(last, marked(Method::Phrase, from))?;
    Some((method, found.text.trim().to_owned()))
}

fn mark(text: &str, method: Method, from: usize) -> Option<Found<'_>> {
    match method {
        Method::Boxed => boxed::find(text),
        Method::Hash => hash::find(text),
        Method::Phrase => phrase::find(text, from),
        _ => None,
    }
}

/// The answer that a method without a mark finds, trimmed and not empty.
fn answer(text: &str, method: Method) -> Option<String> {
    let found = match method {
        Method::Choice => choice::find(text),
        Method::Bare => bare::find(text),
        Method::LastFormula | Method::LastNumber if refusal::ends(text) => None,
        Method::LastFormula => formula::find(text),
        Method::LastNumber => number::find(text),
        Method::Boxed | Method::Hash | Method::Phrase => None,
    };
    let answer = found?.trim();
    (!answer.is_empty()).then(|| answer.to_owned())
}

#[cfg(test)]
mod tests;
