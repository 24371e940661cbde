//! Words of a group that stand for others of it: acronyms, abbreviations and derivations.

use std::collections::{BTreeMap, BTreeSet};

use rust_stemmers::Stemmer;

use super::tokens::Token;

/// Letters of a stem that is a word of its own, and letters more that make another word out of it.
const ROOT: usize = 5;
const ENDING: usize = 3;

/// Other forms of the words of a group.
#[derive(Debug, Default)]
pub(super) struct Variants {
    /// An acronym or abbreviation: the words that it stands for.
    full: BTreeMap<String, Vec<String>>,
    /// A stem: a shorter one that it comes from.
    root: BTreeMap<String, String>,
}

impl Variants {
    /// The forms among the answers and the instruction.
    pub(super) fn of(answers: &[Vec<Token>], instruction: &[Token], stemmer: &Stemmer) -> Self {
        let texts = || answers.iter().map(Vec::as_slice).chain([instruction]);
        let words: BTreeSet<&str> = texts().flatten().map(|token| token.word.as_str()).collect();
        let mut full = BTreeMap::new();
        for acronym in texts().flatten().filter(|token| is_acronym(token)) {
            let spelled = texts().filter_map(|text| spelled(&acronym.word, text));
            // The fullest: of Franklin D. Roosevelt and Franklin Delano Roosevelt, the latter.
            let spelled = spelled.max_by_key(|words| words.concat().chars().count());
            full.extend(spelled.map(|spelled| (acronym.word.clone(), spelled)));
        }
        for abbreviation in answers.iter().flat_map(|text| abbreviations(text)) {
            let word = unabbreviated(abbreviation, &words, stemmer);
            full.extend(word.map(|word| (abbreviation.to_owned(), vec![word])));
        }
        let alphabetic = words.into_iter().filter(|word| word.chars().all(char::is_alphabetic));
        let stems: BTreeSet<String> = alphabetic.map(|word| stemmer.stem(word).into_owned()).collect();
        Self {
            full,
            root: roots(&stems),
        }
    }

    /// The words that a word stands for: itself, if it is none of another's.
    pub(super) fn words(&self, word: &str) -> Vec<String> {
        self.full.get(word).cloned().unwrap_or_else(|| vec![word.to_owned()])
    }

    /// The stem that a stem comes from: itself, if it is from no other.
    pub(super) fn root(&self, stem: &str) -> String {
        self.root.get(stem).map_or(stem, String::as_str).to_owned()
    }
}

fn is_acronym(token: &Token) -> bool {
    token.written.chars().count() >= 2 && token.written.chars().all(|c| c.is_alphabetic() && c.is_uppercase())
}

/// The successive words of a text of which the letters are the initials.
fn spelled(acronym: &str, text: &[Token]) -> Option<Vec<String>> {
    let small = ["of", "the", "and", "for", "in"];
    let words: Vec<&str> = text
        .iter()
        .map(|token| token.word.as_str())
        .filter(|word| !small.contains(word))
        .collect();
    let letters: Vec<char> = acronym.chars().collect();
    let begins = |words: &&[&str]| {
        let initials = words.iter().zip(&letters);
        initials.into_iter().all(|(word, letter)| word.starts_with(*letter)) && !words.contains(&acronym)
    };
    let found = words.windows(letters.len()).find(begins);
    found.map(|words| words.iter().map(|&word| word.to_owned()).collect())
}

/// The short words that a full stop follows within the text, or that are all of it.
fn abbreviations(text: &[Token]) -> impl Iterator<Item = &str> {
    let short =
        |token: &Token| (2..=5).contains(&token.word.chars().count()) && token.word.chars().all(char::is_alphabetic);
    let inside = move |place: usize| place + 1 < text.len() || text.len() == 1;
    let places = text.iter().enumerate();
    places
        .filter(move |(place, token)| token.stop && inside(*place) && short(token))
        .map(|(_, token)| token.word.as_str())
}

/// The only word of the group that begins with an abbreviation or, if there is none, that has its letters in order.
fn unabbreviated(short: &str, words: &BTreeSet<&str>, stemmer: &Stemmer) -> Option<String> {
    let longer = |word: &str, by: usize| word.chars().count() > short.chars().count() + by;
    let one = |found: Vec<&str>| {
        let stems: BTreeSet<_> = found.iter().map(|word| stemmer.stem(word)).collect();
        (stems.len() == 1).then(|| found[0].to_owned())
    };
    let words = || words.iter().copied();
    let beginning: Vec<&str> = words()
        .filter(|word| longer(word, 1) && word.starts_with(short))
        .collect();
    match beginning.is_empty() {
        false => one(beginning),
        true => one(words()
            .filter(|word| longer(word, 2) && contracts(short, word))
            .collect()),
    }
}

/// Whether a word begins with the first letter of `short` and has its others in order.
fn contracts(short: &str, word: &str) -> bool {
    let mut letters = word.chars();
    short.chars().next() == word.chars().next() && short.chars().all(|letter| letters.any(|other| other == letter))
}

/// Sugary comes from sugar: of stems, one may begin another.
fn roots(stems: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut by_length: Vec<&String> = stems.iter().collect();
    by_length.sort_by_key(|stem| stem.chars().count());
    let mut roots: BTreeMap<String, String> = BTreeMap::new();
    for stem in by_length {
        let ends: Vec<usize> = stem.char_indices().map(|(end, _)| end).collect();
        let shortest = ends.len().saturating_sub(ENDING).max(ROOT);
        let begun = ends.get(shortest..).unwrap_or_default().iter();
        let Some(begun) = begun.map(|&end| &stem[..end]).find(|&begun| stems.contains(begun)) else {
            continue;
        };
        let root = roots.get(begun).map_or(begun, String::as_str).to_owned();
        roots.insert(stem.clone(), root);
    }
    roots
}
