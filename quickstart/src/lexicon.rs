//! The words of the domain: people, objects and the phrases that fill a sentence form.
//!
//! Knows no sentence and no arithmetic. The lists are short on purpose: what a question must keep constant
//! (its person and its object) is learnt by copying, and copying is learnt sooner among few candidates.

/// The grammatical gender that a person's pronouns follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// he, him, his
    Masculine,
    /// she, her, her
    Feminine,
}

impl Gender {
    /// The subject pronoun.
    pub fn subject(self) -> &'static str {
        match self {
            Gender::Masculine => "he",
            Gender::Feminine => "she",
        }
    }

    /// The object pronoun.
    pub fn object(self) -> &'static str {
        match self {
            Gender::Masculine => "him",
            Gender::Feminine => "her",
        }
    }

    /// The possessive.
    pub fn possessive(self) -> &'static str {
        match self {
            Gender::Masculine => "his",
            Gender::Feminine => "her",
        }
    }
}

/// Someone a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The given name.
    pub name: &'static str,
    /// The gender of the pronouns that stand for the name.
    pub gender: Gender,
}

const fn he(name: &'static str) -> Person {
    Person {
        name,
        gender: Gender::Masculine,
    }
}

const fn she(name: &'static str) -> Person {
    Person {
        name,
        gender: Gender::Feminine,
    }
}

/// Everyone a question can be about.
pub const PEOPLE: &[Person] = &[
    he("Tom"),
    he("Ben"),
    he("Sam"),
    he("Leo"),
    he("Max"),
    he("Jack"),
    she("Mia"),
    she("Zoe"),
    she("Eva"),
    she("Lily"),
    she("Anna"),
    she("Ruth"),
];

/// Everything a question can count.
pub const OBJECTS: &[&str] = &[
    "apples", "pens", "books", "coins", "cards", "shells", "eggs", "toys", "stamps", "balls", "cups", "keys",
];

/// When something happens.
pub const TIMES: &[&str] = &[
    "on Monday",
    "on Friday",
    "last week",
    "this morning",
    "after lunch",
    "in the summer",
    "at noon",
    "yesterday",
];

/// Where something happens.
pub const PLACES: &[&str] = &[
    "at the market",
    "at the fair",
    "in the park",
    "at school",
    "at the beach",
    "on the bus",
    "in the garden",
    "at home",
];

/// What the objects lie in.
pub const CONTAINERS: &[&str] = &["in a box", "in a bag", "in a jar", "in a basket"];

/// What equal groups of objects are put into.
pub const GROUPS: &[&str] = &["boxes", "bags", "rows", "piles"];

/// Who else takes part. None of them is a name or needs a pronoun.
pub const OTHERS: &[&str] = &[
    "a friend",
    "a cousin",
    "a neighbour",
    "the teacher",
    "the coach",
    "an aunt",
];

/// The phrase with its first letter in upper case, as it opens a sentence.
pub fn capitalised(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_capitalised_at_its_first_letter_only() {
        assert_eq!(capitalised("on Monday"), "On Monday");
        assert_eq!(capitalised(""), "");
    }

    #[test]
    fn both_genders_are_equally_frequent() {
        let masculine = PEOPLE
            .iter()
            .filter(|person| person.gender == Gender::Masculine)
            .count();
        assert_eq!(masculine * 2, PEOPLE.len());
    }
}
