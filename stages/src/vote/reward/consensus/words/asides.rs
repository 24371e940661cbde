//! What an answer says, and what it only adds.

use super::context::Context;
use super::tokens::{Piece, Token, tokens};
use super::vocabulary::is_contrast;

/// Parts between commas of which the later ones can be additions.
const PARTS: usize = 3;

/// An answer without what it says to be something else.
pub(super) struct Parts {
    /// What it says.
    pub(super) core: Vec<Piece>,
    /// What it adds: the other may say it or not.
    pub(super) additions: Vec<Token>,
}

impl Parts {
    /// The parts of an answer. What follows `rather than`, a semicolon or a dash is dropped. What is in brackets or
    /// after a comma is an addition, or dropped if it begins with a contrast such as `not`. But an answer does not end
    /// at any of these before it has said something.
    pub(super) fn of(answer: &[Piece], context: &Context<'_>) -> Self {
        let mut core = answer.to_vec();
        let cut = |core: &mut Vec<Piece>, at: Option<usize>| -> Option<Vec<Piece>> {
            let at = at.filter(|&at| context.is_answered(&core[..at]))?;
            Some(core.split_off(at))
        };
        let aside = place(&core, is_aside);
        cut(&mut core, aside);
        let mut additions = bracketed(&mut core);
        let pause = place(&core, |rest| rest[0] == Piece::Break);
        cut(&mut core, pause);
        let meaning = place(&core, |rest| after_comma(rest, is_meaning));
        additions.extend(cut(&mut core, meaning));
        let commas = core.iter().filter(|piece| **piece == Piece::Comma).count();
        if (1..PARTS).contains(&commas) && !core.iter().any(joins) {
            let ends = (0..core.len()).filter(|&at| core[at] == Piece::Comma);
            let end = ends.into_iter().find(|&at| context.is_answered(&core[..at]));
            additions.extend(cut(&mut core, end));
        } else {
            let contrast = place(&core, |rest| after_comma(rest, is_turn));
            cut(&mut core, contrast);
        }
        additions.retain(|addition| !first(addition).is_some_and(is_contrast));
        Self {
            core,
            additions: additions.iter().flat_map(|addition| tokens(addition)).collect(),
        }
    }
}

/// The first place from which on `holds`.
fn place(pieces: &[Piece], holds: impl Fn(&[Piece]) -> bool) -> Option<usize> {
    (0..pieces.len()).find(|&at| holds(&pieces[at..]))
}

fn first(pieces: &[Piece]) -> Option<&str> {
    pieces.iter().find_map(Piece::word)
}

/// Takes out what is in brackets, unless nothing else is there.
fn bracketed(core: &mut Vec<Piece>) -> Vec<Vec<Piece>> {
    let (mut outside, mut inside) = (core.clone(), Vec::new());
    while let Some(open) = place(&outside, |rest| rest[0] == Piece::Open) {
        let Some(close) = outside[open..].iter().position(|piece| *piece == Piece::Close) else {
            break;
        };
        inside.push(outside.drain(open..=open + close).collect());
    }
    if first(&outside).is_some() {
        *core = outside;
    }
    inside
}

/// `after`, `rather than` and the like, with words on both sides.
fn is_aside(rest: &[Piece]) -> bool {
    match (rest[0].word(), rest.get(1).and_then(Piece::word)) {
        (Some("after" | "before" | "unlike"), Some(_)) => true,
        (Some("rather"), Some("than")) | (Some("instead"), Some("of")) => rest.len() > 2,
        _ => false,
    }
}

fn after_comma(rest: &[Piece], holds: fn(&[Piece]) -> bool) -> bool {
    rest[0] == Piece::Comma && holds(&rest[1..])
}

/// `i.e.`, `that is`, `aka`, `or`.
fn is_meaning(rest: &[Piece]) -> bool {
    match (rest.first().and_then(Piece::word), rest.get(1).and_then(Piece::word)) {
        (Some("i"), Some("e")) | (Some("that"), Some("is")) => true,
        (Some(word), _) => ["aka", "or"].contains(&word),
        (None, _) => false,
    }
}

fn is_turn(rest: &[Piece]) -> bool {
    let turns = ["but", "not", "even", "rather", "though", "although", "unlike"];
    rest.first()
        .and_then(Piece::word)
        .is_some_and(|word| turns.contains(&word))
}

fn joins(piece: &Piece) -> bool {
    piece.word().is_some_and(|word| ["and", "or", "&"].contains(&word))
}
