//! What a function takes, as far as its parameters tell.

use serde::Deserialize;

/// What the runner says of an answer's code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Signature {
    /// The function that is called; none for a whole program, which reads its standard input.
    pub(super) name: Option<String>,
    /// Name and annotation of each parameter without a default.
    pub(super) parameters: Vec<(String, String)>,
}

/// The kind of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Float,
    Bool,
    Text,
    List(Box<Kind>),
    Map(Box<Kind>, Box<Kind>),
    /// Nothing tells it.
    Unknown,
}

impl Kind {
    pub(super) fn list(of: Kind) -> Self {
        Self::List(Box::new(of))
    }

    /// By the annotation or, without one that is understood, by the usual names of parameters.
    fn of((name, annotation): &(String, String)) -> Self {
        match Self::annotated(annotation) {
            Self::Unknown => Self::named(name),
            kind => kind,
        }
    }

    fn annotated(annotation: &str) -> Self {
        let text: String = annotation.to_lowercase().split_whitespace().collect();
        let text = text.trim_matches(['\'', '"']).replace("typing.", "");
        let text = text.strip_suffix("|none").unwrap_or(&text);
        let (outer, inner) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((outer, inner)) => (outer, parts(inner)),
            None => (text, Vec::new()),
        };
        let part = |place: usize| inner.get(place).map_or(Self::Unknown, |part| Self::annotated(part));
        match outer {
            "int" => Self::Int,
            "float" | "number" | "complex" => Self::Float,
            "bool" => Self::Bool,
            "str" | "string" => Self::Text,
            "optional" => part(0),
            "list" | "sequence" | "iterable" | "collection" | "tuple" | "set" | "deque" => Self::list(part(0)),
            "dict" | "mapping" | "defaultdict" => Self::Map(Box::new(part(0)), Box::new(part(1))),
            "counter" => Self::Map(Box::new(part(0)), Box::new(Self::Int)),
            _ => Self::Unknown,
        }
    }

    fn named(name: &str) -> Self {
        let name = name
            .trim_end_matches(|c: char| c.is_ascii_digit() || c == '_')
            .to_lowercase();
        match name.as_str() {
            "n" | "k" | "m" | "i" | "j" | "num" | "number" | "count" | "limit" | "size" | "index" | "length"
            | "year" | "start" | "end" | "target" | "base" | "exponent" => Self::Int,
            "s" | "t" | "text" | "string" | "str" | "word" | "sentence" | "char" | "c" | "name" | "pattern"
            | "line" => Self::Text,
            "nums" | "numbers" | "arr" | "array" | "lst" | "values" | "ints" | "integers" | "list" | "l" | "data" => {
                Self::list(Self::Int)
            }
            "words" | "strings" | "strs" | "names" | "sentences" | "lines" => Self::list(Self::Text),
            "matrix" | "grid" | "mat" | "intervals" | "edges" | "rows" => Self::list(Self::list(Self::Int)),
            "d" | "dict" | "dictionary" | "mapping" => Self::Map(Box::new(Self::Text), Box::new(Self::Int)),
            "price" | "rate" | "radius" | "temperature" | "celsius" | "fahrenheit" => Self::Float,
            _ => Self::Unknown,
        }
    }
}

/// The parts between the commas that are not within brackets.
fn parts(inner: &str) -> Vec<&str> {
    let mut depth = 0;
    let outside = |c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth == 0
    };
    inner.split(outside).collect()
}

/// The kinds of the arguments that most of the answers take: the most frequent number of parameters, of equal ones the
/// smallest, and for each place the kind that most of these answers tell, of equal ones the first.
pub(super) fn common(signatures: &[Signature]) -> Vec<Kind> {
    let taken = |signature: &&Signature| signature.name.is_some();
    let counts = signatures
        .iter()
        .filter(taken)
        .map(|signature| signature.parameters.len());
    let Some(count) = most_frequent(counts.collect(), |count| *count) else {
        return Vec::new();
    };
    let fitting = |signature: &&Signature| signature.name.is_some() && signature.parameters.len() == count;
    let kind = |place: usize| {
        let told = signatures
            .iter()
            .filter(fitting)
            .map(|signature| Kind::of(&signature.parameters[place]));
        most_frequent(told.filter(|kind| *kind != Kind::Unknown).collect(), |_| 0).unwrap_or(Kind::Unknown)
    };
    (0..count).map(kind).collect()
}

/// The most frequent item; of equally frequent ones that with the smallest `rank`, then the first.
fn most_frequent<T: PartialEq>(items: Vec<T>, rank: impl Fn(&T) -> usize) -> Option<T> {
    let frequency = |item: &T| items.iter().filter(|other| *other == item).count();
    let order: Vec<(usize, usize)> = items
        .iter()
        .map(|item| (items.len() - frequency(item), rank(item)))
        .collect();
    let best = (0..items.len()).min_by_key(|&place| order[place])?;
    items.into_iter().nth(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(parameters: &[(&str, &str)]) -> Signature {
        Signature {
            name: Some("f".into()),
            parameters: parameters
                .iter()
                .map(|(name, of)| ((*name).into(), (*of).into()))
                .collect(),
        }
    }

    #[test]
    fn annotations_and_names_tell_the_kind() {
        let kind = |name: &str, annotation: &str| Kind::of(&(name.into(), annotation.into()));
        let ints = Kind::list(Kind::Int);
        assert_eq!(kind("x", "int"), Kind::Int);
        assert_eq!(kind("x", "List[int]"), ints);
        assert_eq!(kind("x", "typing.Optional[list[ int ]]"), ints);
        assert_eq!(kind("x", "list[list[str]] | None"), Kind::list(Kind::list(Kind::Text)));
        assert_eq!(
            kind("x", "Dict[str, List[int]]"),
            Kind::Map(Box::new(Kind::Text), Box::new(ints.clone()))
        );
        assert_eq!(kind("nums1", ""), ints);
        assert_eq!(kind("n", "Something"), Kind::Int);
        assert_eq!(kind("thing", ""), Kind::Unknown);
    }

    #[test]
    fn most_answers_say_what_is_taken() {
        let program = Signature {
            name: None,
            parameters: vec![],
        };
        let answers = [
            signature(&[("a", ""), ("b", "")]),
            program,
            signature(&[("a", "str"), ("b", "")]),
            signature(&[("n", "int")]),
        ];
        assert_eq!(common(&answers), [Kind::Text, Kind::Unknown]);
        assert_eq!(common(&answers[1..2]), []);
    }
}
