//! A template and what it gives.

use std::collections::BTreeMap;

use crate::Conversation;
use crate::error::Error;
use crate::eval;
use crate::rendered::Rendered;
use crate::syntax::ast::Tree;
use crate::syntax::parse;
use crate::value::Value;

/// A chat template, parsed.
#[derive(Debug)]
pub struct Template {
    tree: Tree,
}

/// Names that belong to the conversation, whatever a tokenizer calls its tokens.
const RESERVED: [&str; 4] = ["messages", "tools", "documents", "add_generation_prompt"];

impl Template {
    /// Parses the source of a template.
    ///
    /// # Errors
    /// What is not Jinja, with its line.
    pub fn parse(source: &str) -> Result<Self, Error> {
        Ok(Self { tree: parse(source)? })
    }

    /// The text of a conversation. `special_tokens` are the tokenizer's, by name: `bos_token`, `eos_token`, ….
    ///
    /// # Errors
    /// What the template raises or gets wrong, with its line. A template that takes more steps, handles more text or
    /// nests more deeply than any prompt needs, which takes less than a second to find out.
    pub fn render(
        &self,
        conversation: &Conversation,
        special_tokens: &BTreeMap<String, String>,
    ) -> Result<Rendered, Error> {
        let mut variables: Vec<(&str, Value)> = special_tokens
            .iter()
            .filter(|(name, _)| !RESERVED.contains(&name.as_str()))
            .map(|(name, token)| (name.as_str(), Value::from(token.as_str())))
            .collect();
        variables.extend([
            ("messages", conversation.messages()),
            ("tools", Value::None),
            ("documents", Value::None),
            ("add_generation_prompt", Value::Bool(conversation.add_generation_prompt)),
        ]);
        let text = eval::run(&self.tree, variables)?;
        Ok(Rendered::new(text.as_str().to_owned(), text.marks().to_vec()))
    }
}
