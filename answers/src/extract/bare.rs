//! A response, or its emphasised last line, that consists of an answer only: `x^2 + 1`, `$y = 2x + 3$`, `5 cm`.
//!
//! Names and sentences do not count: a model that only says "sorry" has not given an answer.

use super::{math, notation, sentence};
use crate::budget::MAX_ANSWER_BYTES;

/// Words that are an answer by themselves.
const VALUES: [&str; 12] = [
    "yes",
    "no",
    "true",
    "false",
    "none",
    "undefined",
    "infinity",
    "even",
    "odd",
    "no solution",
    "no solutions",
    "no real solutions",
];

/// The whole response, or its emphasised last line, if it is an answer rather than prose.
pub(super) fn find(response: &str) -> Option<&str> {
    let text = response.trim();
    answer(text).or_else(|| answer(emphasised(text.lines().next_back()?)?))
}

/// The text without emphasis, delimiters and full stop, if it is an answer.
fn answer(text: &str) -> Option<&str> {
    if text.len() > MAX_ANSWER_BYTES {
        return None;
    }
    let text = undecorated(without_stop(undecorated(text)));
    // "A" is short for "answer".
    let text = text.strip_prefix("A: ").unwrap_or(text);
    if VALUES.iter().any(|value| text.eq_ignore_ascii_case(value)) {
        return Some(text);
    }
    if let Some(inside) = math::whole(text) {
        return notation::read(inside).content.then_some(inside);
    }
    let seen = notation::read(text);
    let refuses = text.eq_ignore_ascii_case("n/a");
    (seen.content && !seen.prose && !refuses).then_some(text)
}

/// The text between the stars of `**x = 7**`, if that is the whole line.
fn emphasised(line: &str) -> Option<&str> {
    let line = line.trim();
    let line = line.strip_suffix('.').unwrap_or(line);
    let inside = line.strip_prefix("**")?.strip_suffix("**")?;
    (!inside.contains("**")).then_some(inside)
}

fn undecorated(text: &str) -> &str {
    text.trim_matches(['*', '`', '"']).trim()
}

/// The text without its full stop, if it is one sentence.
fn without_stop(text: &str) -> &str {
    match sentence::first(text) {
        (sentence, "") => match &text[sentence.len()..] {
            "." | "。" => sentence,
            _ => text,
        },
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_without_prose_is_its_answer() {
        let cases = [
            ("14", "14"),
            ("A: 14", "14"),
            ("We solve both.\n\n**x = 7, y = 8**", "x = 7, y = 8"),
            ("It is prime.\n**Yes**.\n", "Yes"),
            (" 14.\n", "14"),
            ("x^2+1", "x^2+1"),
            ("\\frac{1}{2}", "\\frac{1}{2}"),
            ("(1, 2) \\cup (3, \\infty)", "(1, 2) \\cup (3, \\infty)"),
            ("$y = 2x + 3$", "y = 2x + 3"),
            ("$y = 2x + 3$.", "y = 2x + 3"),
            ("\\(\\pi\\)", "\\pi"),
            ("$$\n\\text{total} = 5\n$$", "\n\\text{total} = 5\n"),
            ("\\[ x = 5 \\]", " x = 5 "),
            ("x = 5 or x = -3", "x = 5 or x = -3"),
            ("$x = 5$ or $x = -3$", "$x = 5$ or $x = -3$"),
            ("5 cm", "5 cm"),
            ("12 apples", "12 apples"),
            ("5 square feet", "5 square feet"),
            ("12+7=19", "12+7=19"),
            ("**42**", "42"),
            ("**42.**", "42"),
            ("`x + y`", "x + y"),
            ("$18.90", "$18.90"),
            ("3:30 p.m.", "3:30 p.m."),
            ("5!", "5!"),
            ("2 sin x", "2 sin x"),
            ("2n+1", "2n+1"),
            ("Yes.", "Yes"),
            ("no solutions", "no solutions"),
            ("\\text{even}", "\\text{even}"),
            (
                "\\begin{pmatrix} 1 & 2 \\\\\n3 & 4 \\end{pmatrix}",
                "\\begin{pmatrix} 1 & 2 \\\\\n3 & 4 \\end{pmatrix}",
            ),
            (
                "A = \\begin{pmatrix} 1 \\\\\n3 \\end{pmatrix}",
                "A = \\begin{pmatrix} 1 \\\\\n3 \\end{pmatrix}",
            ),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), Some(expected), "{response:?}");
        }
    }

    #[test]
    fn prose_and_names_are_not_bare() {
        let responses = [
            "",
            "Evelyn",
            "east",
            "Al",
            "sorry",
            "I do not know.",
            "I am",
            "ok",
            "idk",
            "N/A",
            "抱歉",
            "?",
            "...",
            "-",
            "$$",
            "\\boxed{}",
            "$\\boxed{}$",
            "####",
            "#### 5",
            "Answer:",
            "12+7=19\n19-5=14",
            "It is 5",
            "it is 5",
            "There are 12 apples.",
            "5 is prime",
            "The total is $5$.",
            "$5$ because of symmetry",
            "What is 5?",
            "We add.\nx = 7",
            "We add.\n**It is 5**",
            "We add.\n**5** and **6**",
            "We add.\n**Step 3**",
            "We add.\n****",
            "We add.\n**",
            "\\text{I do not know that}",
        ];
        for response in responses {
            assert_eq!(find(response), None, "{response:?}");
        }
        assert_eq!(find(&"1".repeat(MAX_ANSWER_BYTES + 1)), None);
    }
}
