//! The numbers that shape the warm-start documents.
//!
//! Knows no text. Everything a rebuild needs to give the same documents is here or in the seed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::Domain;
use crate::domains;
use crate::error::QuickstartError;
use crate::model::Shape;

/// Fewest steps of a working that can be hurried: two in one line are soon learnt.
pub const HURRIED_STEPS: usize = 3;

/// How the data of a warm start is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Name of the domain.
    pub domain: String,
    /// Numbers of steps of a problem, each as likely as it is frequent here.
    pub lengths: Vec<usize>,
    /// Whether the held-out problems say their number of steps, as `level`.
    pub levels: bool,
    /// Evaluation problems.
    pub eval: usize,
    /// Seed problems.
    pub seeds: usize,
    /// Validation problems.
    pub validation: usize,
    /// Tokens of one optimizer step of the training that the documents are meant for: documents come in blocks
    /// of one kind that fill a step.
    pub batch_tokens: usize,
    /// Number of blocks.
    pub batches: usize,
    /// Share of the blocks that are lists of questions, in the first half of the blocks.
    pub lists: f64,
    /// Share of the blocks that are lists of questions, in the second half.
    pub lists_late: f64,
    /// Share of the blocks that are bare equations, until `two_operations_until`; a third of it after that.
    pub drills: f64,
    /// Share of the answered questions whose loss covers the question as well.
    pub told: f64,
    /// Until this fraction of the blocks, `told` applies; after it the loss covers answers only.
    pub told_until: f64,
    /// Until this fraction of the blocks, answered questions have one operation.
    pub one_operation_until: f64,
    /// Until this fraction of the blocks, answered questions have at most two operations.
    pub two_operations_until: f64,
    /// Until this fraction of the blocks, a list is a single question: copying the person and the object is
    /// learnt first, then which question to copy them from.
    pub single_questions_until: f64,
    /// Until this fraction of the blocks, lists are short (at most 3 questions); after it half of them are.
    pub short_lists_until: f64,
    /// From this fraction of the blocks on, some answers are off-hand, and some workings hurried.
    pub off_hand_from: f64,
    /// Probability of an off-hand answer after a quick closing phrase, from `off_hand_from` on.
    pub off_hand_quick: f64,
    /// Probability of an off-hand answer after any other closing phrase, from `off_hand_from` on.
    pub off_hand_other: f64,
    /// What an off-hand answer is.
    pub off_hand_answer: OffHand,
    /// Probability that the working of at least [`HURRIED_STEPS`] steps is hurried, after a quick closing phrase.
    pub hurried_quick: f64,
    /// The same after any other closing phrase.
    pub hurried_other: f64,
    /// The policy that is to be trained on the documents.
    pub shape: Shape,
}

/// What is answered off-hand, that is without working.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffHand {
    /// The right answer. The policy cannot know it without working: it learns to guess near it.
    Right,
    /// The last value that the question says: wrong, and another one for every question.
    LastSaid,
    /// Always the same text: wrong, and unanimous.
    Always(String),
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            domain: "arithmetic".to_owned(),
            lengths: vec![1, 2, 2, 2, 3, 3, 3],
            levels: false,
            eval: 500,
            seeds: 500,
            validation: 200,
            batch_tokens: 2048,
            batches: 2500,
            lists: 0.42,
            lists_late: 0.42,
            drills: 0.25,
            told: 0.15,
            told_until: 1.0,
            one_operation_until: 0.15,
            two_operations_until: 0.3,
            single_questions_until: 0.12,
            short_lists_until: 0.3,
            off_hand_from: 0.75,
            off_hand_quick: 0.75,
            off_hand_other: 0.2,
            off_hand_answer: OffHand::Right,
            hurried_quick: 0.0,
            hurried_other: 0.0,
            shape: Shape::default(),
        }
    }
}

/// More held-out problems than this would thin out the exercises left for training.
const MOST_HELD_OUT: usize = 20_000;
/// Longer stories than this would run out of sentence forms and of the range of numbers.
const MOST_STEPS: usize = 4;

/// Fields that are left out of `recipe.json` where they have their default: it is older than they are.
const LATER: [&str; 6] = [
    "domain",
    "lengths",
    "levels",
    "off_hand_answer",
    "hurried_quick",
    "hurried_other",
];

