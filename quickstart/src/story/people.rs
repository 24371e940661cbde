//! The people of the stories, and their pronouns.
//!
//! The list is short on purpose: what a question must keep constant is learnt by copying, and copying is learnt sooner
//! among few candidates.

/// The grammatical gender that a person's pronouns follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// he, him, his
    Masculine,
    /// she, her, her
    Feminine,
}

impl Gender {
    /// Both, in the order in which pronouns are tried.
    pub const ALL: [Self; 2] = [Gender::Masculine, Gender::Feminine];

    /// The pronoun that a slot stands for (`he`, `He`, `him`, `his`), or `None` for any other slot.
    pub fn pronoun(self, slot: &str) -> Option<&'static str> {
        let (subject, opening, object, possessive) = match self {
            Gender::Masculine => ("he", "He", "him", "his"),
            Gender::Feminine => ("she", "She", "her", "her"),
        };
        match slot {
            "he" => Some(subject),
            "He" => Some(opening),
            "him" => Some(object),
            "his" => Some(possessive),
            _ => None,
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

/// Who else takes part. None of them is a name or needs a pronoun.
pub const OTHERS: &[&str] = &[
    "a friend",
    "a cousin",
    "a neighbour",
    "the teacher",
    "the coach",
    "an aunt",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_genders_are_equally_frequent() {
        let masculine = PEOPLE
            .iter()
            .filter(|person| person.gender == Gender::Masculine)
            .count();
        assert_eq!(masculine * 2, PEOPLE.len());
    }
}
