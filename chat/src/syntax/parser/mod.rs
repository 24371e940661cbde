//! From tokens to a tree, by recursive descent to a bounded depth.

mod expression;
mod postfix;
mod statement;
mod stream;

use super::ast::Tree;
use super::lexer;
use crate::error::Result;
use stream::Parser;

/// The tree of a template.
///
/// # Errors
/// Names the line of what is not Jinja, or of what is nested too deeply.
pub(crate) fn parse(source: &str) -> Result<Tree> {
    let mut parser = Parser::new(lexer::tokens(source)?);
    let (body, _) = parser.body(&[])?;
    let blocks = parser.blocks;
    Ok(Tree { body, blocks })
}
