//! Lines by a number, with bands.

use super::COLOURS;
use super::axis::{Axis, Scale};
use super::labels::{spread, width};
use super::path::{area, through};
use super::svg::{Anchor, Svg};

/// A point of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// The value; NaN: there is none.
    pub y: f64,
    /// The ends of its interval.
    pub ends: Option<(f64, f64)>,
    /// What a pointer shows that rests on it.
    pub note: String,
    /// Stands beside it.
    pub tag: String,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Stands at its end.
    pub label: String,
    /// Number of its colour.
    pub colour: usize,
    /// Its points, by `x`.
    pub points: Vec<Point>,
}

/// A vertical line that divides the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Divider {
    /// Where.
    pub x: f64,
    /// Stands at its upper end.
    pub label: String,
}

/// Lines over a common axis.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart {
    /// Read out instead of the chart.
    pub name: String,
    /// Pixels.
    pub size: (f64, f64),
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The lines.
    pub lines: Vec<Line>,
    /// Divisions of the horizontal axis.
    pub dividers: Vec<Divider>,
}

/// Pixels between labels.
const APART: f64 = 13.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 34.0;
/// More bands than this are paler, since they lie upon each other.
const CLEAR: usize = 3;
/// Lines of more points than this have no marks.
const MARKED: usize = 24;
/// Lines of more points than this have no notes: they would make the page large.
const NOTED: usize = 120;

impl LineChart {
    /// It, as SVG.
    pub fn svg(&self) -> String {
        let (width, height) = self.size;
        let mut svg = Svg::new(width, height, &self.name, "chart");
        let values = || {
            let points = self.lines.iter().flat_map(|line| &line.points);
            points.flat_map(|point| {
                [
                    Some(point.y),
                    point.ends.map(|ends| ends.0),
                    point.ends.map(|ends| ends.1),
                ]
            })
        };
        let bottom = height - BOTTOM;
        let most = (bottom / 34.0) as usize;
        let y = self.y.scale(values().flatten(), (bottom, TOP), most);
        let left = y
            .ticks
            .iter()
            .map(|&tick| self::width(&y.told(tick)))
            .fold(0.0, f64::max)
            + 8.0;
        let labels = self.lines.iter().map(|line| self::width(&line.label));
        let right = width - labels.fold(0.0, f64::max) - 12.0;
        let places = self.lines.iter().flat_map(|line| &line.points).map(|point| point.x);
        let x = self.x.scale(places, (left, right), ((right - left) / 56.0) as usize);
        self.grid(&mut svg, &x, &y, (left, right));
        let bands = self
            .lines
            .iter()
            .filter(|line| line.points.iter().any(|point| point.ends.is_some()));
        let class = if bands.count() > CLEAR { "band many" } else { "band" };
        for line in &self.lines {
            band(&mut svg, class, line, &x, &y);
        }
        for line in &self.lines {
            draw(&mut svg, line, &x, &y);
        }
        self.labels(&mut svg, &x, &y);
        svg.finish()
    }

    fn grid(&self, svg: &mut Svg, x: &Scale, y: &Scale, (left, right): (f64, f64)) {
        let bottom = self.size.1 - BOTTOM;
        for &tick in &y.ticks {
            svg.line("grid", (left, y.at(tick)), (right, y.at(tick)));
            svg.text("tick", (left - 5.0, y.at(tick) + 3.5), Anchor::End, &y.told(tick));
        }
        for divider in &self.dividers {
            svg.line("divider", (x.at(divider.x), TOP - 4.0), (x.at(divider.x), bottom));
            svg.text(
                "tick",
                (x.at(divider.x) + 3.0, TOP + 5.0),
                Anchor::Start,
                &divider.label,
            );
        }
        svg.line("axis", (left, bottom), (right, bottom));
        for &tick in &x.ticks {
            svg.line("axis", (x.at(tick), bottom), (x.at(tick), bottom + 3.0));
            svg.text("tick", (x.at(tick), bottom + 14.0), Anchor::Middle, &x.told(tick));
        }
        let middle = (left + right) / 2.0;
        svg.text("name", (middle, self.size.1 - 5.0), Anchor::Middle, &self.x.name);
        svg.text("name", (2.0, 11.0), Anchor::Start, &self.y.name);
    }

