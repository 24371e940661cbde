//! The options of a multiple-choice problem, in the shapes that data sets have them, and how the policy is shown them.

use serde_json::Value;

use super::columns::kind;

/// Options have letters up to this one's number; more of them have none.
pub(super) const LETTERED: usize = 10;

/// What comes between a question and its options.
const HEADING: &str = "\nAnswer Choices: ";

/// The letters of options by position.
pub(super) fn letters() -> impl Iterator<Item = char> {
    'A'..='Z'
}

/// The options of one problem.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Options {
    /// The letters or numbers that the data set gives them.
    pub(super) labels: Option<Vec<String>>,
    /// Their texts, without labels.
    pub(super) texts: Vec<String>,
}

impl Options {
    pub(super) fn new(labels: Option<Vec<String>>, texts: Vec<String>) -> Self {
        let labels = labels.filter(|labels| labels.len() == texts.len());
        let own: Option<Vec<(char, &str)>> = texts.iter().map(|text| label(text)).collect();
        // Labels in the texts count if they are A, B, C and so on, and there are no others.
        let own = own.filter(|own| {
            let found: Vec<String> = own.iter().map(|(letter, _)| letter.to_string()).collect();
            let expected: Vec<String> = letters().take(own.len()).map(String::from).collect();
            found == expected && labels.as_ref().is_none_or(|labels| *labels == found)
        });
        match own {
            Some(own) => Self {
                labels: Some(own.iter().map(|(letter, _)| letter.to_string()).collect()),
                texts: own.iter().map(|(_, text)| (*text).to_owned()).collect(),
            },
            None => Self { labels, texts },
        }
    }

    /// The options in a value: a list of texts or of `{text, label}`, `{"text": […], "label": […]}`, `{"A": …}`, or a
    /// text with labels.
    pub(super) fn of(value: &Value) -> Result<Option<Self>, String> {
        let must = "must be a list of options";
        match value {
            Value::Null => Ok(None),
            Value::Array(items) => {
                let parts: Option<Vec<_>> = items.iter().map(labelled).collect();
                let parts = parts.ok_or_else(|| format!("{must}, each a text or `{{text, label}}`"))?;
                let labels: Option<Vec<String>> = parts.iter().map(|(label, _)| label.clone()).collect();
                Ok(Some(Self::new(
                    labels,
                    parts.into_iter().map(|(_, text)| text).collect(),
                )))
            }
            Value::Object(members) => {
                let list = |name: &str| members.get(name).and_then(Value::as_array);
                if let Some(texts) = list("text").or_else(|| list("texts")) {
                    let labels = list("label").or_else(|| list("labels"));
                    let labels = labels.and_then(|labels| labels.iter().map(text).collect());
                    let texts: Option<Vec<String>> = texts.iter().map(text).collect();
                    let texts = texts.ok_or_else(|| format!("{must}, each a text"))?;
                    return Ok(Some(Self::new(labels, texts)));
                }
                let filled = members.iter().filter(|(_, option)| !option.is_null());
                let parts = filled.map(|(label, option)| Some((label.clone(), text(option)?)));
                let parts: Option<Vec<(String, String)>> = parts.collect();
                let parts = parts.filter(|parts| parts.iter().all(|(label, _)| label.chars().count() <= 2));
                let parts = parts.ok_or_else(|| format!("{must}, not {}", kind(value)))?;
                let (labels, texts) = parts.into_iter().unzip();
                Ok(Some(Self::new(Some(labels), texts)))
            }
            Value::String(string) if string.trim().is_empty() => Ok(None),
            Value::String(string) => match serde_json::from_str::<Value>(string) {
                Ok(inside @ (Value::Array(_) | Value::Object(_))) => Self::of(&inside),
                _ => python_list(string)
                    .map(|texts| Self::new(None, texts))
                    .or_else(|| in_text(string))
                    .map(Some)
                    .ok_or_else(|| format!("{must}, not a text without labels")),
            },
            other => Err(format!("{must}, not {}", kind(other))),
        }
    }

    /// The options with letters, as they are shown and graded; empty if they have none.
    pub(super) fn lettered(&self) -> Vec<String> {
        if self.texts.len() > LETTERED {
            return Vec::new();
        }
        letters()
            .zip(&self.texts)
            .map(|(letter, text)| format!("({letter}) {text}"))
            .collect()
    }

