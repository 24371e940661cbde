//! Whether a text is notation, as in `x = 5 or x = -3` and "5 square feet", or prose.
//!
//! Knows words and marks, but not the meaning of a formula.

/// Words of formulas that are longer than a product of two variables.
const FUNCTIONS: [&str; 30] = [
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "exp",
    "sqrt", "abs", "gcd", "lcm", "max", "min", "mod", "det", "lim", "pi", "ln", "infinity", "inf", "abc", "xyz", "deg",
];

/// Words that join parts of an answer.
const CONJUNCTIONS: [&str; 4] = ["and", "or", "if", "otherwise"];

/// Short words that are not a product of two variables.
const SHORT_WORDS: [&str; 35] = [
    "ah", "am", "an", "as", "at", "be", "by", "do", "eh", "go", "he", "hi", "hm", "in", "is", "it", "me", "my", "na",
    "no", "of", "oh", "ok", "on", "so", "to", "uh", "um", "up", "us", "we", "ya", "ye", "yo", "id",
];

/// Words that are not a unit after a number: the text is a sentence.
const SENTENCE_WORDS: [&str; 39] = [
    "for", "from", "with", "is", "are", "was", "were", "be", "am", "has", "have", "had", "the", "that", "this",
    "these", "which", "because", "since", "so", "it", "i", "you", "we", "they", "not", "can", "cannot", "do", "does",
    "means", "equals", "gives", "then", "but", "sorry", "will", "would", "as",
];

/// Commands that only arrange a formula.
const ARRANGING: [&str; 12] = [
    "begin",
    "end",
    "left",
    "right",
    "quad",
    "qquad",
    "boxed",
    "fbox",
    "displaystyle",
    "big",
    "hline",
    "cdot",
];

/// Commands that set words inside a formula.
const TEXT: [&str; 6] = ["text", "mbox", "mathrm", "textbf", "textit", "operatorname"];

/// Most words of a unit: "square feet per second" has four, and is rare.
const MAX_UNIT_WORDS: usize = 3;

/// Most words of a text inside a formula that can be a value: `\text{not prime}`.
const MAX_TEXT_WORDS: usize = 2;

/// What a text was found to contain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Notation {
    /// Something that can be an answer: a number, a variable, a symbol.
    pub(super) content: bool,
    /// Words that do not occur in formulas, units or lists, or several lines outside an environment.
    pub(super) prose: bool,
}

/// Reads `text` once.
pub(super) fn read(text: &str) -> Notation {
    let mut reader = Reader::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\\' => reader.command(rest),
            _ if c.is_alphabetic() => reader.word(rest),
            _ => {
                reader.mark(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or("");
    }
    reader.seen
}

#[derive(Default)]
struct Reader {
    seen: Notation,
    /// Whether a number precedes, with nothing but units after it.
    after_number: bool,
    /// Words since that number.
    unit_words: usize,
    /// Environments that are open.
    depth: usize,
}

impl Reader {
    /// Reads the command at the start of `rest`, and returns its length.
    fn command(&mut self, rest: &str) -> usize {
        let name: &str = prefix(&rest[1..], |c| c.is_ascii_alphabetic());
        let length = 1 + name.len();
        let group = rest[length..]
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'))
            .map(|(inside, _)| inside);
        match (name, group) {
            // `\\`, `\,`, `\{`
            ("", _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            ("begin", Some(name)) => {
                self.depth += 1;
                length + name.len() + 2
            }
            ("end", Some(name)) => {
                self.depth = self.depth.saturating_sub(1);
                length + name.len() + 2
            }
            (name, Some(inside)) if TEXT.contains(&name) => {
                let words = inside.split_whitespace().count();
                self.seen.content |= (1..=MAX_TEXT_WORDS).contains(&words);
                length + inside.len() + 2
            }
            _ => {
                self.seen.content |= !ARRANGING.contains(&name) && !TEXT.contains(&name);
                length
            }
        }
    }

    /// Reads the word at the start of `rest`, and returns its length.
    fn word(&mut self, rest: &str) -> usize {
        let word = prefix(rest, char::is_alphabetic);
        let lower = word.to_lowercase();
        let is = |words: &[&str]| words.contains(&lower.as_str());
        if is(&CONJUNCTIONS) {
            self.after_number = false;
        } else if self.after_number && self.unit_words < MAX_UNIT_WORDS && !is(&SENTENCE_WORDS) {
            self.unit_words += 1;
        } else if FUNCTIONS.contains(&word) {
            self.seen.content |= matches!(word, "pi" | "infinity" | "inf" | "abc" | "xyz");
        } else if is_variables(word) && !is(&SHORT_WORDS) {
            self.seen.content |= !is_name(word);
        } else {
            self.seen.prose = true;
        }
        word.len()
    }

    fn mark(&mut self, mark: char) {
        match mark {
            '0'..='9' => {
                self.seen.content = true;
                self.after_number = true;
                self.unit_words = 0;
            }
            '∞' | '∅' => self.seen.content = true,
            '\n' => self.seen.prose |= self.depth == 0,
            '#' | '?' | '？' => self.seen.prose = true,
            '=' | '+' | ',' | ';' | ':' | '<' | '>' | '(' | '[' => self.after_number = false,
            _ => {}
        }
    }
}

/// One variable, or the product of two.
fn is_variables(word: &str) -> bool {
    let mut letters = word.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some(c), None, None) => c.is_ascii() || is_symbol(c),
        (Some(_), Some(_), None) => word.is_ascii(),
        _ => false,
    }
}

/// Greek letters, and letters of number sets such as `ℝ`.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{2100}'..='\u{214f}')
}

/// "Al": a capital and a small letter are a word rather than a product.
fn is_name(word: &str) -> bool {
    word.len() == 2
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.ends_with(|c: char| c.is_ascii_lowercase())
}

fn prefix(text: &str, is: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !is(c)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_is_told_from_prose() {
        // Text, whether it has content, whether it has prose.
        let cases = [
            ("x^2+1", true, false),
            ("2 sin x + ln 3", true, false),
            ("x = 5 or x = -3", true, false),
            ("5 square feet", true, false),
            ("5 miles per hour and 2 m/s", true, false),
            ("3\\frac{1}{2} cups of flour", true, false),
            ("2\\pi r", true, false),
            ("x > 0, y \\in ℝ", true, false),
            ("\\begin{cases} 1 \\\\\n2 \\end{cases}", true, false),
            ("\\text{not prime}", true, false),
            ("\\text{I do not know that}", false, false),
            ("\\boxed{}", false, false),
            ("\\begin \\text", false, false),
            ("-", false, false),
            ("Al", false, false),
            ("∞", true, false),
            ("5 is prime", true, true),
            ("12 apples that are left", true, true),
            ("There are 12 apples", true, true),
            ("1\n2", true, true),
            ("5?", true, true),
            ("抱歉", false, true),
            ("ok", false, true),
        ];
        for (text, content, prose) in cases {
            assert_eq!(read(text), Notation { content, prose }, "{text:?}");
        }
    }
}
