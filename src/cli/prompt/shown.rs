//! A prompt as it is printed.

use std::fmt::Write;

use serde::Serialize;
use serl_lm::Tokenizer;
use serl_stages::config::PromptFormat;
use serl_stages::preview::Prompt;

use crate::terminal::printable;

/// A token: its id, and how the vocabulary writes it.
#[derive(Debug, Serialize)]
struct Token {
    id: u32,
    piece: String,
}

/// What `serl prompt` prints.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    format: PromptFormat,
    text: String,
    ids: Vec<u32>,
    pieces: Vec<String>,
    /// The begin token of the model, if it has one.
    bos: Option<Token>,
    /// Whether the prompt begins with it.
    begins_with_bos: bool,
    /// Tokens that end a response.
    ends: Vec<Token>,
}

impl Shown {
    pub fn new(tokenizer: &Tokenizer, format: PromptFormat, prompt: &Prompt) -> Self {
        let piece = |id: u32| tokenizer.piece(id).unwrap_or_default();
        let token = |id: u32| Token { id, piece: piece(id) };
        let bos = tokenizer.bos_id();
        Self {
            format,
            text: prompt.text.text().to_owned(),
            ids: prompt.tokens.clone(),
            pieces: prompt.tokens.iter().map(|id| piece(*id)).collect(),
            bos: bos.map(token),
            begins_with_bos: bos.is_some() && prompt.tokens.first().copied() == bos,
            ends: tokenizer.eos_ids().iter().map(|id| token(*id)).collect(),
        }
    }

    /// The text form, with nothing that a terminal would obey.
    pub fn to_text(&self) -> String {
        let format = match self.format {
            PromptFormat::Chat => "chat template",
            PromptFormat::Raw => "raw text",
        };
        let mut out = format!(
            "prompt ({format}):\n{}\n\n{} tokens:\n",
            printable(&self.text),
            self.ids.len()
        );
        for (id, piece) in self.ids.iter().zip(&self.pieces) {
            // Writing to a text cannot fail.
            let _ = writeln!(out, "{id:>8}  {}", one_line(piece));
        }
        let begin = match &self.bos {
            None => "the model names none".to_owned(),
            Some(bos) if self.begins_with_bos => format!("{}, which the prompt begins with", named(bos)),
            Some(bos) => format!("{}, which the prompt does not begin with", named(bos)),
        };
        let ends: Vec<String> = self.ends.iter().map(named).collect();
        let ends = if ends.is_empty() {
            "none".to_owned()
        } else {
            ends.join(", ")
        };
        let _ = write!(out, "\nbegin token: {begin}\nends of a response: {ends}");
        out
    }
}

fn named(token: &Token) -> String {
    format!("{} ({})", one_line(&token.piece), token.id)
}

fn one_line(piece: &str) -> String {
    printable(piece).replace('\n', "\\n").replace('\t', "\\t")
}