    fn labels(&self, svg: &mut Svg, x: &Scale, y: &Scale) {
        let last = |line: &Line| line.points.iter().rfind(|point| point.y.is_finite()).cloned();
        let ends: Vec<(&Line, Point)> = self.lines.iter().filter_map(|line| Some((line, last(line)?))).collect();
        let wanted: Vec<f64> = ends.iter().map(|(_, point)| y.at(point.y)).collect();
        let placed = spread(&wanted, APART, TOP, self.size.1 - BOTTOM);
        // All labels begin where the longest line ends, and one that moved is joined with its line. Lines that need not
        // go to the right have their labels beside their own ends.
        let longest = ends.iter().map(|(_, point)| x.at(point.x)).fold(0.0, f64::max) + 8.0;
        for (((line, point), height), wanted) in ends.iter().zip(placed).zip(wanted) {
            let colour = line.colour % COLOURS;
            let tagged = line.points.iter().any(|point| !point.tag.is_empty());
            let from = if tagged { x.at(point.x) + 8.0 } else { longest };
            if (height - wanted).abs() > 4.0 || from - x.at(point.x) > 12.0 {
                svg.line(
                    &format!("join s{colour}"),
                    (x.at(point.x) + 3.0, wanted),
                    (from - 2.0, height),
                );
            }
            svg.text(
                &format!("label s{colour}"),
                (from, height + 3.5),
                Anchor::Start,
                &line.label,
            );
        }
    }
}

fn band(svg: &mut Svg, class: &str, line: &Line, x: &Scale, y: &Scale) {
    let ends = line.points.iter().filter_map(|point| {
        let (low, high) = point.ends?;
        Some((x.at(point.x), y.at(high), y.at(low)))
    });
    let colour = line.colour % COLOURS;
    svg.path(&format!("{class} s{colour}"), &area(&ends.collect::<Vec<_>>()));
}

fn draw(svg: &mut Svg, line: &Line, x: &Scale, y: &Scale) {
    let colour = line.colour % COLOURS;
    let at = |point: &Point| point.y.is_finite().then(|| (x.at(point.x), y.at(point.y)));
    svg.path(&format!("line s{colour}"), &through(line.points.iter().map(at)));
    let marked = line.points.len() <= MARKED;
    if line.points.len() > NOTED {
        return;
    }
    for point in &line.points {
        if let Some(place) = at(point) {
            let class = if marked { "dot" } else { "near" };
            let r = if marked { 3.0 } else { 5.0 };
            svg.circle(&format!("{class} s{colour}"), place, r, &point.note);
            if !point.tag.is_empty() {
                svg.text("count", (place.0 - 5.0, place.1 - 5.0), Anchor::End, &point.tag);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, values: &[f64]) -> Line {
        let point = |(x, &y): (usize, &f64)| Point {
            x: x as f64,
            y,
            ends: Some((y - 0.1, y + 0.1)),
            note: format!("at {x}"),
            tag: String::new(),
        };
        Line {
            label: label.to_owned(),
            colour: 9,
            points: values.iter().enumerate().map(point).collect(),
        }
    }

    fn chart(lines: Vec<Line>) -> String {
        let chart = LineChart {
            name: "accuracy <b>".to_owned(),
            size: (320.0, 200.0),
            x: Axis::count("iteration"),
            y: Axis::share("share"),
            lines,
            dividers: vec![Divider {
                x: 1.0,
                label: "2".to_owned(),
            }],
        };
        chart.svg()
    }

    #[test]
    fn a_chart_has_its_lines_labels_and_notes() {
        let svg = chart(vec![
            line("a 50%", &[0.2, f64::NAN, 0.5]),
            line("b <i>", &[0.2, 0.4, 0.5]),
        ]);
        assert_eq!(svg.matches("class=\"line s1\"").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 5);
        assert!(
            svg.contains("a 50%</text>") && svg.contains("b &lt;i&gt;</text>"),
            "{svg}"
        );
        assert!(
            svg.contains("<title>at 2</title>") && svg.contains("accuracy &lt;b&gt;"),
            "{svg}"
        );
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn an_empty_chart_is_drawn() {
        let svg = chart(vec![line("nothing", &[f64::NAN]), line("", &[])]);
        assert!(svg.ends_with("</svg>") && !svg.contains("NaN"), "{svg}");
    }
}