impl Recipe {
    /// The domain of that name.
    ///
    /// # Errors
    /// [`QuickstartError::Domain`] if there is none.
    pub fn domain(&self) -> Result<&'static dyn Domain, QuickstartError> {
        domains::named(&self.domain).ok_or_else(|| QuickstartError::Domain {
            name: self.domain.clone(),
            names: domains::names(),
        })
    }

    /// The recipe as `recipe.json` has it. The same data come from it as from the whole recipe.
    pub fn to_json(&self) -> Value {
        let [mut written, usual] = [self, &Self::default()].map(|recipe| json!(recipe));
        if let Value::Object(fields) = &mut written {
            fields.retain(|name, value| !LATER.contains(&name.as_str()) || usual.get(name) != Some(value));
        }
        written
    }

    /// Checks that data can be made from the recipe.
    ///
    /// # Errors
    /// [`QuickstartError::Recipe`] naming the first field out of range.
    pub fn check(&self) -> Result<(), QuickstartError> {
        let shares = [
            ("lists", self.lists),
            ("lists_late", self.lists_late),
            ("drills", self.drills),
            ("lists + drills", self.lists + self.drills),
            ("lists_late + drills", self.lists_late + self.drills),
            ("told", self.told),
            ("told_until", self.told_until),
            ("one_operation_until", self.one_operation_until),
            ("two_operations_until", self.two_operations_until),
            ("single_questions_until", self.single_questions_until),
            ("short_lists_until", self.short_lists_until),
            ("off_hand_from", self.off_hand_from),
            ("off_hand_quick", self.off_hand_quick),
            ("off_hand_other", self.off_hand_other),
            ("hurried_quick", self.hurried_quick),
            ("hurried_other", self.hurried_other),
        ];
        for (field, share) in shares {
            require(field, share, (0.0..=1.0).contains(&share), "within 0..=1")?;
        }
        let held_out = self.eval.saturating_add(self.seeds).saturating_add(self.validation);
        require(
            "eval + seeds + validation",
            held_out,
            held_out <= MOST_HELD_OUT,
            "at most 20000",
        )?;
        let lengths = &self.lengths;
        let possible = !lengths.is_empty() && lengths.iter().all(|length| (1..=MOST_STEPS).contains(length));
        require(
            "lengths",
            format!("{lengths:?}"),
            possible,
            "numbers from 1 to 4, at least one",
        )?;
        let Shape { hidden, heads, .. } = self.shape;
        let even_heads = hidden > 0 && heads > 0 && hidden % (2 * heads) == 0;
        require("shape.hidden", hidden, even_heads, "a multiple of 2 * shape.heads")
    }
}

fn require(
    field: &'static str,
    value: impl ToString,
    holds: bool,
    expected: &'static str,
) -> Result<(), QuickstartError> {
    match holds {
        true => Ok(()),
        false => Err(QuickstartError::Recipe {
            field,
            value: value.to_string(),
            expected,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_recipe_is_sound() {
        assert!(Recipe::default().check().is_ok());
    }

    #[test]
    fn a_field_out_of_range_is_named() {
        let message = |recipe: Recipe| recipe.check().err().map(|error| error.to_string());
        let lists = Recipe {
            lists: 1.5,
            ..Recipe::default()
        };
        assert!(message(lists).is_some_and(|text| text.contains("lists = 1.5")));
        let endless = Recipe {
            lengths: vec![2, 9],
            ..Recipe::default()
        };
        assert!(message(endless).is_some_and(|text| text.contains("lengths = [2, 9]")));
        let headless = Recipe {
            shape: Shape {
                heads: 0,
                ..Shape::default()
            },
            ..Recipe::default()
        };
        assert!(message(headless).is_some_and(|text| text.contains("shape.hidden")));
    }

    #[test]
    fn a_written_recipe_has_later_fields_only_where_they_differ() -> Result<(), serde_json::Error> {
        let usual = Recipe::default().to_json();
        assert!(LATER.iter().all(|field| usual.get(field).is_none()), "{usual}");
        let unusual = Recipe {
            domain: "calendar".to_owned(),
            off_hand_answer: OffHand::Always("0".to_owned()),
            ..Recipe::default()
        };
        let written = unusual.to_json();
        assert_eq!(written["off_hand_answer"], json!({"always": "0"}));
        assert_eq!(serde_json::from_value::<Recipe>(written)?, unusual);
        Ok(())
    }
}
