//! One item of an answer, printed so that equal items print alike.

/// An end of an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) value: String,
    pub(super) closed: bool,
}

impl End {
    pub(super) fn open(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            closed: false,
        }
    }
}

/// An interval, or the point `(a,b)`: they are written alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) low: End,
    pub(super) high: End,
}

/// The text that stands for the point at infinity.
pub(super) const INFINITY: &str = "∞";
pub(super) const MINUS_INFINITY: &str = "-∞";

impl Interval {
    pub(super) fn below(high: End) -> Self {
        Self {
            low: End::open(MINUS_INFINITY),
            high,
        }
    }

    pub(super) fn above(low: End) -> Self {
        Self {
            low,
            high: End::open(INFINITY),
        }
    }

    /// The intersection, if one has no lower and the other no upper end.
    pub(super) fn intersected(&self, other: &Self) -> Option<Self> {
        for (low, high) in [(self, other), (other, self)] {
            if low.high.value == INFINITY && high.low.value == MINUS_INFINITY {
                return Some(Self {
                    low: low.low.clone(),
                    high: high.high.clone(),
                });
            }
        }
        None
    }

    fn print(&self) -> String {
        let open = if self.low.closed { '[' } else { '(' };
        let close = if self.high.closed { ']' } else { ')' };
        format!("{open}{},{}{close}", self.low.value, self.high.value)
    }
}

/// An item of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A number or an expression.
    Scalar(String),
    Interval(Interval),
    /// A finite set, in the order written.
    Set(Vec<String>),
    /// A union of intervals and sets.
    Union(Vec<String>),
    /// A tuple, matrix or equation; its text says which.
    Other(String),
    /// Normalised text that is not a formula.
    Text(String),
}

impl Part {
    /// The text by which it is compared.
    pub(super) fn print(self) -> String {
        match self {
            Self::Scalar(text) | Self::Other(text) | Self::Text(text) => text,
            Self::Interval(interval) => interval.print(),
            Self::Set(items) => set(items),
            Self::Union(parts) => {
                let mut parts = parts;
                parts.sort();
                parts.dedup();
                parts.join("∪")
            }
        }
    }

    /// Whether it may be a point: `(1, 2)`, but not `[1, 2)` or `(1, \infty)`.
    pub(super) fn is_pair(&self) -> bool {
        match self {
            Self::Interval(Interval { low, high }) => {
                let bounded = low.value != MINUS_INFINITY && high.value != INFINITY;
                bounded && !low.closed && !high.closed
            }
            _ => false,
        }
    }

    /// The text as a member of a union, where a set keeps its braces.
    pub(super) fn united(self) -> Option<Vec<String>> {
        match self {
            Self::Interval(interval) => Some(vec![interval.print()]),
            Self::Union(parts) => Some(parts),
            Self::Set(items) => Some(vec![format!("{{{}}}", sorted(items).join(","))]),
            _ => None,
        }
    }
}

/// A set of one element equals its element: `\{5\}` and `5` are the same answer.
fn set(items: Vec<String>) -> String {
    let items = sorted(items);
    match items.as_slice() {
        [only] => only.clone(),
        _ => format!("{{{}}}", items.join(",")),
    }
}

fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort();
    items.dedup();
    items
}
