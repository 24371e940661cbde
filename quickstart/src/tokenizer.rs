//! The word-level tokenizer of the tiny policy, and its `tokenizer.json`.
//!
//! Knows the words of a domain and the format that the Hugging Face `tokenizers` library reads. A BPE model
//! without merges that looks whole pieces up first (`ignore_merges`): words of the domain and the numbers
//! 0..=99 are one token, anything else falls back to single characters, and to `<unk>` beyond ASCII.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use crate::domain::Domain;
use crate::vocabulary::{BOS, LIST_HEAD, SPECIALS, UNKNOWN};

/// How text is cut into pieces before the vocabulary is asked: `####`, a word with the space before it, one or
/// two digits, one space, one other character.
const PIECE_PATTERN: &str = r"####| ?[A-Za-z]+|\d\d?|\s|[^\sA-Za-z\d]";

/// The vocabulary with its encoder.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    tokens: Vec<String>,
    ids: HashMap<String, u32>,
}

impl Tokenizer {
    /// The tokenizer of the domain: the same on every call.
    pub fn new(domain: &dyn Domain) -> Self {
        let characters = (' '..='~').chain(['\n']).map(String::from);
        let numbers = (10..=99).map(|number: u32| number.to_string());
        let mut seen = BTreeSet::new();
        let tokens: Vec<String> = SPECIALS
            .iter()
            .map(|special| (*special).to_owned())
            .chain(characters)
            .chain(numbers)
            .chain(words(domain))
            .filter(|token| seen.insert(token.clone()))
            .collect();
        let ids = (0..).zip(&tokens).map(|(id, token)| (token.clone(), id));
        Self {
            ids: ids.collect(),
            tokens,
        }
    }

    /// Number of tokens, specials included.
    pub fn vocab_size(&self) -> usize {
        self.tokens.len()
    }

    /// The id of a token of the vocabulary.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    /// Token ids of a text; special tokens written in it are recognised, none are added.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let piece = special(rest).unwrap_or_else(|| piece(rest));
            match self.ids.get(piece) {
                Some(id) => ids.push(*id),
                None => ids.extend(piece.chars().map(|c| self.character(c))),
            }
            rest = &rest[piece.len()..];
        }
        ids
    }

    fn character(&self, character: char) -> u32 {
        let unknown = SPECIALS.len() as u32 - 1;
        self.id(character.encode_utf8(&mut [0; 4])).unwrap_or(unknown)
    }

    /// The text of token ids, special tokens left out; ids outside the vocabulary are skipped.
    pub fn decode(&self, ids: &[u32]) -> String {
        ids.iter()
            .filter(|id| **id >= SPECIALS.len() as u32)
            .filter_map(|id| self.tokens.get(*id as usize))
            .map(String::as_str)
            .collect()
    }

    /// The contents of `tokenizer.json`.
    pub fn to_json(&self) -> Value {
        let vocab: Map<String, Value> = (0u32..)
            .zip(&self.tokens)
            .map(|(id, token)| (token.clone(), id.into()))
            .collect();
        let added: Vec<Value> = (0u32..)
            .zip(SPECIALS)
            .map(|(id, content)| {
                json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": true})
            })
            .collect();
        json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": null,
            "pre_tokenizer": {"type": "Split", "pattern": {"Regex": PIECE_PATTERN}, "behavior": "Isolated",
                "invert": false},
            // A text begins as the documents do.
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": BOS, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {BOS: {"id": BOS, "ids": [1], "tokens": [BOS]}},
            },
            "decoder": {"type": "Fuse"},
            "model": {"type": "BPE", "dropout": null, "unk_token": UNKNOWN, "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": true,
                "vocab": vocab, "merges": []},
        })
    }
}

/// The words of the domain and those of the list prompt.
fn words(domain: &dyn Domain) -> Vec<String> {
    let mut words = domain.words();
    let mut rest = LIST_HEAD;
    while !rest.is_empty() {
        let next = piece(rest);
        words.insert(next.to_owned());
        rest = &rest[next.len()..];
    }
    std::iter::once("####".to_owned()).chain(words).collect()
}

