//! The grammar of a domain's stories: which sentences there are, and how a question is read strictly.
//!
//! The generator and the checker of a domain read the same forms, so that neither can know a sentence the other does
//! not. What a sentence does (its effect) is the domain's business.

use std::collections::BTreeSet;
use std::fmt;

use crate::story::template::{Lexicon, Mentions, sentences};

/// One sentence form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form<E> {
    /// The sentence with slots in braces.
    pub template: &'static str,
    /// What it does.
    pub effect: E,
}

/// The form of a template with its effect.
pub const fn form<E>(effect: E, template: &'static str) -> Form<E> {
    Form { template, effect }
}

/// The sentences of a domain by their place, and the words in them.
#[derive(Debug, Clone, Copy)]
pub struct Grammar<E: 'static> {
    /// First sentences: they introduce the person and the thing.
    pub openings: &'static [Form<E>],
    /// Middle sentences.
    pub changes: &'static [Form<E>],
    /// Last sentences: they ask. The first of them is a quick one.
    pub closings: &'static [Form<E>],
    /// What fills the slots.
    pub lexicon: Lexicon,
}

/// Why a question is not strictly coherent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Incoherence {
    /// There are fewer than two sentences, or nothing happens.
    TooShort,
    /// The first sentence introduces no person and thing.
    Opening,
    /// A middle sentence is not one of the grammar.
    Change,
    /// The last sentence is not a question of the grammar.
    Closing,
    /// More than one thing is spoken of.
    Things,
    /// More than one person is named.
    People,
    /// A pronoun does not agree with the person.
    Pronouns,
    /// A value lies outside the domain's range.
    Range,
}

impl fmt::Display for Incoherence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Incoherence::TooShort => "too short",
            Incoherence::Opening => "unknown opening",
            Incoherence::Change => "unknown middle sentence",
            Incoherence::Closing => "unknown closing",
            Incoherence::Things => "object changes",
            Incoherence::People => "person changes",
            Incoherence::Pronouns => "pronoun disagrees",
            Incoherence::Range => "value out of range",
        })
    }
}

impl<E: Copy> Grammar<E> {
    /// The sentences of a question: every one is of the grammar, in its place; the same person and the same thing
    /// throughout; pronouns that agree with the person.
    ///
    /// # Errors
    /// The first [`Incoherence`] found, in the order: sentences, thing, person, pronouns.
    pub fn read(&self, question: &str) -> Result<Vec<(E, Mentions)>, Incoherence> {
        let sentences = sentences(question.trim());
        let [opening, changes @ .., closing] = sentences.as_slice() else {
            return Err(Incoherence::TooShort);
        };
        let mut all = Vec::with_capacity(sentences.len());
        all.push(self.understand(self.openings, opening).ok_or(Incoherence::Opening)?);
        for change in changes {
            all.push(self.understand(self.changes, change).ok_or(Incoherence::Change)?);
        }
        all.push(self.understand(self.closings, closing).ok_or(Incoherence::Closing)?);
        agreement(all.iter().map(|(_, mentions)| mentions))?;
        Ok(all)
    }

    fn understand(&self, forms: &[Form<E>], sentence: &str) -> Option<(E, Mentions)> {
        forms
            .iter()
            .find_map(|form| Some((form.effect, self.lexicon.read(form.template, sentence)?)))
    }

    /// Every form.
    pub fn forms(&self) -> impl Iterator<Item = &'static Form<E>> {
        self.openings.iter().chain(self.changes).chain(self.closings)
    }

    /// The words of all sentences, each with the space before it.
    pub fn words(&self) -> BTreeSet<String> {
        let texts = self.forms().flat_map(|form| self.lexicon.texts(form.template));
        let mut words = BTreeSet::new();
        for text in texts {
            let letters = text.split(|c: char| !c.is_ascii_alphabetic());
            words.extend(letters.filter(|word| !word.is_empty()).map(|word| format!(" {word}")));
        }
        words
    }
}

fn agreement<'m>(sentences: impl Iterator<Item = &'m Mentions>) -> Result<(), Incoherence> {
    let mut whole = Mentions::default();
    for mentions in sentences {
        whole.things.extend(&mentions.things);
        whole.people.extend(&mentions.people);
        whole.genders.extend(&mentions.genders);
    }
    if whole.things.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Incoherence::Things);
    }
    if whole.people.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Incoherence::People);
    }
    let person = whole.people.first().ok_or(Incoherence::People)?;
    match whole.genders.iter().all(|gender| *gender == person.gender) {
        true => Ok(()),
        false => Err(Incoherence::Pronouns),
    }
}
