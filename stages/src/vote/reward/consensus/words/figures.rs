//! The figures of an answer: plain numbers, quantities, ranges and dates.

use std::collections::BTreeSet;

use super::dates;
use super::numbers::{cardinal, number};
use super::tokens::Token;
use super::units::{Dimension, celsius, unit};

/// Differences between equal quantities: relative, of estimates too, and in degrees.
const EXACT: f64 = 0.005;
const ESTIMATED: f64 = 0.05;
const DEGREES: f64 = 0.6;

/// A number with a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Quantity {
    dimension: Dimension,
    /// In SI units.
    value: f64,
    /// The number as written; none: several with their units, as in 1 min 20 s.
    written: Option<f64>,
}

/// The figures of a text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Figures {
    months: BTreeSet<u8>,
    days: BTreeSet<u8>,
    quantities: Vec<Quantity>,
    ranges: Vec<(Dimension, f64, f64)>,
    plain: Vec<f64>,
}

impl Figures {
    /// The figures of a text, and its other words.
    pub(super) fn read(tokens: &[Token]) -> (Self, Vec<&Token>) {
        let (mut figures, mut words) = (Self::default(), Vec::new());
        let mut at = 0;
        while at < tokens.len() {
            at = figures.figure(tokens, at).unwrap_or_else(|| {
                words.push(&tokens[at]);
                at + 1
            });
        }
        figures.plain.sort_by(f64::total_cmp);
        figures.plain.dedup();
        (figures, words)
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The figure that begins at `at` is kept; the result is the place after it.
    fn figure(&mut self, tokens: &[Token], at: usize) -> Option<usize> {
        if let Some(month) = dates::month(&tokens[at]) {
            self.months.insert(month);
            return Some(at + 1);
        }
        let (value, end) = number(tokens, at).or_else(|| article(tokens, at))?;
        let found = self
            .day(tokens, at, end, value)
            .or_else(|| self.temperature(tokens, end, value))
            .or_else(|| self.quantity(tokens, end, value))
            .or_else(|| self.range(tokens, at, end, value));
        Some(found.unwrap_or_else(|| {
            self.plain.push(value);
            end
        }))
    }

    /// A number beside a month: `25 December`, `July 4th`.
    fn day(&mut self, tokens: &[Token], at: usize, end: usize, value: f64) -> Option<usize> {
        let before = at > 0 && dates::is_month(word(tokens, at - 1));
        let beside = before || dates::is_month(word(tokens, end));
        let day = (1..=31u8).find(|&day| f64::from(day) == value).filter(|_| beside)?;
        self.days.insert(day);
        Some(end)
    }

    /// `100 °C`, `212 degrees Fahrenheit`, `5 K`.
    fn temperature(&mut self, tokens: &[Token], end: usize, written: f64) -> Option<usize> {
        let degrees = usize::from(["degrees", "degree", "deg"].contains(&word(tokens, end)));
        let scale = tokens.get(end + degrees)?;
        // A single letter is a scale after `degrees`, or in capitals.
        let letter = degrees == 0 && scale.word.len() == 1 && !scale.is_capital();
        let value = celsius(written, &scale.word).filter(|_| !letter)?;
        self.quantities.push(Quantity {
            dimension: Dimension::Temperature,
            value,
            written: Some(written),
        });
        Some(end + degrees + 1)
    }

    /// `5 km`, `30 miles per hour`; smaller ones add up: `1 min 20 s`.
    fn quantity(&mut self, tokens: &[Token], end: usize, written: f64) -> Option<usize> {
        let (dimension, of) = unit(word(tokens, end))?;
        let per = unit(word(tokens, end + 2)).filter(|_| ["per", "a", "an"].contains(&word(tokens, end + 1)));
        let (dimension, of, end) = match (dimension, per) {
            (Dimension::Length, Some((Dimension::Time, time))) => (Dimension::Speed, of / time, end + 2),
            _ => (dimension, of, end),
        };
        let value = written * of;
        match self.quantities.last_mut() {
            Some(last) if last.dimension == dimension && value < last.value => {
                last.value += value;
                last.written = None;
            }
            _ => self.quantities.push(Quantity {
                dimension,
                value,
                written: Some(written),
            }),
        }
        Some(end + 1)
    }

    /// `8 to 10 hours`, `8–10 h`, `between 8 and 10 hours`.
    fn range(&mut self, tokens: &[Token], at: usize, end: usize, low: f64) -> Option<usize> {
        let between = at > 0 && word(tokens, at - 1) == "between";
        let joined = match word(tokens, end) {
            "to" | "or" => 1,
            "and" if between => 1,
            _ => 0,
        };
        let high = cardinal(word(tokens, end + joined))?;
        let (dimension, of) = unit(word(tokens, end + joined + 1))?;
        self.ranges.push((dimension, low * of, high * of));
        Some(end + joined + 2)
    }

    /// How many figures two texts have in common; none: they contradict each other. `estimated`: one of them says
    /// `about`.
    pub(super) fn common(&self, other: &Self, estimated: bool) -> Option<usize> {
        let dates = [(&self.months, &other.months), (&self.days, &other.days)];
        let dates: Option<Vec<usize>> = dates.into_iter().map(|(a, b)| agree(a, b)).collect();
        let measured = match (self.ranges.is_empty(), other.ranges.is_empty()) {
            (true, true) => 0,
            (false, false) => (self.ranges == other.ranges).then_some(1)?,
            (false, true) => other.is_measureless().then_some(0)?,
            (true, false) => self.is_measureless().then_some(0)?,
        };
        Some(dates?.iter().sum::<usize>() + measured + self.values(other, estimated)?)
    }

    fn is_measureless(&self) -> bool {
        self.quantities.is_empty() && self.plain.is_empty()
    }

    /// The plain numbers and quantities in common.
    fn values(&self, other: &Self, estimated: bool) -> Option<usize> {
        match (self.quantities.is_empty(), other.quantities.is_empty()) {
            (true, true) => {
                let both = !self.plain.is_empty() && !other.plain.is_empty();
                let common = if both { self.plain.len() } else { 0 };
                (!both || self.plain == other.plain).then_some(common)
            }
            (false, false) => {
                let within = |a: &Self, b: &Self| a.quantities.iter().all(|quantity| b.measures(quantity, estimated));
                let measured = within(self, other) || within(other, self);
                (measured && (self.counts(other) || other.counts(self))).then_some(1)
            }
            (false, true) => self.written(other),
            (true, false) => other.written(self),
        }
    }

    fn measures(&self, quantity: &Quantity, estimated: bool) -> bool {
        let near = |known: &Quantity| {
            let bound = match quantity.dimension {
                Dimension::Temperature => DEGREES,
                _ => known.value.abs().max(quantity.value.abs()) * if estimated { ESTIMATED } else { EXACT },
            };
            // Products can be infinite, and their difference is no number.
            let equal = known.value == quantity.value || (known.value - quantity.value).abs() <= bound;
            known.dimension == quantity.dimension && equal
        };
        self.quantities.iter().any(near)
    }

    /// Whether it has all plain numbers of `other`.
    fn counts(&self, other: &Self) -> bool {
        self.plain.is_empty() || other.plain.iter().all(|value| self.plain.contains(value))
    }

    /// A quantity equals a plain number that leaves its unit out: `How many hours?`
    fn written(&self, other: &Self) -> Option<usize> {
        let among = |quantity: &Quantity| quantity.written.is_some_and(|written| other.plain.contains(&written));
        let equal = self.quantities.iter().any(among);
        match other.plain.is_empty() {
            true => Some(0),
            false => equal.then_some(1),
        }
    }
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.word.as_str())
}

