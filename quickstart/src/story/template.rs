//! Sentence templates: text with slots, filled in to say something and matched to understand it.
//!
//! Knows the words that fit a slot, but not what a sentence means. Slots: `{N}` a name, `{o}` the thing, `{n}` a
//! number, `{d}` a value that is a word, `{he}` `{He}` `{him}` `{his}` pronouns; others are free phrases of the
//! lexicon, and an upper-case letter opens a sentence.

use serl_random::Stream32;

use crate::story::people::{Gender, PEOPLE, Person};

/// The words of a domain that fill its slots.
#[derive(Debug, Clone, Copy)]
pub struct Lexicon {
    /// What a story can be about.
    pub things: &'static [&'static str],
    /// Values that are words.
    pub values: &'static [&'static str],
    /// Free phrases by lower-case slot.
    pub phrases: &'static [(&'static str, &'static [&'static str])],
}

/// Who and what a question is about: the words that must not change within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene {
    /// The one person named.
    pub person: Person,
    /// The one thing it is about.
    pub thing: &'static str,
}

/// What a matched sentence mentions, in the order of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// People called by name.
    pub people: Vec<Person>,
    /// Genders of the pronouns. `her` counts once, whether object or possessive.
    pub genders: Vec<Gender>,
    /// Things.
    pub things: Vec<&'static str>,
    /// Numbers.
    pub numbers: Vec<u32>,
    /// Values that are words.
    pub values: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Piece<'t> {
    Text(&'t str),
    Slot(&'t str),
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (slot, behind) = after.split_once('}').unwrap_or((after, ""));
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Slot(slot));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// The phrase with its first letter in upper case, as it opens a sentence.
pub fn capitalised(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[derive(Debug, Clone, Copy)]
enum Mention {
    Person(Person),
    Gender(Gender),
    Thing(&'static str),
    Number(u32),
    Value(&'static str),
    Nothing,
}

impl Mentions {
    fn note(&mut self, mention: Mention) {
        match mention {
            Mention::Person(person) => self.people.push(person),
            Mention::Gender(gender) => self.genders.push(gender),
            Mention::Thing(thing) => self.things.push(thing),
            Mention::Number(number) => self.numbers.push(number),
            Mention::Value(value) => self.values.push(value),
            Mention::Nothing => {}
        }
    }
}

impl Lexicon {
    /// The phrases of a slot that mentions neither person nor thing nor value, as written in the sentence.
    fn phrases(&self, slot: &str) -> Vec<String> {
        let lower = slot.to_lowercase();
        let list = self.phrases.iter().find(|(name, _)| *name == lower);
        let phrases = list.map(|(_, phrases)| *phrases).unwrap_or_default().iter();
        match slot == lower {
            true => phrases.map(|phrase| (*phrase).to_owned()).collect(),
            false => phrases.map(|phrase| capitalised(phrase)).collect(),
        }
    }

    /// Everything that can fill a slot other than `{n}`, with what it mentions.
    fn candidates(&self, slot: &str) -> Vec<(String, Mention)> {
        let words = |list: &[&'static str], mention: fn(&'static str) -> Mention| {
            list.iter().map(|word| ((*word).to_owned(), mention(word))).collect()
        };
        match slot {
            "N" => PEOPLE
                .iter()
                .map(|person| (person.name.to_owned(), Mention::Person(*person)))
                .collect(),
            "o" => words(self.things, Mention::Thing),
            "d" => words(self.values, Mention::Value),
            "he" | "He" | "him" | "his" => Gender::ALL
                .into_iter()
                .filter_map(|gender| Some((gender.pronoun(slot)?.to_owned(), Mention::Gender(gender))))
                .collect(),
            other => self
                .phrases(other)
                .into_iter()
                .map(|phrase| (phrase, Mention::Nothing))
                .collect(),
        }
    }

    /// The sentence with the scene and the values put in, and free phrases drawn at random.
    ///
    /// `values` fill `{n}` and `{d}` in order; a template with more of them keeps the surplus slots empty.
    pub fn fill(&self, template: &str, scene: &Scene, values: &[String], draw: &mut Stream32) -> String {
        let mut values = values.iter();
        pieces(template)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Slot("N") => scene.person.name.to_owned(),
                Piece::Slot("o") => scene.thing.to_owned(),
                Piece::Slot("n" | "d") => values.next().cloned().unwrap_or_default(),
                Piece::Slot(slot) => match scene.person.gender.pronoun(slot) {
                    Some(pronoun) => pronoun.to_owned(),
                    None => draw.pick(&self.phrases(slot)).clone(),
                },
            })
            .collect()
    }

    /// What the sentence mentions if it is an instance of the template, word for word.
    pub fn read(&self, template: &str, sentence: &str) -> Option<Mentions> {
        self.read_from(&pieces(template), sentence, Mentions::default())
    }

    fn read_from(&self, pieces: &[Piece<'_>], text: &str, so_far: Mentions) -> Option<Mentions> {
        let Some((piece, rest)) = pieces.split_first() else {
            return text.is_empty().then_some(so_far);
        };
        let slot = match piece {
            Piece::Text(literal) => return self.read_from(rest, text.strip_prefix(literal)?, so_far),
            Piece::Slot(slot) => *slot,
        };
        self.options(slot, text).into_iter().find_map(|(taken, mention)| {
            let mut mentions = so_far.clone();
            mentions.note(mention);
            self.read_from(rest, &text[taken..], mentions)
        })
    }

    /// The ways in which the text can begin with the slot: bytes taken and what that mentions.
    fn options(&self, slot: &str, text: &str) -> Vec<(usize, Mention)> {
        match slot {
            "n" => number(text).into_iter().collect(),
            _ => self
                .candidates(slot)
                .into_iter()
                .filter(|(word, _)| text.starts_with(word.as_str()))
                .map(|(word, mention)| (word.len(), mention))
                .collect(),
        }
    }

    /// The texts that a template can contain: what is written in it, and what fills its slots, numbers left out.
    pub fn texts(&self, template: &str) -> Vec<String> {
        let of = |piece: Piece<'_>| match piece {
            Piece::Text(text) => vec![text.to_owned()],
            Piece::Slot(slot) => self.candidates(slot).into_iter().map(|(text, _)| text).collect(),
        };
        pieces(template).into_iter().flat_map(of).collect()
    }

    /// A slot of the template that nothing can fill.
    #[cfg(test)]
    pub fn unknown_slot<'t>(&self, template: &'t str) -> Option<&'t str> {
        pieces(template).into_iter().find_map(|piece| match piece {
            Piece::Slot(slot) if slot != "n" && self.candidates(slot).is_empty() => Some(slot),
            _ => None,
        })
    }
}

