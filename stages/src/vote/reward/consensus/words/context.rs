//! What a group of answers says about the words of each of them.

use std::collections::BTreeSet;

use rust_stemmers::Stemmer;

use super::tokens::{Piece, Token, pieces, tokens};
use super::variants::Variants;
use super::vocabulary::{is_auxiliary, is_content, is_function, is_negation, is_no, is_yes};

/// The instruction and the different answers to it.
pub(super) struct Context<'s> {
    stemmer: &'s Stemmer,
    /// Stems of the instruction.
    asked: BTreeSet<String>,
    /// Stems of what a yes/no question asks; none: the instruction is no such question.
    claim: Option<BTreeSet<String>>,
    /// Whether the instruction has a negation.
    pub(super) negated: bool,
    /// Stems of the group.
    known: BTreeSet<String>,
    variants: Variants,
}

impl<'s> Context<'s> {
    pub(super) fn of(instruction: &str, answers: &[Vec<Piece>], stemmer: &'s Stemmer) -> Self {
        let asked = tokens(&pieces(instruction));
        let answers: Vec<Vec<Token>> = answers.iter().map(|pieces| tokens(pieces)).collect();
        let stems = |tokens: &[Token], keep: fn(&str) -> bool| -> BTreeSet<String> {
            let words = tokens.iter().map(|token| token.word.as_str());
            words
                .filter(|word| keep(word))
                .map(|word| stemmer.stem(word).into_owned())
                .collect()
        };
        let is = |word: &str| asked.iter().any(|token| token.word == word);
        let decided = asked.first().is_some_and(|first| is_auxiliary(&first.word)) && !is("or");
        let claim = || {
            let mut claim = stems(&asked[1..], is_content);
            claim.insert("true".to_owned());
            claim
        };
        let mut known: BTreeSet<String> = answers.iter().flat_map(|tokens| stems(tokens, |_| true)).collect();
        known.extend(stems(&asked, |_| true));
        Self {
            claim: decided.then(claim),
            negated: asked.iter().any(|token| is_negation(&token.word)),
            known,
            variants: Variants::of(&answers, &asked, stemmer),
            asked: stems(&asked, |word| !is_function(word)),
            stemmer,
        }
    }

    /// Stems of what a yes/no question asks; none: the instruction is no such question.
    pub(super) const fn claim(&self) -> Option<&BTreeSet<String>> {
        self.claim.as_ref()
    }

    /// Whether the instruction has this stem.
    pub(super) fn asks(&self, stem: &str) -> bool {
        self.asked.contains(stem)
    }

    /// Whether the group has a form of this word.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.known.contains(&self.stem(word))
    }

    pub(super) fn stem(&self, word: &str) -> String {
        self.stemmer.stem(word).into_owned()
    }

    /// The words that a word stands for.
    pub(super) fn words(&self, word: &str) -> Vec<String> {
        self.variants.words(word)
    }

    /// The stem of the word that this one comes from.
    pub(super) fn root(&self, word: &str) -> String {
        self.variants.root(&self.stem(word))
    }

    /// Whether a part of an answer has a word that answers: one that the instruction lacks.
    pub(super) fn is_answered(&self, part: &[Piece]) -> bool {
        let new = |word: &str| is_content(word) && !is_yes(word) && !is_no(word) && !self.asks(&self.stem(word));
        part.iter().filter_map(Piece::word).any(new)
    }
}
