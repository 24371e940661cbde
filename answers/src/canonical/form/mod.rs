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
use self::split::Separator;
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
        Ok(joined(items, separator))
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

/// Several items as one: a union of intervals, an interval bounded on both sides, or else a set.
fn joined(items: Vec<Item>, separator: Separator) -> Item {
    if separator == Separator::And
        && let [a, b] = items.as_slice()
        && let Some(both) = relation::both(a, b)
    {
        return both;
    }
    // "(1, 2) or (3, 4)" are two points, "1 < x < 2 or x > 3" two intervals.
    let points = items.iter().all(|item| item.name.is_none() && item.part.is_pair());
    if separator == Separator::Or && !points {
        let parts: Option<Vec<Vec<String>>> = items.iter().map(|item| item.part.clone().united()).collect();
        if let Some(parts) = parts {
            let part = Part::Union(parts.into_iter().flatten().collect());
            return Item {
                name: items[0].name.clone(),
                part,
            };
        }
    }
    let mut names: Vec<&String> = items.iter().filter_map(|item| item.name.as_ref()).collect();
    names.sort();
    names.dedup();
    if name::are_roots(&names) {
        names.truncate(1);
    }
    // x = 1, y = 2 is not x = 2, y = 1; but x = 1, x = 2 is 1, 2.
    let named = names.len() > 1;
    let mut members = Vec::new();
    for item in items {
        let prefix = match item.name {
            Some(name) if named => format!("{name}="),
            _ => String::new(),
        };
        match item.part {
            Part::Set(more) => members.extend(more.into_iter().map(|text| prefix.clone() + &text)),
            part => members.push(prefix + &part.print()),
        }
    }
    Item {
        name: None,
        part: Part::Set(members),
    }
}
