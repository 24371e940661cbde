//! Rules about a single instruction: length, keywords, beginnings.

use regex::Regex;
use serl_artifacts::tables::FilterReason;

use super::rouge::split_words;
use crate::config::FilterConfig;
use crate::error::StageError;

/// The rules of a [`FilterConfig`], compiled.
pub(crate) struct Rules<'a> {
    config: &'a FilterConfig,
    keyword: Option<Regex>,
}

/// Why an instruction is unfit, with the word or beginning that shows it.
pub(crate) type Unfit = (FilterReason, Option<String>);

impl<'a> Rules<'a> {
    /// # Errors
    /// More keywords than one expression can hold.
    pub(crate) fn new(config: &'a FilterConfig) -> Result<Self, StageError> {
        let keywords = config.keywords.iter().filter(|k| !k.is_empty());
        let words: Vec<String> = keywords.map(|k| regex::escape(k)).collect();
        let keyword = if words.is_empty() {
            None
        } else {
            let expression = format!(r"(?i)\b(?:{})\b", words.join("|"));
            let too_many = |e: regex::Error| StageError::Config {
                key: "filter.keywords",
                reason: e.to_string(),
            };
            Some(Regex::new(&expression).map_err(too_many)?)
        };
        Ok(Self { config, keyword })
    }

    /// The first rule that `text` breaks.
    pub(crate) fn check(&self, text: &str) -> Option<Unfit> {
        let words = split_words(text).count() as u32;
        if words < self.config.min_words {
            return Some((FilterReason::TooShort, None));
        }
        if words > self.config.max_words {
            return Some((FilterReason::TooLong, None));
        }
        if let Some(found) = self.keyword.as_ref().and_then(|k| k.find(text)) {
            return Some((FilterReason::Keyword, Some(found.as_str().to_lowercase())));
        }
        self.beginning(text).map(|begin| (FilterReason::Prefix, Some(begin)))
    }

    fn beginning(&self, text: &str) -> Option<String> {
        let lower = text.to_lowercase();
        if let Some(prefix) = self
            .config
            .prefixes
            .iter()
            .find(|p| lower.starts_with(&p.to_lowercase()))
        {
            return Some(prefix.clone());
        }
        let first = text.chars().next()?;
        // A formula may open an instruction: `$x^2 = 4$. Find x.`, `\(x\)`.
        let unfit = !first.is_ascii() || (first.is_ascii_punctuation() && !"$\\([\"'".contains(first));
        (self.config.plain_start && unfit).then(|| first.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<Unfit> {
        Rules::new(&FilterConfig::default()).unwrap().check(text)
    }

    #[test]
    fn keywords_are_whole_words_of_any_case() {
        assert_eq!(
            reason("Look at the Image and count."),
            Some((FilterReason::Keyword, Some("image".into())))
        );
        assert_eq!(reason("A drawer holds 3 imaginary pens."), None);
    }

    #[test]
    fn beginnings() {
        assert_eq!(
            reason("Write a program that adds"),
            Some((FilterReason::Prefix, Some("write a program".into())))
        );
        assert_eq!(
            reason("? what is this here"),
            Some((FilterReason::Prefix, Some("?".into())))
        );
        assert_eq!(reason("$x^2 = 4$. Find all x."), None);
        assert_eq!(
            reason("Été has how many letters?"),
            Some((FilterReason::Prefix, Some("É".into())))
        );
    }

    #[test]
    fn lengths_count_words() {
        assert_eq!(reason("Add 1"), Some((FilterReason::TooShort, None)));
        assert_eq!(reason(&"word ".repeat(151)), Some((FilterReason::TooLong, None)));
    }
}
