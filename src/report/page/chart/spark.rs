//! Lines as small as a word.

use super::path::through;
use super::svg::Svg;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The finite ones of `values`, each as its share of the range from the least to the greatest.
fn shares(values: &[f64]) -> Vec<Option<f64>> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (
        finite().fold(f64::INFINITY, f64::min),
        finite().fold(f64::NEG_INFINITY, f64::max),
    );
    let share = |value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
    values
        .iter()
        .map(|&value| value.is_finite().then(|| share(value)))
        .collect()
}

/// `values` as characters; a missing one is a space. More than 40 are thinned.
pub fn sparkline(values: &[f64]) -> String {
    const MOST: usize = 40;
    let every = values.len().div_ceil(MOST).max(1);
    let thinned: Vec<f64> = values.iter().copied().step_by(every).collect();
    let character = |share: Option<f64>| share.map_or(' ', |share| BARS[(share * 7.0).round() as usize % 8]);
    shares(&thinned).into_iter().map(character).collect()
}

/// `values` as SVG; `name` is read out instead of it.
pub fn spark_svg(name: &str, values: &[f64]) -> String {
    const SIZE: (f64, f64) = (84.0, 18.0);
    let mut svg = Svg::new(SIZE.0, SIZE.1, name, "inline");
    let every = (SIZE.0 - 8.0) / (values.len().max(2) - 1) as f64;
    let place = |(at, share): (usize, &Option<f64>)| {
        let share = (*share)?;
        Some((4.0 + at as f64 * every, SIZE.1 - 3.0 - share * (SIZE.1 - 6.0)))
    };
    let points: Vec<Option<(f64, f64)>> = shares(values).iter().enumerate().map(place).collect();
    svg.path("line s0", &through(points.iter().copied()));
    if let Some(&(x, y)) = points.iter().flatten().last() {
        svg.circle("dot s0", (x, y), 2.0, "");
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_characters() {
        assert_eq!(sparkline(&[0.0, 1.0, f64::NAN, 0.5]), "▁█ ▅");
        assert_eq!(sparkline(&[2.0, 2.0]), "▅▅");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[1.0; 100]).chars().count(), 34);
    }

    #[test]
    fn a_single_value_is_a_dot() {
        let svg = spark_svg("x", &[3.0]);
        assert!(svg.contains("<circle") && !svg.contains("NaN"), "{svg}");
    }
}
