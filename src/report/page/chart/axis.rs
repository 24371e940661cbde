//! Axes: their range, round ticks, and how values are written on them.

/// What values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Shares, written in percent.
    Share,
    /// Any numbers.
    Number,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it measures, with its unit.
    pub name: String,
    /// How values are written.
    pub unit: Unit,
    /// Whether only whole numbers have a tick.
    pub whole: bool,
    /// Whether it ends where the values end, rather than at a tick.
    pub tight: bool,
}

impl Axis {
    /// An axis of shares.
    pub fn share(name: impl Into<String>) -> Self {
        Self::new(name, Unit::Share)
    }

    /// An axis of numbers.
    pub fn number(name: impl Into<String>) -> Self {
        Self::new(name, Unit::Number)
    }

    fn new(name: impl Into<String>, unit: Unit) -> Self {
        Self {
            name: name.into(),
            unit,
            whole: false,
            tight: false,
        }
    }

    /// An axis of counts such as iterations.
    pub fn count(name: impl Into<String>) -> Self {
        Self {
            whole: true,
            ..Self::number(name)
        }
    }

    /// One that ends where its values end.
    pub fn tightly(self) -> Self {
        Self { tight: true, ..self }
    }

    /// The scale that shows `values` between the pixels `from` and `to`, with about `most` ticks.
    pub(super) fn scale(&self, values: impl Iterator<Item = f64>, pixels: (f64, f64), most: usize) -> Scale {
        let (low, high) = extent(values);
        let smallest = if self.whole { 1.0 } else { 0.0 };
        let step = step(low, high, most).max(smallest);
        let (low, high) = if self.tight {
            (low, high)
        } else {
            ((low / step).floor() * step, (high / step).ceil() * step)
        };
        let (low, high) = match self.unit {
            Unit::Share => (low.max(0.0), high.min(1.0)),
            Unit::Number => (low, high),
        };
        let high = if high > low { high } else { low + step };
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        Scale {
            low,
            high,
            pixels,
            ticks: (first..=last).map(|tick| tick as f64 * step).collect(),
            step,
            unit: self.unit,
        }
    }
}

/// From values to pixels.
pub(super) struct Scale {
    low: f64,
    high: f64,
    pixels: (f64, f64),
    /// The values that have a tick.
    pub(super) ticks: Vec<f64>,
    step: f64,
    unit: Unit,
}

impl Scale {
    /// The pixel of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        self.pixels.0 + share.clamp(0.0, 1.0) * (self.pixels.1 - self.pixels.0)
    }

    /// A tick as text.
    pub(super) fn told(&self, tick: f64) -> String {
        match self.unit {
            Unit::Share => format!("{}%", fixed(100.0 * tick, 100.0 * self.step)),
            Unit::Number if self.step < 1e-4 && tick != 0.0 => format!("{tick:.0e}"),
            Unit::Number => fixed(tick, self.step),
        }
    }
}

/// A value with as many decimals as a step of this size needs.
fn fixed(value: f64, step: f64) -> String {
    let decimals = (-step.log10() - 1e-9).ceil().clamp(0.0, 6.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.')) {
        "0".to_owned()
    } else {
        text
    }
}

/// The least and the greatest of the finite `values`, a little apart.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return (0.0, 1.0);
    }
    if high > low {
        return (low, high);
    }
    let around = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
    (low - around, high + around)
}

/// The smallest of 1, 2 and 5 times a power of ten that gives at most `most` steps.
fn step(low: f64, high: f64, most: usize) -> f64 {
    let rough = ((high - low) / most.max(1) as f64).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|round| round * power >= rough * (1.0 - 1e-9));
    round.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(axis: &Axis, values: &[f64], most: usize) -> Vec<String> {
        let scale = axis.scale(values.iter().copied(), (0.0, 100.0), most);
        scale.ticks.iter().map(|&tick| scale.told(tick)).collect()
    }

    #[test]
    fn ticks_are_round() {
        let share = Axis::share("");
        assert_eq!(told(&share, &[0.383, 0.97], 4), ["20%", "40%", "60%", "80%", "100%"]);
        assert_eq!(told(&share, &[0.996, 0.999], 4), ["99.6%", "99.7%", "99.8%", "99.9%"]);
        let number = Axis::number("");
        assert_eq!(
            told(&number, &[-0.0012, 0.0777], 4),
            ["-0.02", "0", "0.02", "0.04", "0.06", "0.08"]
        );
        assert_eq!(told(&number, &[0.0, 2.4e-5], 3), ["0", "1e-5", "2e-5", "3e-5"]);
        assert_eq!(told(&Axis::count(""), &[0.0, 3.0], 6), ["0", "1", "2", "3"]);
    }

    #[test]
    fn a_single_value_and_none_have_an_axis() {
        assert_eq!(told(&Axis::number(""), &[5.0], 2), ["4.5", "5.0", "5.5"]);
        assert_eq!(told(&Axis::number(""), &[f64::NAN], 2), ["0", "0.5", "1.0"]);
        assert_eq!(told(&Axis::count(""), &[2.0], 4), ["1", "2", "3"]);
        assert_eq!(told(&Axis::count("").tightly(), &[1.0, 32.0], 4), ["10", "20", "30"]);
    }

    #[test]
    fn values_become_pixels() {
        let scale = Axis::number("").scale([0.0, 10.0].into_iter(), (100.0, 0.0), 5);
        assert_eq!(
            [0.0, 2.5, 10.0, 11.0].map(|value| scale.at(value)),
            [100.0, 75.0, 0.0, 0.0]
        );
    }
}
