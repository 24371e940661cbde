//! A curve in one line of characters.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The values of a curve as bars between its least and its greatest value, in at most `width` characters: of more
/// values, each character is the mean of those that fall on it.
pub(super) fn spark(values: &[f64], width: usize) -> String {
    let width = width.min(values.len());
    let part = |at: usize| &values[at * values.len() / width..(at + 1) * values.len() / width];
    let means = (0..width).map(|at| part(at).iter().sum::<f64>() / part(at).len() as f64);
    let means: Vec<f64> = means.collect();
    let least = means.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |mean: &f64| {
        let height = if greatest > least {
            (mean - least) / (greatest - least)
        } else {
            0.5
        };
        BARS[(height * (BARS.len() - 1) as f64).round() as usize]
    };
    means.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_span_the_values_and_fit() {
        assert_eq!(spark(&[0.0, 1.0, 0.5], 10), "▁█▅");
        assert_eq!(spark(&[3.0, 3.0], 10), "▅▅");
        assert_eq!(spark(&[], 10), "");
        assert_eq!(spark(&[0.0, 0.0, 1.0, 1.0, 2.0], 2), "▁█");
    }
}
