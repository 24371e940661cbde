//! Where a data set has the options of its multiple-choice problems.
//!
//! Knows names of columns; [`super::options`] reads the values.

use serl_artifacts::Digest;
use serl_artifacts::dataset::Record;

use super::columns::{Data, shown, value};
use super::options::{LETTERED, Options, letters, text};
use crate::error::StageError;

/// The name that stands for no column: the problems have no options.
const NONE: &str = "none";

/// Columns that hold all options.
pub(super) const COLUMNS: [&str; 8] = [
    "choices",
    "options",
    "answer_choices",
    "endings",
    "alternatives",
    "question.choices",
    "question.options",
    "extra_info.choices",
];

/// What stands before the letter or number of an option in the name of its own column.
const PREFIXES: [&str; 10] = [
    "", "option", "option_", "option ", "opt", "op", "choice", "choice_", "ending", "answer",
];

/// More prefixes whose options are numbered.
const NUMBERED: [&str; 2] = ["sol", "ans"];

/// Columns of wrong options that come without their order, with the column of the right one.
const WRONG: [(&str, &[&str]); 2] = [
    ("distractor", &["correct_answer"]),
    ("incorrect answer ", &["correct answer"]),
];

/// Where the options are.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// In one column.
    Column(String),
    /// In a column for each, with its letter or number.
    Separate(Vec<(String, String)>),
    /// In columns of wrong options, and that of the right one.
    Wrong {
        /// The columns of the wrong options.
        wrong: Vec<String>,
        /// The column of the right one.
        right: String,
    },
}

/// The names of all columns that may hold options.
pub(super) fn names() -> Vec<String> {
    let mut names: Vec<String> = COLUMNS.map(String::from).to_vec();
    let prefixes = PREFIXES.iter().chain(&NUMBERED);
    names.extend(prefixes.flat_map(|prefix| labels().map(move |label| format!("{prefix}{label}"))));
    for (wrong, right) in WRONG {
        names.extend((1..LETTERED).map(|number| format!("{wrong}{number}")));
        names.extend(right.iter().map(|name| (*name).to_owned()));
    }
    names
}

fn labels() -> impl Iterator<Item = String> {
    let letters = letters().take(LETTERED).map(|letter| letter.to_lowercase().to_string());
    letters.chain((0..=LETTERED).map(|number| number.to_string()))
}

impl Place {
    /// Where a data set has its options, if it has any: in `wanted`, or in one of the usual columns. `wanted` may name
    /// a column for each option, separated by commas, or be `none`.
    ///
    /// # Errors
    /// There is no column `wanted`.
    pub(super) fn find(data: &Data<'_>, key: &str, wanted: &str) -> Result<Option<Self>, StageError> {
        if wanted == NONE && !data.has(wanted) {
            return Ok(None);
        }
        if !wanted.is_empty() {
            let whole = data.has(wanted);
            let names: Vec<&str> = wanted.split(',').map(str::trim).collect();
            if whole || names.len() == 1 {
                return Ok(Some(Self::Column(data.column(key, wanted, &[])?)));
            }
            let column = |(letter, name): (char, &str)| Ok((letter.to_string(), data.column(key, name, &[])?));
            let columns: Result<Vec<_>, StageError> = letters().zip(names).map(column).collect();
            return Ok(Some(Self::Separate(columns?)));
        }
        let column = COLUMNS.iter().find(|name| data.has(name));
        Ok(match column {
            Some(name) => Some(Self::Column((*name).to_owned())),
            None => separate(data).or_else(|| wrong(data)),
        })
    }

    /// The options of a row; `None` if it has none.
    ///
    /// # Errors
    /// What the value is instead.
    pub(super) fn options(&self, record: &Record) -> Result<Option<Options>, String> {
        let options = match self {
            Self::Column(name) => match value(record, name) {
                None => None,
                Some(options) => Options::of(options).map_err(|reason| format!("column {} {reason}", shown(name)))?,
            },
            Self::Separate(columns) => {
                let filled = columns.iter().filter_map(|(label, name)| {
                    let text = text(value(record, name)?)?;
                    Some((label.clone(), text))
                });
                let (labels, texts) = filled.unzip();
                Some(Options::new(Some(labels), texts))
            }
            Self::Wrong { wrong, right } => {
                let names = wrong.iter().chain([right]);
                let mut texts: Vec<String> = names.filter_map(|name| text(value(record, name)?)).collect();
                // Any order that does not tell which one is right will do, if it is always the same.
                texts.sort_by_key(|text| Digest::of(text.as_bytes()));
                Some(Options::new(None, texts))
            }
        };
        Ok(options.filter(|options| !options.texts.is_empty()))
    }
}

/// A column for each option: the prefix with most columns, from the first letter or number on.
fn separate(data: &Data<'_>) -> Option<Place> {
    let series = |prefix: &str, labels: &mut dyn Iterator<Item = String>| {
        let columns = labels.map(|label| (label.clone(), format!("{prefix}{label}")));
        // A letter alone may mean anything; options have capitals.
        let has = |name: &String| data.has(name) && (!prefix.is_empty() || data.has_exactly(name));
        columns.take_while(|(_, name)| has(name)).collect::<Vec<_>>()
    };
    let lettered = PREFIXES
        .iter()
        .map(|prefix| series(prefix, &mut letters().map(|letter| letter.to_string())));
    let numbered =
        PREFIXES.iter().skip(1).chain(&NUMBERED).flat_map(|prefix| {
            [0, 1].map(|from| series(prefix, &mut (from..=LETTERED).map(|number| number.to_string())))
        });
    let found = lettered.chain(numbered).filter(|columns| columns.len() > 1);
    found.max_by_key(Vec::len).map(Place::Separate)
}

fn wrong(data: &Data<'_>) -> Option<Place> {
    WRONG.iter().find_map(|(prefix, rights)| {
        let wrong = (1..LETTERED).map(|number| format!("{prefix}{number}"));
        let wrong: Vec<String> = wrong.take_while(|name| data.has(name)).collect();
        let right = rights.iter().find(|name| data.has(name))?;
        let right = (*right).to_owned();
        (!wrong.is_empty()).then_some(Place::Wrong { wrong, right })
    })
}