/// A number as the domains write it: one or two digits, no leading zero.
fn number(text: &str) -> Option<(usize, Mention)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let value = text[..digits].parse().ok()?;
    let plain = digits <= 2 && !(digits == 2 && text.starts_with('0'));
    plain.then_some((digits, Mention::Number(value)))
}

/// The text cut behind every full stop or question mark that a single space follows.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut sentences = Vec::new();
    while let Some(at) = rest.find(". ").or_else(|| rest.find("? ")) {
        sentences.push(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    sentences.push(rest);
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEXICON: Lexicon = Lexicon {
        things: &["apples", "pens"],
        values: &["Monday", "Friday"],
        phrases: &[("t", &["at noon", "yesterday"])],
    };

    fn scene() -> Scene {
        Scene {
            person: PEOPLE[6],
            thing: "apples",
        }
    }

    #[test]
    fn a_filled_template_reads_as_a_person_would_write_it() {
        let mut draw = Stream32::new(0, 0);
        let values = ["4", "Friday"].map(str::to_owned);
        let said = LEXICON.fill("{He} loses {n} of {his} {o} on {d}.", &scene(), &values, &mut draw);
        assert_eq!(said, "She loses 4 of her apples on Friday.");
    }

    #[test]
    fn reading_gives_back_what_was_filled_in() {
        let mut draw = Stream32::new(1, 0);
        let values = ["4", "Friday"].map(str::to_owned);
        let template = "{T} {N} gives {him} {n} {o} on {d}.";
        let said = LEXICON.fill(template, &scene(), &values, &mut draw);
        let expected = Mentions {
            people: vec![scene().person],
            genders: vec![Gender::Feminine],
            things: vec!["apples"],
            numbers: vec![4],
            values: vec!["Friday"],
        };
        assert_eq!(LEXICON.read(template, &said), Some(expected));
    }

    #[test]
    fn a_sentence_of_another_form_does_not_match() {
        for sentence in ["She loses 4 apples", "She loses 104 apples.", "She loses 4 pears."] {
            assert_eq!(LEXICON.read("{He} loses {n} {o}.", sentence), None);
        }
    }

    #[test]
    fn the_texts_of_a_template_are_those_of_its_slots() {
        assert_eq!(
            LEXICON.texts("On {d} {T}."),
            ["On ", "Monday", "Friday", " ", "At noon", "Yesterday", "."]
        );
        assert_eq!(LEXICON.unknown_slot("{N} {n} {x}"), Some("x"));
    }

    #[test]
    fn a_phrase_is_capitalised_at_its_first_letter_only() {
        assert_eq!(capitalised("on Monday"), "On Monday");
        assert_eq!(capitalised(""), "");
    }
}
