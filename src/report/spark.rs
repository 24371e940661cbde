//! Figures as a row of bars, as high as a line of text.

/// Heights of a bar; the first is an empty one.
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// More values than this are pooled.
const LONGEST: usize = 24;

/// A histogram between two rules: a bar as high as its bin is full. A bin that is not empty always shows.
pub(super) fn histogram(bins: &[usize]) -> String {
    let most = bins.iter().copied().max().unwrap_or(0).max(1);
    let bars: String = bins
        .iter()
        .map(|&n| BARS[(n * (BARS.len() - 1)).div_ceil(most)])
        .collect();
    format!("|{bars}|")
}

/// The course of `values` from the lowest bar for the least to the highest for the largest. Of many values, neighbours
/// are drawn as their mean. Values that are not finite leave a gap.
pub(super) fn course(values: &[f64]) -> String {
    let pooled: Vec<f64> = match values.len() {
        n if n > LONGEST => (0..LONGEST)
            .map(|at| &values[at * n / LONGEST..(at + 1) * n / LONGEST])
            .map(|part| part.iter().sum::<f64>() / part.len() as f64)
            .collect(),
        _ => values.to_vec(),
    };
    let finite = || pooled.iter().copied().filter(|value| value.is_finite());
    let (least, most) = (
        finite().fold(f64::INFINITY, f64::min),
        finite().fold(f64::NEG_INFINITY, f64::max),
    );
    let steps = (BARS.len() - 2) as f64;
    let bar = |value: f64| match value.is_finite() {
        // A value that never changes is drawn in the middle.
        true if most <= least => BARS[BARS.len() / 2],
        true => BARS[1 + ((value - least) / (most - least) * steps).round() as usize],
        false => ' ',
    };
    pooled.iter().map(|&value| bar(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_that_are_not_empty_show() {
        assert_eq!(histogram(&[2, 1, 0, 1, 0, 2]), "|█▄ ▄ █|");
        assert_eq!(histogram(&[1000, 1, 0]), "|█▁ |");
        assert_eq!(histogram(&[0, 0]), "|  |");
    }

    #[test]
    fn a_course_goes_from_its_least_to_its_largest_value() {
        assert_eq!(course(&[0.0, 0.5, 1.0, f64::NAN, 0.0]), "▁▅█ ▁");
        assert_eq!(course(&[0.3, 0.3]), "▄▄");
        assert_eq!(course(&[]), "");
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(course(&many), "▁▁▂▂▂▃▃▃▃▄▄▄▅▅▅▆▆▆▆▇▇▇██");
    }
}