/// `an hour`, `half a kilo`, where no other number is.
fn article(tokens: &[Token], at: usize) -> Option<(f64, usize)> {
    let half = word(tokens, at) == "half";
    let end = at + 1 + usize::from(half && ["a", "an"].contains(&word(tokens, at + 1)));
    let value = match word(tokens, at) {
        "half" => 0.5,
        "a" | "an" => 1.0,
        _ => return None,
    };
    // Shorter names are often other words: `a m`.
    let counted = word(tokens, end).len() > 3 && unit(word(tokens, end)).is_some();
    let alone = !tokens.iter().any(|token| cardinal(&token.word).is_some());
    (counted && alone).then_some((value, end))
}

/// 1 for the same values, 0 where one has none.
fn agree(a: &BTreeSet<u8>, b: &BTreeSet<u8>) -> Option<usize> {
    if a.is_empty() || b.is_empty() {
        return Some(0);
    }
    (a == b).then_some(1)
}

#[cfg(test)]
mod tests {
    use super::super::tokens::{pieces, tokens};
    use super::*;

    fn common(a: &str, b: &str) -> Option<usize> {
        let of = |text| Figures::read(&tokens(&pieces(text))).0;
        let estimated = a.starts_with("about") || b.starts_with("about");
        let common = of(a).common(&of(b), estimated);
        assert_eq!(common, of(b).common(&of(a), estimated), "{a:?} {b:?}");
        common
    }

    #[test]
    fn equal_figures_are_found_in_all_their_forms() {
        let pairs = [
            ("5 km", "5,000 metres"),
            ("80 s", "1 min 20 s"),
            ("half an hour", "30 minutes"),
            ("a kilo", "1000 g"),
            ("100 °C", "212 degrees Fahrenheit"),
            ("about 100 km", "60 miles"),
            ("8 to 10 hours", "8–10 h"),
            ("between 8 and 10 hours", "8-10 hours"),
            ("eight hours", "8"),
            ("25%", "25 percent"),
            ("36 km/h", "10 m/s"),
            ("70 mph", "70 miles per hour"),
            ("70 mph", "seventy miles an hour"),
            ("World War II", "the second world war"),
        ];
        for (a, b) in pairs {
            assert_eq!(common(a, b), Some(1), "{a:?} {b:?}");
        }
        assert_eq!(common("December 25", "25th Dec"), Some(2));
        assert_eq!(common("3 red and 4 blue", "four blue, three red"), Some(2));
    }

    #[test]
    fn other_figures_contradict() {
        let pairs = [
            ("5 km", "5 m"),
            ("5 km", "5 km/h"),
            ("100 km", "60 miles"),
            ("100 °C", "100 °F"),
            ("8 to 10 hours", "8 hours"),
            ("8 to 10 hours", "8 to 12 hours"),
            ("8 hours", "9"),
            ("1914", "1941"),
            ("25 December", "26 December"),
            ("25 December", "25 November"),
        ];
        for (a, b) in pairs {
            assert_eq!(common(a, b), None, "{a:?} {b:?}");
        }
    }

    #[test]
    fn figures_of_one_side_do_not_contradict() {
        for (a, b) in [("5 km", "far"), ("May 1914", "1914"), ("in the year 1914", "long ago")] {
            assert!(common(a, b).is_some(), "{a:?} {b:?}");
        }
        let march = tokens(&pieces("they march"));
        assert!(Figures::read(&march).0.is_empty());
    }
}
