//! Extraction methods, and their names in configurations and tables.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A method of finding the final answer in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The last balanced `\boxed{..}`, `\fbox{..}` or `\answer{..}`, also `\boxed 5`; boxes that belong together form
    /// a list.
    Boxed,
    /// The rest of the last line that starts an answer with `####`, as in GSM8K.
    Hash,
    /// What the last "the answer is" or "answer:" announces, in many languages, also as `<answer>..</answer>` or
    /// `"answer": ".."`; or the letter of "the correct option is C".
    Phrase,
    /// A last line that is an option, `(C)`, `**C**`, `C. 42 apples`, or states one, "I choose C."; or else a first
    /// line that is only a letter.
    Choice,
    /// The whole response, if it is a single formula or value without prose: `x^2 + 1`, `5 cm`; or a last line of that
    /// kind, if it is emphasised.
    Bare,
    /// The value of the formula that ends the last paragraph: `3\sqrt{2}` of "we get $x = 3\sqrt{2}$."
    LastFormula,
    /// The number that the last sentence with numbers states: not the 5 of "34 apples in 5 boxes" or of "less than 5".
    LastNumber,
}

/// From the most explicit method to the last resort.
pub const DEFAULT_ORDER: [Method; 7] = [
    Method::Boxed,
    Method::Hash,
    Method::Phrase,
    Method::Choice,
    Method::Bare,
    Method::LastFormula,
    Method::LastNumber,
];

impl Method {
    /// The stable name, as used in configurations and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boxed => "boxed",
            Self::Hash => "hash",
            Self::Phrase => "phrase",
            Self::Choice => "choice",
            Self::Bare => "bare",
            Self::LastFormula => "last_formula",
            Self::LastNumber => "last_number",
        }
    }
}

impl Method {
    /// Whether it finds an answer by a mark or an announcement around it.
    pub(super) const fn is_mark(self) -> bool {
        matches!(self, Self::Boxed | Self::Hash | Self::Phrase)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        DEFAULT_ORDER
            .into_iter()
            .find(|method| method.name() == name)
            .ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}

/// The name of an extraction method that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMethod(String);

impl UnknownMethod {
    /// Whether the user's input is at fault. It always is: the name comes from a configuration.
    pub fn is_user_error(&self) -> bool {
        true
    }
}

impl fmt::Display for UnknownMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let valid = DEFAULT_ORDER.map(Method::name).join(", ");
        write!(f, "unknown extraction method {:?}; use some of: {valid}", self.0)
    }
}

impl Error for UnknownMethod {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for method in DEFAULT_ORDER {
            assert_eq!(method.to_string().parse(), Ok(method));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_valid_ones() {
        let error = "box".parse::<Method>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown extraction method \"box\"; use some of: \
             boxed, hash, phrase, choice, bare, last_formula, last_number"
        );
        assert!(error.is_user_error());
    }
}
