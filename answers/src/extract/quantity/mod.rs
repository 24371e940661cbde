//! The number that a sentence states: the 34 of "So there are 34 apples in 5 boxes."
//!
//! Numbers in parentheses and in adjuncts give way to others, and the result of the calculation before the sentence
//! goes before all. A number that is cut out of something else is not a value: the 5 of "x > 5", "5 feet 6 inches",
//! "(2, 5)" and "not 5".

mod scan;
mod together;

use self::scan::Span;
use super::context::Role;
use super::literal;
use super::words::strip_any_word;

/// What the numbers of a sentence say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading<'a> {
    /// The sentence states this value.
    Value(&'a str),
    /// There are numbers, but none is a value.
    Refused,
    /// There is no number.
    Nothing,
}

/// Longest part of a sentence that is read, in bytes, from its end.
const MAX_SENTENCE: usize = 2048;

/// The end of a long sentence, from a space on; `None` if that would cut something. One number is never too long.
fn bounded(sentence: &str) -> Option<&str> {
    if sentence.len() <= MAX_SENTENCE || literal::end(sentence.as_bytes(), 0) == Some(sentence.len()) {
        return Some(sentence);
    }
    let end = &sentence[sentence.ceil_char_boundary(sentence.len() - MAX_SENTENCE)..];
    let space = end.find(char::is_whitespace)?;
    Some(&end[space..])
}

/// The answers that a sentence may state: its numbers, those that belong together as one.
fn spans(sentence: &str) -> Vec<Span> {
    together::joined(sentence, scan::spans(sentence))
}

/// The number that `sentence` states, after the text `before`, whose last calculation may tell which it is.
pub(super) fn stated<'a>(before: &str, sentence: &'a str) -> Reading<'a> {
    let Some(sentence) = bounded(sentence) else {
        return Reading::Refused;
    };
    let spans = spans(sentence);
    let text = |span: &Span| &sentence[span.start..span.end];
    let result = if spans.len() > 1 { computed(before) } else { None };
    match chosen(&spans, |span| result.is_some_and(|result| same(result, text(span)))) {
        Some(span) => Reading::Value(text(span)),
        None if spans.is_empty() => Reading::Nothing,
        None => Reading::Refused,
    }
}

fn chosen(spans: &[Span], is_result: impl Fn(&Span) -> bool) -> Option<&Span> {
    let with = |role: Role| {
        spans
            .iter()
            .filter(move |span| span.role == role && !span.calculated && !span.label)
    };
    let after_equals = spans.iter().rfind(|span| span.equals && span.role != Role::Refused);
    if let Some(span) = after_equals {
        return Some(span);
    }
    let refused = with(Role::Refused).chain(with(Role::Ground)).next().is_some();
    with(Role::Value)
        .rfind(|span| is_result(span))
        .or_else(|| {
            with(Role::Adjunct)
                .chain(with(Role::Ground))
                .rfind(|span| is_result(span))
        })
        .or_else(|| with(Role::Value).next_back())
        .or_else(|| with(Role::Adjunct).rfind(|_| !refused))
}

/// The number that a sentence states as its value, or by "in 5 days" alone: not the 3 of "a multiple of 3".
pub(super) fn announced(sentence: &str) -> Option<&str> {
    let spans = spans(sentence);
    let span = chosen(&spans, |_| false)?;
    let before = &sentence[..span.start];
    let adjunct = before.split_whitespace().count() <= MAX_ADJUNCT
        && strip_any_word(before, &ADJUNCTS).is_some()
        && !before.contains(" of ");
    (span.role == Role::Value || span.equals || adjunct).then(|| &sentence[span.start..span.end])
}

/// Words that begin such an adjunct: not the 5 of "divisible by 5".
const ADJUNCTS: [&str; 12] = [
    "in", "after", "within", "at", "on", "for", "by", "about", "around", "from", "every", "over",
];

/// Most words before the number of an adjunct that is the answer: "in about 5 days".
const MAX_ADJUNCT: usize = 2;

/// Whether the sentence has a number that is more than an adjunct.
pub(super) fn has_value(sentence: &str) -> bool {
    let counts = |span: &Span| span.role != Role::Adjunct && !span.label;
    bounded(sentence).is_none_or(|sentence| spans(sentence).iter().any(counts))
}

/// The result of the last calculation in `text`: the number after its last `=`.
fn computed(text: &str) -> Option<&str> {
    text.rmatch_indices('=').take(MAX_EQUALS).find_map(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches([' ', '$', '*', '\\', '(']);
        let end = literal::end(rest.as_bytes(), 0)?;
        Some(&rest[..end])
    })
}

/// Most signs to look behind for a result.
const MAX_EQUALS: usize = 8;

/// Whether two numbers are written alike, apart from currencies, thousands and zeros.
fn same(a: &str, b: &str) -> bool {
    let digits = |text: &str| {
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, ',' | '$' | ' ' | '%' | '\\'))
            .collect();
        match plain.split_once('.') {
            Some((whole, decimals)) if decimals.bytes().all(|byte| byte == b'0') => whole.to_owned(),
            Some(_) => plain.trim_end_matches('0').to_owned(),
            None => plain,
        }
    };
    digits(a) == digits(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_states_one_number() {
        let cases = [
            ("There are 12 apples and 7 pears", "7"),
            ("So there are 34 apples in 5 boxes", "34"),
            ("34 people think that horse #12 will win", "34"),
            ("34 cars drove in the first 15 minutes", "34"),
            ("In total there are 12 (= 3 × 4) of them", "12"),
            ("Hence the required value is 12 (mod 20)", "12"),
            ("He has 12 apples [3 × 4]", "12"),
            ("She makes 9 * 2 = $18 every day", "18"),
            ("$9 per box * 7 boxes = $63", "63"),
            ("It costs $1,234.50", "1,234.50"),
            ("He lost -$5", "-$5"),
            ("the 6th of 7", "7"),
            ("so it is 2:5", "2:5"),
            ("so the point is (2, 5)", "(2, 5)"),
            ("so 5i", "5i"),
            ("so 2√3", "2√3"),
            ("so x is 4 or 5", "4 or 5"),
            ("he is 5 feet 6 inches tall", "5 feet 6 inches"),
            ("so 2x = 5", "2x = 5"),
            ("so $x = 5$ here", "5"),
            ("In 1995", "1995"),
            ("3 × 4", "3 × 4"),
        ];
        for (sentence, expected) in cases {
            assert_eq!(stated("", sentence), Reading::Value(expected), "{sentence:?}");
        }
    }

    #[test]
    fn the_result_of_a_calculation_goes_first() {
        assert_eq!(
            stated("6 + 2 = 8.0", "In 8 years he is 7 years older"),
            Reading::Value("8")
        );
        assert_eq!(stated("10 / 2 = $5", "He has 5 2 dollar bills"), Reading::Value("5"));
        assert_eq!(computed("so 3 * 4 = $12.\nIt is = x."), Some("12"));
        assert_eq!(computed("no"), None);
    }

    #[test]
    fn a_number_cut_out_of_something_else_is_no_value() {
        let sentences = [
            "so it is between 4 and 5",
            "so it is less than 5",
            "he is 5'6\" tall",
            "not 5",
            "so x > 5",
            "so x ≥ 5",
            "log 5",
            "so $P(X = 2)$",
        ];
        for sentence in sentences {
            assert_eq!(stated("", sentence), Reading::Refused, "{sentence:?}");
        }
        assert_eq!(stated("", "none"), Reading::Nothing);
        assert_eq!(stated("", "x2 H2O"), Reading::Nothing);
    }
}
