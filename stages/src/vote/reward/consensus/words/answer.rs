//! An answer as it is compared.

use std::collections::BTreeSet;

use super::asides::Parts;
use super::context::Context;
use super::dates::is_weekday;
use super::figures::Figures;
use super::lists::list;
use super::polarity::{contrary, side, start};
use super::tokens::{Piece, Token, tokens};
use super::vocabulary::{is_content, is_hedge, is_negation};

/// What an answer says.
pub(super) struct Answer {
    /// Stems that the instruction lacks; all, if there are no others and no figures.
    pub(super) said: BTreeSet<String>,
    /// Stems that are only added.
    pub(super) added: BTreeSet<String>,
    pub(super) figures: Figures,
    /// Whether its figures are estimates.
    pub(super) estimated: bool,
    /// Whether its negations and contraries are odd in number.
    pub(super) negated: bool,
    /// Yes, no, or neither.
    pub(super) side: Option<bool>,
    /// Those of its stems that are names.
    pub(super) names: BTreeSet<String>,
    /// First letters of names: the Q in `John Q. Adams`.
    pub(super) initials: BTreeSet<char>,
    /// What it lists.
    pub(super) list: Option<BTreeSet<String>>,
}

impl Answer {
    pub(super) fn of(pieces: &[Piece], context: &Context<'_>) -> Self {
        let Parts { core, additions } = Parts::of(pieces, context);
        let tokens = tokens(&core);
        let (figures, words) = Figures::read(&tokens);
        let start = start(&words);
        let words = &words[usize::from(start.is_some())..];
        let ends = |token: &Token| tokens.last().is_some_and(|last| std::ptr::eq(last, token));
        let mut terms = Terms::default();
        for (place, token) in words.iter().enumerate() {
            terms.add(token, words.get(place + 1).copied(), ends(token), context);
        }
        let negations = words.iter().filter(|token| is_negation(&token.word)).count();
        let negations = if context.negated { 0 } else { negations };
        let negated = (negations + terms.contraries) % 2 == 1;
        let new: BTreeSet<String> = terms.stems.iter().filter(|stem| !context.asks(stem)).cloned().collect();
        let side = start.or_else(|| match context.claim() {
            Some(claim) => side(words, &terms.stems, negated, claim),
            None => (negated && terms.stems.is_empty() && figures.is_empty()).then_some(false),
        });
        let said = if new.is_empty() && figures.is_empty() {
            terms.stems
        } else {
            new
        };
        let added: BTreeSet<String> = added(&additions, context).difference(&said).cloned().collect();
        Self {
            list: list(&core, context),
            estimated: tokens.iter().any(|token| is_hedge(&token.word)),
            names: terms.names,
            initials: terms.initials,
            said,
            added,
            figures,
            negated,
            side,
        }
    }
}

/// The words that say something.
#[derive(Default)]
struct Terms {
    stems: BTreeSet<String>,
    names: BTreeSet<String>,
    initials: BTreeSet<char>,
    contraries: usize,
}

impl Terms {
    /// Adds a word. `last`: the answer ends with it, so that a full stop makes it no initial.
    fn add(&mut self, token: &Token, next: Option<&Token>, last: bool, context: &Context<'_>) {
        if !is_said(token) {
            return;
        }
        let mut letters = token.word.chars();
        if let (Some(letter), None, true) = (letters.next(), letters.next(), token.stop && !last) {
            self.initials.insert(letter);
            return;
        }
        // A capital says nothing where a sentence begins, unless another follows.
        let named = !token.begins || next.is_some_and(Token::is_capital);
        for word in context.words(&token.word) {
            let contrary = contrary(&word, context);
            self.contraries += usize::from(contrary.is_some());
            let stem = context.root(&contrary.unwrap_or(word));
            if named && token.is_capital() && !is_weekday(&token.word) {
                self.names.insert(stem.clone());
            }
            self.stems.insert(stem);
        }
    }
}

/// The stems of what is only added.
fn added(additions: &[Token], context: &Context<'_>) -> BTreeSet<String> {
    let (_, words) = Figures::read(additions);
    let words = words.into_iter().filter(|token| is_said(token));
    let words = words.flat_map(|token| context.words(&token.word));
    words.map(|word| context.root(&word)).collect()
}

fn is_said(token: &Token) -> bool {
    is_content(&token.word) && token.word.starts_with(char::is_alphanumeric)
}
