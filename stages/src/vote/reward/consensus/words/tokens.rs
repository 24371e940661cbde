//! A text as words and the marks between them.

/// A word, a number, `%` or `&`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// In lower case, without a possessive `'s`.
    pub(super) word: String,
    /// As written.
    pub(super) written: String,
    /// Whether the text or a sentence begins with it.
    pub(super) begins: bool,
    /// Whether a full stop follows.
    pub(super) stop: bool,
}

impl Token {
    /// Whether it begins with a capital letter.
    pub(super) fn is_capital(&self) -> bool {
        self.written.starts_with(char::is_uppercase)
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Word(Token),
    Comma,
    /// A semicolon, or a dash between spaces.
    Break,
    Open,
    Close,
}

impl Piece {
    pub(super) fn word(&self) -> Option<&str> {
        self.token().map(|token| token.word.as_str())
    }

    pub(super) const fn token(&self) -> Option<&Token> {
        match self {
            Self::Word(token) => Some(token),
            _ => None,
        }
    }
}

/// The words among the pieces.
pub(super) fn tokens(pieces: &[Piece]) -> Vec<Token> {
    pieces.iter().filter_map(Piece::token).cloned().collect()
}

/// What is written in several ways, and how it is read.
const SHORT: [(&str, &str); 11] = [
    ("’", "'"),
    ("‘", "'"),
    ("can't", "can not"),
    ("Can't", "Can not"),
    ("won't", "will not"),
    ("Won't", "Will not"),
    ("n't", " not"),
    ("−", "-"),
    ("°", " degrees "),
    ("km/h", "km per h"),
    ("m/s", "m per s"),
];

/// The words and marks of a text.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let plain = SHORT
        .iter()
        .fold(text.to_owned(), |text, (short, long)| text.replace(short, long));
    let spaced: Vec<&str> = plain.split_whitespace().collect();
    let mut reader = Reader {
        chars: spaced.join(" ").chars().map(level).collect(),
        at: 0,
    };
    let mut pieces = Vec::new();
    while reader.at < reader.chars.len() {
        pieces.extend(reader.piece());
    }
    pieces
}

/// A subscript digit as any other: CO₂ is CO2.
fn level(c: char) -> char {
    match c {
        '₀'..='₉' => char::from_digit(u32::from(c) - u32::from('₀'), 10).unwrap_or(c),
        _ => c,
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn piece(&mut self) -> Option<Piece> {
        let c = self.chars[self.at];
        let number = c.is_ascii_digit() || (c == '-' && self.digit(self.at + 1));
        if number {
            return Some(Piece::Word(self.number()));
        }
        if c.is_alphabetic() {
            return Some(Piece::Word(self.word()));
        }
        self.at += 1;
        match c {
            '%' | '&' => Some(Piece::Word(self.token(self.at - 1, self.at))),
            '(' => Some(Piece::Open),
            ')' => Some(Piece::Close),
            ',' => Some(Piece::Comma),
            ';' if self.space(self.at) => Some(Piece::Break),
            '–' | '—' | '-' if self.at >= 2 && self.space(self.at - 2) && self.space(self.at) => Some(Piece::Break),
            _ => None,
        }
    }

    /// Digits with commas, a point and a bar: `1,000`, `0.5`, `3/4`. A hyphen before it is a minus after a space only.
    fn number(&mut self) -> Token {
        let negative = self.chars[self.at] == '-';
        let minus = negative && (self.at == 0 || self.space(self.at - 1));
        let start = self.at + usize::from(negative && !minus);
        self.at += usize::from(negative);
        self.digits(|c| c == ',');
        for mark in ['.', '/'] {
            if self.chars.get(self.at) == Some(&mark) && self.digit(self.at + 1) {
                self.at += 1;
                self.digits(|_| false);
            }
        }
        self.token(start, self.at)
    }

    /// Passes over digits, and what is `within` them.
    fn digits(&mut self, within: impl Fn(char) -> bool) {
        while self.digit(self.at) || (self.is(self.at, &within) && self.digit(self.at + 1)) {
            self.at += 1;
        }
    }

    /// Letters, with digits after them as in `H2O`.
    fn word(&mut self) -> Token {
        let start = self.at;
        self.pass(char::is_alphabetic);
        if self.digit(self.at) {
            self.pass(char::is_alphanumeric);
        }
        let end = self.at;
        if self.is(self.at, |c| c == '\'')
            && self.is(self.at + 1, |c| c == 's')
            && !self.is(self.at + 2, char::is_alphanumeric)
        {
            self.at += 2;
        }
        let mut token = self.token(start, end);
        token.stop = self.is(self.at, |c| c == '.');
        token
    }

    fn token(&self, start: usize, end: usize) -> Token {
        let written: String = self.chars[start..end].iter().collect();
        let sentence = start >= 2 && self.space(start - 1) && self.is(start - 2, |c| ".!?".contains(c));
        Token {
            word: written.to_lowercase(),
            written,
            begins: start == 0 || sentence,
            stop: false,
        }
    }

    fn pass(&mut self, through: impl Fn(char) -> bool) {
        while self.is(self.at, &through) {
            self.at += 1;
        }
    }

    fn is(&self, at: usize, what: impl Fn(char) -> bool) -> bool {
        self.chars.get(at).is_some_and(|&c| what(c))
    }

    fn digit(&self, at: usize) -> bool {
        self.is(at, |c| c.is_ascii_digit())
    }

    fn space(&self, at: usize) -> bool {
        self.is(at, |c| c == ' ')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(&pieces(text)).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn words_numbers_and_signs_are_told_apart() {
        assert_eq!(
            words("Earth's CO₂: 0.04% of 1,000"),
            ["earth", "co2", "0.04", "%", "of", "1,000"]
        );
        assert_eq!(
            words("8-10 min at -5 °C, 3/4"),
            ["8", "10", "min", "at", "-5", "degrees", "c", "3/4"]
        );
        assert_eq!(words("in 1914, it can't"), ["in", "1914", "it", "can", "not"]);
        assert_eq!(words("25th & 3 km/h."), ["25", "th", "&", "3", "km", "per", "h"]);
    }

    #[test]
    fn sentences_and_full_stops_are_seen() {
        let read = tokens(&pieces("Dr. Who left. He is in Apt. 3"));
        let of = |which: fn(&Token) -> bool| -> Vec<&str> {
            read.iter()
                .filter(|token| which(token))
                .map(|token| token.written.as_str())
                .collect()
        };
        assert_eq!(of(|token| token.begins), ["Dr", "Who", "He", "3"]);
        assert_eq!(of(|token| token.stop), ["Dr", "left", "Apt"]);
    }

    #[test]
    fn marks_are_kept() {
        let marks: Vec<Piece> = pieces("a, b; c - d (e) f-g 1,2")
            .into_iter()
            .filter(|piece| piece.token().is_none())
            .collect();
        assert_eq!(
            marks,
            [Piece::Comma, Piece::Break, Piece::Break, Piece::Open, Piece::Close]
        );
    }
}
