//! From the text of a template to its tree.

pub(crate) mod ast;
mod lexer;
mod literal;
mod parser;
mod token;

pub(crate) use parser::parse;
