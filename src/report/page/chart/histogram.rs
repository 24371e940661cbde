//! Histograms of shares, in bins of equal width from 0 to 1.

use super::svg::{Anchor, Svg};

/// Counts in equal bins from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Read out instead of the chart.
    pub name: String,
    /// Counts, or their means.
    pub bins: Vec<f64>,
    /// What the highest bar of all histograms that are compared counts.
    pub most: f64,
    /// The part of the axis that is marked.
    pub band: Option<(f64, f64)>,
    /// Number of its colour.
    pub colour: usize,
}

const WIDTH: f64 = 172.0;
const HEIGHT: f64 = 118.0;
const LEFT: f64 = 8.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 22.0;

impl Histogram {
    /// Its width in pixels.
    pub fn width(&self) -> f64 {
        WIDTH
    }

    /// It, as SVG.
    pub fn svg(&self) -> String {
        let mut svg = Svg::new(WIDTH, HEIGHT, &self.name, "chart");
        let at = |share: f64| LEFT + share * (WIDTH - 2.0 * LEFT);
        let bottom = HEIGHT - BOTTOM;
        if let Some((low, high)) = self.band {
            svg.rect(
                &format!("inside s{}", self.colour),
                (at(low), TOP - 10.0),
                (at(high) - at(low), bottom - TOP + 10.0),
                "",
            );
            for end in [low, high] {
                svg.line("divider", (at(end), TOP - 10.0), (at(end), bottom));
            }
        }
        let wide = 1.0 / self.bins.len().max(1) as f64;
        for (bin, &count) in self.bins.iter().enumerate() {
            let from = bin as f64 * wide;
            let height = count / self.most.max(f64::MIN_POSITIVE) * (bottom - TOP);
            // A bin that is not empty always shows.
            let height = if count > 0.0 { height.max(1.5) } else { 0.0 };
            let within = self
                .band
                .is_none_or(|(low, high)| from + wide / 2.0 > low && from + wide / 2.0 < high);
            let class = if within {
                format!("bar s{}", self.colour)
            } else {
                "bar outside".to_owned()
            };
            let title = format!("r_mean {:.1} to {:.1}: {}", from, from + wide, counted(count));
            svg.rect(
                &class,
                (at(from) + 0.75, bottom - height),
                (at(wide) - LEFT - 1.5, height),
                &title,
            );
            if count > 0.0 {
                svg.text(
                    "count",
                    (at(from + wide / 2.0), bottom - height - 2.5),
                    Anchor::Middle,
                    &counted(count),
                );
            }
        }
        svg.line("axis", (at(0.0), bottom), (at(1.0), bottom));
        for tick in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
            svg.text("tick", (at(tick), bottom + 13.0), Anchor::Middle, &format!("{tick}"));
        }
        svg.finish()
    }
}

/// A count, or a mean of counts.
fn counted(count: f64) -> String {
    if count.fract() == 0.0 || count >= 10.0 {
        format!("{count:.0}")
    } else {
        format!("{count:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_is_marked_and_every_bin_shows() {
        let histogram = Histogram {
            name: "r_mean".to_owned(),
            bins: vec![0.0, 1.0, 40.0, 400.0, 2.0, 0.0, 0.0, 7.0, 3.0, 1.5],
            most: 400.0,
            band: Some((0.2, 0.8)),
            colour: 0,
        };
        let svg = histogram.svg();
        assert_eq!(svg.matches("class=\"bar s0\"").count(), 6);
        assert_eq!(svg.matches("class=\"bar outside\"").count(), 4);
        assert_eq!(svg.matches("class=\"count\"").count(), 7);
        assert!(svg.contains("r_mean 0.9 to 1.0: 1.5"), "{svg}");
    }
}
