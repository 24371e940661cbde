//! The form of an answer: the values that it gives, and how they are combined.
//!
//! | file | what it reads |
//! |---|---|
//! | here | lists: `3, 5, 7`, `x = 1 \text{ or } x = 2` |
//! | `sentence` | "It is Tuesday", "Yes, it is" |
//! | `condition` | the end of `k\pi, k \in \mathbb{Z}`, which says nothing |
//! | `relation` | `x = 5`, `y = 2x + 1`, `1 < x \le 2` |
//! | `collection` | `\{1, 2\}`, `(1, 2)`, `[0, 1) \cup (2, \infty)` |
//! | `difference` | `\mathbb{R} \setminus \{3\}`, "all real numbers except 3" |
//! | `system` | `\begin{cases} x = 1 \\ y = 2 \end{cases}` |
//! | `matrix` | `\begin{pmatrix} … \end{pmatrix}` |
//! | `notation`, `base`, `spelled` | `3:30 p.m.`, `2:3`, `52_8`, `\infty`, `Radius: 5` |
//!
//! Anything else is a scalar expression or, if it is not an expression, text.

mod base;
mod collection;
mod condition;
mod difference;
mod joined;
mod matrix;
mod name;
mod notation;
mod part;
mod reader;
mod relation;
mod sentence;
mod spelled;
mod split;
mod system;
mod trim;

use self::part::Part;
use self::reader::{Item, Reader, Unread};
use super::lexer::Token;
use super::{parse, text};
use crate::budget::{MAX_DEPTH, OverBudget, Steps};

/// Cost of reading an item, and of each of its tokens: several readings are tried until one fits.
const ITEM_STEPS: u64 = 20;
const TOKEN_STEPS: u64 = 4;

/// The tokens without those around the value.
pub(super) fn trimmed<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    trim::trim(tokens)
}

/// The text by which the answer `tokens` is compared.
pub(super) fn read(tokens: &[Token<'_>]) -> Result<String, OverBudget> {
    let mut reader = Reader {
        steps: Steps::new(),
        depth: 0,
    };
    let tokens = sentence::value(tokens);
    match reader.answer(tokens, true) {
        Ok(item) => Ok(item.part.print()),
        Err(Unread::Over(over)) => Err(over),
        Err(Unread::NotMath) => Ok(text::print(trim::unqualified(tokens))),
    }
}

impl Reader {
    /// A list, or a single item.
    fn answer(&mut self, tokens: &[Token<'_>], thousands: bool) -> Result<Item, Unread> {
        let tokens = trim::unqualified(condition::without(trim::unqualified(tokens)));
        let (items, separator) = split::list(tokens, thousands);
        if items.len() == 1 {
            return self.item(items[0]);
        }
        // "one hundred and five"
        if let Some(part) = spelled::read(tokens) {
            return Ok(Item { name: None, part });
        }
        // "all real numbers except 1 and 2"
        if let Some(item) = difference::read(self, tokens).or_else(Unread::or_none)? {
            return Ok(item);
        }
        if let Some(item) = difference::excluded(self, &items)? {
            return Ok(item);
        }
        let items = items
            .iter()
            .map(|item| self.item(item))
            .collect::<Result<Vec<Item>, Unread>>()?;
        Ok(joined::item(items, separator))
    }

    /// A single item; one that cannot be read is text.
    fn item(&mut self, tokens: &[Token<'_>]) -> Result<Item, Unread> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(OverBudget::Depth.into());
        }
        let tokens = trim::unqualified(tokens);
        self.steps.take(ITEM_STEPS + TOKEN_STEPS * tokens.len() as u64)?;
        let item = match self.formula(tokens) {
            Err(Unread::NotMath) => Ok(Item {
                name: None,
                part: Part::Text(text::print(tokens)),
            }),
            read => read,
        };
        self.depth -= 1;
        item
    }

    fn formula(&mut self, tokens: &[Token<'_>]) -> Result<Item, Unread> {
        let readers = [
            system::read,
            difference::read,
            relation::read,
            notation::labelled,
            collection::union,
            matrix::read,
            notation::read,
            collection::read,
        ];
        for read in readers {
            if let Some(item) = read(self, tokens)? {
                return Ok(item);
            }
        }
        let expr = parse::scalar(tokens)?.ok_or(Unread::NotMath)?;
        let part = self.scalar(&expr)?;
        Ok(Item { name: None, part })
    }
}
