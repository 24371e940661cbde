//! Sentence templates: text with slots, filled in to say something and matched to understand it.
//!
//! Knows the words that fit a slot, but not what a sentence does to the count. Slots: `{N}` a name, `{o}` the
//! object, `{n}` a number, `{he}` `{He}` `{him}` `{his}` pronouns, `{t}` `{T}` a time, `{p}` a place, `{c}` a
//! container, `{g}` equal groups, `{f}` `{F}` another party; an upper-case letter opens a sentence.

use serl_random::Stream32;

use crate::lexicon::{CONTAINERS, GROUPS, Gender, OBJECTS, OTHERS, PEOPLE, PLACES, Person, TIMES, capitalised};

/// Who and what a question is about: the words that must not change within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene {
    /// The one person named.
    pub person: Person,
    /// The one kind of object counted, in the plural.
    pub object: &'static str,
}

/// What a matched sentence mentions, in the order of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// People called by name.
    pub people: Vec<Person>,
    /// Genders of the pronouns. `her` counts once, whether object or possessive.
    pub genders: Vec<Gender>,
    /// Kinds of objects.
    pub objects: Vec<&'static str>,
    /// Numbers.
    pub numbers: Vec<u32>,
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

/// The phrases of slots that mention neither person nor object, as written in the sentence.
fn phrases(slot: &str) -> Vec<String> {
    let (list, opens): (&[&str], bool) = match slot {
        "t" => (TIMES, false),
        "T" => (TIMES, true),
        "p" => (PLACES, false),
        "c" => (CONTAINERS, false),
        "g" => (GROUPS, false),
        "f" => (OTHERS, false),
        "F" => (OTHERS, true),
        _ => return Vec::new(),
    };
    list.iter()
        .map(|phrase| match opens {
            true => capitalised(phrase),
            false => (*phrase).to_owned(),
        })
        .collect()
}

/// The sentence with the scene and the numbers put in, and free phrases drawn at random.
///
/// Numbers are used in order; a template with more `{n}` than numbers keeps the surplus slots empty.
pub fn fill(template: &str, scene: &Scene, numbers: &[u32], draw: &mut Stream32) -> String {
    let mut numbers = numbers.iter();
    pieces(template)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Slot("N") => scene.person.name.to_owned(),
            Piece::Slot("o") => scene.object.to_owned(),
            Piece::Slot("n") => numbers.next().map(u32::to_string).unwrap_or_default(),
            Piece::Slot("he") => scene.person.gender.subject().to_owned(),
            Piece::Slot("He") => capitalised(scene.person.gender.subject()),
            Piece::Slot("him") => scene.person.gender.object().to_owned(),
            Piece::Slot("his") => scene.person.gender.possessive().to_owned(),
            Piece::Slot(other) => draw.pick(&phrases(other)).clone(),
        })
        .collect()
}

/// What the sentence mentions if it is an instance of the template, word for word.
pub fn read(template: &str, sentence: &str) -> Option<Mentions> {
    read_from(&pieces(template), sentence, Mentions::default())
}

fn read_from(pieces: &[Piece<'_>], text: &str, so_far: Mentions) -> Option<Mentions> {
    let Some((piece, rest)) = pieces.split_first() else {
        return text.is_empty().then_some(so_far);
    };
    let slot = match piece {
        Piece::Text(literal) => return read_from(rest, text.strip_prefix(literal)?, so_far),
        Piece::Slot(slot) => *slot,
    };
    options(slot, text).into_iter().find_map(|(taken, mention)| {
        let mut mentions = so_far.clone();
        match mention {
            Mention::Person(person) => mentions.people.push(person),
            Mention::Gender(gender) => mentions.genders.push(gender),
            Mention::Object(object) => mentions.objects.push(object),
            Mention::Number(number) => mentions.numbers.push(number),
            Mention::Nothing => {}
        }
        read_from(rest, &text[taken..], mentions)
    })
}

enum Mention {
    Person(Person),
    Gender(Gender),
    Object(&'static str),
    Number(u32),
    Nothing,
}

/// The ways in which the text can begin with the slot: bytes taken and what that mentions.
fn options(slot: &str, text: &str) -> Vec<(usize, Mention)> {
    let pronoun = |word: fn(Gender) -> String| {
        [Gender::Masculine, Gender::Feminine]
            .into_iter()
            .map(|gender| (word(gender), Mention::Gender(gender)))
            .collect()
    };
    let candidates: Vec<(String, Mention)> = match slot {
        "N" => PEOPLE
            .iter()
            .map(|person| (person.name.to_owned(), Mention::Person(*person)))
            .collect(),
        "o" => OBJECTS
            .iter()
            .map(|object| ((*object).to_owned(), Mention::Object(object)))
            .collect(),
        "n" => return number(text).into_iter().collect(),
        "he" => pronoun(|gender| gender.subject().to_owned()),
        "He" => pronoun(|gender| capitalised(gender.subject())),
        "him" => pronoun(|gender| gender.object().to_owned()),
        "his" => pronoun(|gender| gender.possessive().to_owned()),
        other => phrases(other)
            .into_iter()
            .map(|phrase| (phrase, Mention::Nothing))
            .collect(),
    };
    candidates
        .into_iter()
        .filter(|(word, _)| text.starts_with(word.as_str()))
        .map(|(word, mention)| (word.len(), mention))
        .collect()
}

/// A number as the domain writes it: one or two digits, no leading zero.
fn number(text: &str) -> Option<(usize, Mention)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let value = text[..digits].parse().ok()?;
    let plain = digits <= 2 && !(digits == 2 && text.starts_with('0'));
    plain.then_some((digits, Mention::Number(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::{CHANGES, CLOSINGS, OPENINGS};

    fn scene() -> Scene {
        Scene {
            person: PEOPLE[6],
            object: OBJECTS[0],
        }
    }

    #[test]
    fn a_filled_template_reads_as_a_person_would_write_it() {
        let mut draw = Stream32::new(0, 0);
        let said = fill("{He} loses {n} of {his} {o}.", &scene(), &[4], &mut draw);
        assert_eq!(said, "She loses 4 of her apples.");
    }

    #[test]
    fn reading_gives_back_what_was_filled_in_for_every_form() {
        let mut draw = Stream32::new(1, 0);
        for form in OPENINGS.iter().chain(CHANGES).chain(CLOSINGS) {
            let numbers = &[12, 7][..form.template.matches("{n}").count()];
            let said = fill(form.template, &scene(), numbers, &mut draw);
            assert!(!said.contains(['{', '}']), "{said}");
            let mentions = read(form.template, &said).unwrap_or_default();
            assert_eq!(mentions.numbers, numbers, "{said}");
            assert!(mentions.people.iter().all(|person| *person == scene().person));
            assert!(mentions.objects.iter().all(|object| *object == "apples"));
        }
    }

    #[test]
    fn a_sentence_of_another_form_does_not_match() {
        assert_eq!(read("{He} loses {n} {o}.", "She loses 4 apples"), None);
        assert_eq!(read("{He} loses {n} {o}.", "She loses 104 apples."), None);
        assert_eq!(read("{He} loses {n} {o}.", "She loses 4 pears."), None);
    }

    #[test]
    fn every_slot_is_known() {
        let known = ["N", "o", "n", "he", "He", "him", "his"];
        for form in OPENINGS.iter().chain(CHANGES).chain(CLOSINGS) {
            for piece in pieces(form.template) {
                if let Piece::Slot(slot) = piece {
                    assert!(known.contains(&slot) || !phrases(slot).is_empty(), "{slot}");
                }
            }
        }
    }
}
