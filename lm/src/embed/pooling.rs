//! One vector from the hidden states of a text's tokens.

/// How the hidden states become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first token, the encoder's `[CLS]`.
    Cls,
}

impl Pooling {
    /// The vector of a text with these `rows` of `width` values, at length 1; zero for no rows. `None` if it is not
    /// finite.
    pub fn vector(self, rows: &[f32], width: usize) -> Option<Vec<f32>> {
        let rows = match self {
            Self::Mean => rows,
            Self::Cls => &rows[..width.min(rows.len())],
        };
        let mut sums = vec![0.0; width];
        for row in rows.chunks_exact(width) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += f64::from(*value);
            }
        }
        // Dividing by the number of rows would change the length alone.
        normalised(&sums)
    }
}

/// `values` at length 1; zeros stay.
fn normalised(values: &[f64]) -> Option<Vec<f32>> {
    let length = values.iter().map(|x| x * x).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    let scaled = || values.iter().map(|x| (x * scale) as f32).collect();
    length.is_finite().then(scaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_points_where_the_rows_do() {
        let mean = |rows: &[f32], width| Pooling::Mean.vector(rows, width);
        assert_eq!(mean(&[3.0, 1.0, 0.0, 3.0], 2), Some(vec![0.6, 0.8]));
        assert_eq!(mean(&[], 2), Some(vec![0.0; 2]));
        assert_eq!(mean(&[2.0, -2.0], 1), Some(vec![0.0]));
        assert_eq!(mean(&[1.0, f32::NAN], 1), None);
        assert_eq!(mean(&[f32::INFINITY], 1), None);
    }

    #[test]
    fn the_first_row_counts_alone() {
        assert_eq!(Pooling::Cls.vector(&[0.0, 4.0, 3.0, 4.0], 2), Some(vec![0.0, 1.0]));
        assert_eq!(Pooling::Cls.vector(&[], 2), Some(vec![0.0; 2]));
    }
}
