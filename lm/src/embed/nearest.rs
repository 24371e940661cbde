//! The nearest of many vectors.

use rayon::prelude::*;

use crate::ops::host::{self, math};

/// The largest cosine of each vector of `of` with one of `among`, all at length 1 and of as many elements; minus
/// infinity if there are none.
pub fn nearest(of: &[&[f32]], among: &[&[f32]]) -> Vec<f32> {
    let largest = |vector: &&[f32]| {
        host::vectorised(
            #[inline(always)]
            || {
                let cosines = among.iter().map(|other| math::dot(vector, other));
                cosines.fold(f32::NEG_INFINITY, f32::max)
            },
        )
    };
    of.par_iter().map(largest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_product_counts() {
        let (a, b, c) = ([1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]);
        assert_eq!(nearest(&[&a, &b, &c], &[&b, &c]), [0.6, 1.0, 1.0]);
        assert_eq!(nearest(&[&a], &[]), [f32::NEG_INFINITY]);
    }
}
