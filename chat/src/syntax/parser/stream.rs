//! The tokens that are still to be parsed.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::syntax::ast::{Macro, Special};
use crate::syntax::token::{Kind, Token};

/// How deeply tags, brackets and prefixes may be nested in each other. Python gives up at about 60 parentheses.
pub(super) const MAX_NESTING: usize = 100;

/// A cursor over the tokens of a template.
pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Special names that were mentioned in each of the macros around here, the innermost last.
    pub macros: Vec<Special>,
    /// For each macro around here, how many loops there are around here inside of it; the template itself is first.
    pub loops: Vec<usize>,
    /// For each loop around here, whether its body mentions `loop`.
    pub mentions: Vec<bool>,
    /// The blocks so far.
    pub blocks: Vec<Arc<Macro>>,
}

impl Parser {
    pub fn new(tokens: Vec<Token>) -> Self {
        Self {
            tokens,
            at: 0,
            depth: 0,
            macros: Vec::new(),
            loops: vec![0],
            mentions: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// The current token. The last one, [`Kind::End`], is never passed.
    pub fn kind(&self) -> &Kind {
        self.ahead(0)
    }

    pub fn ahead(&self, by: usize) -> &Kind {
        self.tokens.get(self.at + by).map_or(&Kind::End, |token| &token.kind)
    }

    pub fn line(&self) -> u32 {
        let token = self.tokens.get(self.at).or_else(|| self.tokens.last());
        token.map_or(1, |token| token.line)
    }

    pub fn next(&mut self) -> Kind {
        let kind = self.kind().clone();
        self.at = (self.at + 1).min(self.tokens.len());
        kind
    }

    pub fn skip(&mut self, by: usize) {
        self.at = (self.at + by).min(self.tokens.len());
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.kind(), Kind::Symbol(found) if *found == symbol)
    }

    pub fn is_name(&self, name: &str) -> bool {
        matches!(self.kind(), Kind::Name(found) if found == name)
    }

    pub fn skip_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.skip(usize::from(found));
        found
    }

    pub fn skip_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.skip(usize::from(found));
        found
    }

    pub fn expect_symbol(&mut self, symbol: &str) -> Result<()> {
        if self.skip_symbol(symbol) {
            return Ok(());
        }
        self.unexpected(&format!("`{symbol}`"))
    }

    pub fn expect_name(&mut self, name: &str) -> Result<()> {
        if self.skip_name(name) {
            return Ok(());
        }
        self.unexpected(&format!("`{name}`"))
    }

    pub fn expect(&mut self, kind: &Kind) -> Result<()> {
        if self.kind() == kind {
            self.skip(1);
            return Ok(());
        }
        self.unexpected(&kind.shown())
    }

    /// Any name.
    pub fn name(&mut self) -> Result<String> {
        match self.kind() {
            Kind::Name(name) => {
                let name = name.clone();
                self.skip(1);
                Ok(name)
            }
            _ => self.unexpected("a name"),
        }
    }

    pub fn unexpected<T>(&self, expected: &str) -> Result<T> {
        self.fail(format!("expected {expected}, found {}", self.kind().shown()))
    }

    pub fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(Error::new(message).at(self.line()))
    }

    /// Parses something one level deeper.
    pub fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == MAX_NESTING {
            return self.fail(format!("nested more than {MAX_NESTING} deep"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}
