//! Characters of other scripts that mean what an ASCII character means: `５`, `٥`, `५`, `（Ｂ）`.
//!
//! Knows single characters only: neither words nor notation.

use std::borrow::Cow;

/// The characters for zero of decimal digits; the other nine follow each of them.
const ZEROS: [char; 16] = [
    '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}', '\u{ce6}',
    '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}',
];

/// The digits of mathematical fonts: five runs of ten.
const FONTS: std::ops::RangeInclusive<u32> = 0x1d7ce..=0x1d7ff;

/// The distance between a character of full width and its ASCII counterpart.
const FULL_WIDTH: u32 = 0xfee0;

/// Commands whose backslash and first letter were read as an escape of JSON: "\u{8}oxed" was `\boxed`.
const EATEN: [(&str, &str); 8] = [
    ("\u{8}oxed", "\\boxed"),
    ("\u{8}egin{", "\\begin{"),
    ("\u{8}inom{", "\\binom{"),
    ("\u{c}rac{", "\\frac{"),
    ("\u{c}box{", "\\fbox{"),
    ("\times", "\\times"),
    ("\text{", "\\text{"),
    ("\tfrac{", "\\tfrac{"),
];

/// The text with each such character, and each command that lost its backslash, replaced.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| matches!(byte, 0x08 | 0x0c | b'\t'))
        && EATEN.iter().any(|(eaten, _)| text.contains(eaten))
    {
        let mut whole = text.to_owned();
        for (eaten, command) in EATEN {
            whole = whole.replace(eaten, command);
        }
        return Cow::Owned(in_ascii(&whole).into_owned());
    }
    in_ascii(text)
}

fn in_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(|c| ascii(c).is_none()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| ascii(c).unwrap_or(c)).collect())
}

fn ascii(c: char) -> Option<char> {
    let code = u32::from(c);
    match c {
        '\0'..='\u{65f}' => None,
        '\u{66b}' => Some('.'),
        '\u{66c}' => Some(','),
        '\u{3000}' => Some(' '),
        '！'..='～' => char::from_u32(code - FULL_WIDTH),
        _ if FONTS.contains(&code) => char::from_digit((code - FONTS.start()) % 10, 10),
        _ => {
            let zero = ZEROS
                .into_iter()
                .map(u32::from)
                .find(|zero| (*zero..zero + 10).contains(&code))?;
            char::from_digit(code - zero, 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_their_backslash_back() {
        let cases = [
            ("\u{8}oxed{5}", "\\boxed{5}"),
            ("\u{c}rac{1}{2}", "\\frac{1}{2}"),
            ("3 \times 4", "3 \\times 4"),
            ("a\tb", "a\tb"),
            ("\u{8}\u{c}", "\u{8}\u{c}"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn digits_and_full_width_become_ascii() {
        let cases = [
            ("１２．５％", "12.5%"),
            ("（Ｂ）：", "(B):"),
            ("٣٤٫٥", "34.5"),
            ("۳۴", "34"),
            ("३४", "34"),
            ("৩৪", "34"),
            ("๓๔", "34"),
            ("𝟏𝟐𝟘", "120"),
            ("答案　5。", "答案 5。"),
            ("é π 5", "é π 5"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text:?}");
        }
        assert!(matches!(plain("答案是5"), Cow::Borrowed(_)));
    }
}
