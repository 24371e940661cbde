//! Figures by iteration as lines, pooled over the runs of a setting.

use crate::report::page::block::{Figure, TextLine};
use crate::report::page::chart::{Axis, Line, LineChart, Point, Unit, sparkline};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;
use crate::report::show::{number, percent};

/// A value as a reader needs it.
pub fn told(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Share => percent(value),
        Unit::Number if value != 0.0 && value.abs() < 1e-3 => format!("{value:.1e}"),
        Unit::Number => number(value, 3),
    }
}

/// The beginning of a label: the letter of a setting, if it has one.
fn lettered(setting: &Setting, text: &str) -> String {
    [setting.letter.as_str(), text]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A figure of an iteration, and the ends of its interval where it is of a single run.
pub type Measured = (f64, Option<(f64, f64)>);

/// `figure` of the iterations of a setting: of one run with its interval, of several as mean with one standard
/// deviation up and down. None if no run has it.
pub fn line(
    setting: &Setting,
    name: &str,
    colour: usize,
    unit: Unit,
    figure: impl Fn(&Run, u32) -> Option<Measured>,
) -> Option<Line> {
    let point = |iteration: u32| {
        let found: Vec<Measured> = setting.runs.iter().filter_map(|run| figure(run, iteration)).collect();
        let of = crate::report::compare::pooled(&found.iter().map(|&(value, _)| value).collect::<Vec<_>>())?;
        let ends = match (of.sd, found.as_slice()) {
            (Some(sd), _) => Some((of.mean - sd, of.mean + sd)),
            (None, [(_, ends)]) => *ends,
            _ => None,
        };
        let within = match (of.sd, ends) {
            (Some(sd), _) => format!(" ± {} (sd of {} runs)", told(unit, sd), found.len()),
            (None, Some((low, high))) => format!(" ({} to {})", told(unit, low), told(unit, high)),
            _ => String::new(),
        };
        Some(Point {
            x: f64::from(iteration),
            y: of.mean,
            ends,
            note: format!("{name}, iteration {iteration}: {}{within}", told(unit, of.mean)),
            tag: String::new(),
        })
    };
    let points: Vec<Point> = setting.iterations().into_iter().filter_map(point).collect();
    let last = points.last()?.y;
    Some(Line {
        label: lettered(setting, &format!("{name} {}", told(unit, last)))
            .trim()
            .to_owned(),
        colour,
        points,
    })
}

/// Lines by iteration as a figure; none without lines.
pub fn figure(title: &str, caption: String, lines: Vec<Line>, y: Axis, size: (f64, f64)) -> Option<Figure> {
    if lines.is_empty() {
        return None;
    }
    let unit = y.unit;
    let text = lines.iter().map(|line| text_line(line, unit)).collect();
    let chart = LineChart {
        name: title.to_owned(),
        size,
        x: Axis::count("iteration").tightly(),
        y,
        lines,
        dividers: Vec::new(),
    };
    Some(Figure {
        title: title.to_owned(),
        caption,
        svg: chart.svg(),
        lines: text,
        width: Some(size.0 as u32),
    })
}

/// A line as text: all of a few values, or the first and the last.
pub fn text_line(line: &Line, unit: Unit) -> TextLine {
    let values: Vec<f64> = line.points.iter().map(|point| point.y).collect();
    let shown: Vec<String> = match values.as_slice() {
        [first, .., last] if values.len() > 12 => vec![told(unit, *first), "…".to_owned(), told(unit, *last)],
        few => few.iter().map(|&value| told(unit, value)).collect(),
    };
    TextLine {
        name: line.label.clone(),
        spark: sparkline(&values),
        values: shown.join(" → "),
    }
}