fn special(text: &str) -> Option<&'static str> {
    SPECIALS.iter().copied().find(|special| text.starts_with(special))
}

/// The first piece of a non-empty text, as [`PIECE_PATTERN`] cuts it.
fn piece(text: &str) -> &str {
    let run =
        |from: usize, most: usize, class: fn(&u8) -> bool| text.bytes().skip(from).take(most).take_while(class).count();
    let space = usize::from(text.starts_with(' '));
    let letters = run(space, usize::MAX, u8::is_ascii_alphabetic);
    let digits = run(0, 2, u8::is_ascii_digit);
    let length = match text {
        _ if text.starts_with("####") => 4,
        _ if letters > 0 => space + letters,
        _ if digits > 0 => digits,
        _ => text.chars().next().map_or(0, char::len_utf8),
    };
    &text[..length]
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use proptest::prelude::*;
    use serl_random::Stream32;

    use super::*;
    use crate::domains::DOMAINS;
    use crate::problem::Problem;
    use crate::vocabulary::{BOS, END};

    fn problem(domain: &dyn Domain, draw: &mut Stream32) -> Problem {
        domain.problem(draw, &[1, 2, 3])
    }

    #[test]
    fn ids_are_distinct_and_specials_come_first() {
        for domain in DOMAINS {
            let tokenizer = Tokenizer::new(*domain);
            assert_eq!(tokenizer.id(BOS), Some(1));
            assert_eq!(tokenizer.id(END), Some(4));
            assert_eq!(tokenizer.ids.len(), tokenizer.vocab_size());
        }
    }

    #[test]
    fn numbers_are_one_token_and_unknown_words_fall_back_to_letters() {
        let tokenizer = Tokenizer::new(DOMAINS[0]);
        for number in 0..=99 {
            assert_eq!(tokenizer.encode(&number.to_string()).len(), 1);
        }
        assert_eq!(tokenizer.encode("xyz").len(), 3);
        assert_eq!(tokenizer.encode("é"), [5]);
        assert_eq!(tokenizer.encode("<bos>A<|end|>").len(), 3);
    }

    #[test]
    fn the_json_means_the_same_to_the_tokenizers_library() -> Result<(), Box<dyn Error + Send + Sync>> {
        for domain in DOMAINS {
            let ours = Tokenizer::new(*domain);
            let theirs: tokenizers::Tokenizer = ours.to_json().to_string().parse()?;
            let mut draw = Stream32::new(0, 0);
            let mut texts: Vec<String> = (0..50).map(|_| problem(*domain, &mut draw).question).collect();
            let odd = [
                "<bos><|user|> xyz 123 é~\n\n#### 7<|end|>",
                "  two  spaces",
                "",
                "#####",
            ];
            texts.extend(odd.map(str::to_owned));
            for text in texts {
                let encoded = theirs.encode(text.as_str(), false)?;
                assert_eq!(encoded.get_ids(), ours.encode(&text), "{text}");
                let decoded = theirs.decode(encoded.get_ids(), true)?;
                assert_eq!(decoded, ours.decode(encoded.get_ids()), "{text}");
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn a_problem_is_whole_words_and_round_trips(seed: u64) {
            for domain in DOMAINS {
                let tokenizer = Tokenizer::new(*domain);
                let problem = problem(*domain, &mut Stream32::new(seed, 0));
                let text = format!(" {}\n{}", problem.question, problem.worked());
                let ids = tokenizer.encode(&text);
                prop_assert_eq!(tokenizer.decode(&ids), text.clone());
                let is_letter = |token: &str| token.len() == 1 && token.chars().all(|c| c.is_ascii_alphabetic());
                let letters = ids.iter().filter(|id| is_letter(&tokenizer.tokens[**id as usize]));
                prop_assert_eq!(letters.count(), 0, "{}", text);
            }
        }

        #[test]
        fn any_printable_text_round_trips(text in "[ -~\n]{0,60}") {
            let tokenizer = Tokenizer::new(DOMAINS[0]);
            prop_assume!(SPECIALS.iter().all(|special| !text.contains(special)));
            prop_assert_eq!(tokenizer.decode(&tokenizer.encode(&text)), text);
        }
    }
}
