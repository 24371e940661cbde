//! The tokens of a template.

/// A token with the line on which it begins, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub line: u32,
    pub kind: Kind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Text outside of tags.
    Data(String),
    /// `{{`.
    PrintBegin,
    /// `}}`.
    PrintEnd,
    /// `{%`.
    BlockBegin,
    /// `%}`.
    BlockEnd,
    /// A name or a keyword.
    Name(String),
    /// A string, its escapes resolved.
    Str(String),
    /// A whole number.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The end of the template.
    End,
}

impl Kind {
    /// The token as a message names it.
    pub fn shown(&self) -> String {
        match self {
            Self::Data(_) => "text".to_owned(),
            Self::PrintBegin => "`{{`".to_owned(),
            Self::PrintEnd => "`}}`".to_owned(),
            Self::BlockBegin => "`{%`".to_owned(),
            Self::BlockEnd => "`%}`".to_owned(),
            Self::Name(name) => format!("`{name}`"),
            Self::Str(_) => "a string".to_owned(),
            Self::Int(_) | Self::Float(_) => "a number".to_owned(),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end of the template".to_owned(),
        }
    }
}
