//! `#### x`, the answer line of GSM8K.

use std::borrow::Cow;

use super::found::Found;
use super::notation::{self, Notation};
use super::sentence::offset;
use super::{label, math, option};

/// The rest of the last line after a run of exactly four `#`. A heading ("#### Step 2") is not firm, unless it is the
/// last line.
pub(super) fn find(response: &str) -> Option<Found<'_>> {
    let mut vague = None;
    for line in response.lines().rev() {
        let Some(text) = in_line(line) else { continue };
        let at = offset(response, text);
        let last = response[at + text.len()..].trim().is_empty();
        let seen = notation::read(text);
        let firm = (last || is_answer(text, seen)) && !is_label(text);
        let text = Cow::Borrowed(text);
        if firm {
            return Some(Found { at, text, firm });
        }
        vague = vague.or(Some(Found { at, text, firm }));
    }
    vague
}

fn is_answer(text: &str, seen: Notation) -> bool {
    let formula = math::leading(text).is_some();
    let only_number = text.contains(|c: char| c.is_ascii_digit()) && !text.ends_with(':');
    formula || (seen.content && !seen.prose) || option::letter(text).is_some() || only_number
}

/// "Step 2: the sum", "2. The sum"
fn is_label(text: &str) -> bool {
    let digit = text.find(|c: char| c.is_ascii_digit());
    let numbered = digit.is_some_and(|at| label::precedes(&text[..at]));
    let listed = text.split_once(". ").is_some_and(|(number, rest)| {
        number.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with(char::is_alphabetic)
    });
    numbered || listed
}

fn in_line(line: &str) -> Option<&str> {
    let (before, answer) = line.rsplit_once("####")?;
    let answer = answer.trim().trim_matches('*').trim();
    (!before.ends_with('#') && !answer.is_empty()).then_some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_answer_line_counts() {
        let cases = [
            ("12+7=19\n19-5=14\n#### 14", Some("14")),
            ("####14", Some("14")),
            ("#### 1,080 \r\n", Some("1,080")),
            ("#### 3\nno, wait\n#### 4\n####", Some("4")),
            ("so #### -2.5", Some("-2.5")),
            ("#### $\\frac{1}{2}$", Some("$\\frac{1}{2}$")),
            ("#### 5\nI hope it is correct.", Some("5")),
            ("##### Heading", None),
            ("", None),
            ("####\n5", None),
            ("# 5", None),
            ("### 5", None),
        ];
        for (response, expected) in cases {
            assert_eq!(
                find(response).map(|found| found.text).as_deref(),
                expected,
                "{response:?}"
            );
        }
    }
}