    /// The question with its options, unless it has them already.
    pub(super) fn shown_with(&self, question: &str) -> String {
        if self.are_in(question) {
            return question.to_owned();
        }
        let options = match self.texts.len() > LETTERED {
            true => self.texts.join("; "),
            false => self.lettered().join(" "),
        };
        format!("{question}{HEADING}{options}")
    }

    /// Whether a question lists the options with their letters, in their order.
    fn are_in(&self, question: &str) -> bool {
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        let question = squeezed(question);
        let mut rest = question.as_str();
        letters().zip(&self.texts).all(|(letter, text)| {
            let text = squeezed(text);
            let marks = [
                format!("{letter}){text}"),
                format!("{letter}.{text}"),
                format!("{letter}:{text}"),
            ];
            let found = marks
                .iter()
                .filter_map(|mark| Some((rest.find(mark.as_str())?, mark.len())))
                .min();
            if let Some((at, length)) = found {
                rest = &rest[at + length..];
            }
            found.is_some()
        })
    }
}

/// An option with its label, if it has one.
fn labelled(item: &Value) -> Option<(Option<String>, String)> {
    let Value::Object(members) = item else {
        // A blank option keeps its place.
        return Some((None, text(item).or_else(|| item.is_string().then(String::new))?));
    };
    let member = |names: &[&str]| names.iter().find_map(|name| text(members.get(*name)?));
    let option = member(&["text", "content", "option", "value"])?;
    Some((member(&["label", "key", "id", "letter"]), option))
}

/// A text, or a number or truth value as one.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The letter at the beginning of an option, and the rest: `(A) x`, `A) x`, `A. x`, `A: x`.
pub(super) fn label(option: &str) -> Option<(char, &str)> {
    let option = option.trim();
    let inside = option.strip_prefix('(').unwrap_or(option).trim_start();
    let letter = inside.chars().next().filter(char::is_ascii_alphabetic)?;
    let rest = inside[1..].trim_start();
    let after = rest.strip_prefix(')').or_else(|| {
        let rest = rest.strip_prefix(['.', ':'])?;
        // "A.5" is no label.
        (rest.starts_with(char::is_whitespace) && !option.starts_with('(')).then_some(rest)
    })?;
    Some((letter.to_ascii_uppercase(), after.trim()))
}

/// The options of a text such as `a ) 38 , b ) 27.5 , c ) 30`.
fn in_text(text: &str) -> Option<Options> {
    let mut marks = Vec::new();
    let mut from = 0;
    for letter in letters() {
        let is_mark = |(at, c): (usize, char)| {
            if c.to_ascii_uppercase() != letter {
                return None;
            }
            let apart = text[..at].ends_with(|c: char| c.is_whitespace() || ",;(['".contains(c)) || at == 0;
            let after = text[at + 1..].trim_start();
            let mark = after.starts_with(')') || (after.starts_with(". ") && text[at + 1..].starts_with('.'));
            (apart && mark).then_some(at)
        };
        let Some(at) = text[from..]
            .char_indices()
            .map(|(at, c)| (from + at, c))
            .find_map(is_mark)
        else {
            break;
        };
        marks.push(at);
        from = at + 1;
    }
    let ends = marks.iter().skip(1).copied().chain([text.len()]);
    let options = marks.iter().zip(ends).map(|(&start, end)| {
        let (_, option) = label(&text[start..end])?;
        Some(
            option
                .trim_matches(|c: char| c.is_whitespace() || ",;([]'".contains(c))
                .to_owned(),
        )
    });
    let texts: Vec<String> = options.collect::<Option<_>>()?;
    let labels = letters().take(texts.len()).map(|letter| letter.to_string()).collect();
    (texts.len() > 1).then_some(Options {
        labels: Some(labels),
        texts,
    })
}

/// The texts of a list as Python or NumPy prints it: `['one', "two's"]`, `['one' 'two']`.
fn python_list(text: &str) -> Option<Vec<String>> {
    let inside = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let mut texts = Vec::new();
    let mut chars = inside.chars();
    while let Some(quote) = chars.find(|c| !c.is_whitespace() && *c != ',') {
        if quote != '\'' && quote != '"' {
            return None;
        }
        let mut text = String::new();
        loop {
            match chars.next()? {
                '\\' => match chars.next()? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    c @ ('\\' | '\'' | '"') => text.push(c),
                    c => text.extend(['\\', c]),
                },
                c if c == quote => break,
                c => text.push(c),
            }
        }
        texts.push(text);
    }
    (!texts.is_empty()).then_some(texts)
}
