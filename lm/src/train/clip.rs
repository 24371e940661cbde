//! The global norm of a gradient, and the factor that clips it (Pascanu et al. 2013, arXiv:1211.5063).

use rayon::prelude::*;

use crate::device::Path;
use crate::model::Weights;
use crate::ops::host;
use crate::profile::{self, Phase};

/// Elements per partial sum: fixed, so that the norm does not depend on the number of threads.
const BLOCK: usize = 16 * 1024;

/// `sqrt(sum of all squares)`, summed in f64 in a fixed order.
pub(super) fn norm(gradients: &mut Weights, path: Path) -> f64 {
    let _span = profile::span(Phase::Clip);
    let mut sum = 0.0;
    for tensor in gradients.trained_mut() {
        sum += match path {
            Path::Plain => {
                let squares = (tensor.clone() * tensor.clone()).sum();
                host::values(&squares)
                    .first()
                    .map_or(0.0, |square| f64::from(*square))
            }
            Path::Host => {
                let partial: Vec<f64> = host::read(tensor, |values| {
                    values.par_chunks(BLOCK).map(squares).collect()
                });
                partial.iter().sum()
            }
        };
    }
    sum.sqrt()
}

fn squares(values: &[f32]) -> f64 {
    host::vectorised(
        #[inline(always)]
        || {
            let mut lanes = [0.0f64; 8];
            let mut chunks = values.chunks_exact(8);
            for chunk in &mut chunks {
                for (lane, value) in lanes.iter_mut().zip(chunk) {
                    *lane += f64::from(*value) * f64::from(*value);
                }
            }
            let rest = chunks
                .remainder()
                .iter()
                .map(|value| f64::from(*value) * f64::from(*value));
            lanes.iter().sum::<f64>() + rest.sum::<f64>()
        },
    )
}

/// `min(1, max / norm)`
pub(super) fn factor(norm: f64, max: f64) -> f64 {
    if norm > max { max / norm } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_by_hand_and_factors() {
        let values: Vec<f32> = (0..20).map(|i| i as f32).collect();
        assert_eq!(squares(&values), 2470.0);
        assert_eq!(factor(2.0, 1.0), 0.5);
        assert_eq!(factor(0.5, 1.0), 1.0);
        assert_eq!(factor(0.0, 1.0), 1.0);
    }
}
