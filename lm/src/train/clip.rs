//! The global norm of a gradient, and the factor that clips it (Pascanu et al. 2013, arXiv:1211.5063).

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::Device;
use crate::device::Path;
use crate::model::Weights;
use crate::ops::host;
use crate::profile::{self, Phase};

/// Elements per partial sum: fixed, so that the norm does not depend on the number of threads.
const BLOCK: usize = 16 * 1024;

/// `sqrt(sum of all squares)`, summed in a fixed order: in f64, but for the sum of a tensor's row on a device.
pub(super) fn norm(gradients: &Weights, device: &Device) -> f64 {
    let _span = profile::span(Phase::Clip);
    let gradients = gradients.trained();
    let sum: f64 = match device.path() {
        Path::Plain => on_device(gradients, device),
        Path::Host => gradients.map(on_host).sum(),
    };
    sum.sqrt()
}

/// Gradients may be on several devices; their sums are fetched from `device`, in one go.
fn on_device<'a>(gradients: impl Iterator<Item = &'a Tensor<2>>, device: &Device) -> f64 {
    // The sum over everything at once adds in whatever order a GPU's blocks end; sums along dimensions have a fixed
    // one.
    let squares = gradients.map(|gradient| (gradient.clone() * gradient.clone()).sum_dim(1));
    let sums = squares.map(|sums| sums.to_device(&device.burn()));
    let sums = host::all_values(sums).flatten();
    sums.map(f64::from).sum()
}

fn on_host(gradient: &Tensor<2>) -> f64 {
    let partial: Vec<f64> = host::read(gradient, |values| values.par_chunks(BLOCK).map(squares).collect());
    partial.iter().sum()
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
    use crate::Policy;
    use crate::testing::{devices, folder};

    #[test]
    fn norms_on_all_devices_are_that_of_all_gradients_together() {
        let folder = folder("qwen2", false);
        for device in devices() {
            let gradients = Policy::random(folder.path(), &device, 7).unwrap().model.weights;
            let values = gradients.iter().flat_map(host::values);
            let expected = values.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            let norm = norm(&gradients, &device);
            assert!((norm / expected - 1.0).abs() < 1e-6, "{norm}, expected {expected}");
        }
    }

    #[test]
    fn squares_by_hand_and_factors() {
        let values: Vec<f32> = (0..20).map(|i| i as f32).collect();
        assert_eq!(squares(&values), 2470.0);
        assert_eq!(factor(2.0, 1.0), 0.5);
        assert_eq!(factor(0.5, 1.0), 1.0);
        assert_eq!(factor(0.0, 1.0), 1.0);
    }
}
