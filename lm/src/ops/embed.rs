//! The embedding: rows of a table, and the scatter of gradients back to them.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::host::{Memory, indices, math};
use super::scatter::Scatter;
use crate::device::Path;
use crate::profile::{self, Phase};

/// `table` `[vocab, d]`, `ids` of `n` tokens -> `[n, d]`
pub(crate) fn forward(table: &Tensor<2>, ids: &[u32]) -> Tensor<2> {
    let _span = profile::span(Phase::Gather);
    table.clone().select(0, indices(ids, &table.device()))
}

/// Adds each row of `dy` `[n, d]` to row `ids[i]` of `gradient` `[vocab, d]`.
pub(crate) fn backward(gradient: Tensor<2>, ids: &[u32], dy: Tensor<2>, path: Path) -> Tensor<2> {
    let _span = profile::span(Phase::Gather);
    let device = dy.device();
    if path == Path::Plain {
        let places: Vec<Option<u32>> = ids.iter().copied().map(Some).collect();
        return Scatter::new(&places, &device).add(gradient, dy);
    }
    let [_, d] = dy.dims();
    let (mut gradient, dy) = (Memory::take(gradient), Memory::take(dy));
    let dy = dy.slice();
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|row| ids[*row]);
    // Tokens of one id are added in the order of their positions, so the sum is the same every time.
    gradient
        .slice_mut()
        .par_chunks_mut(d)
        .enumerate()
        .for_each(|(id, target)| {
            let first = order.partition_point(|row| (ids[*row] as usize) < id);
            let rows = order[first..].iter().take_while(|row| ids[**row] as usize == id);
            rows.for_each(|row| math::axpy(target, 1.0, &dy[row * d..(row + 1) * d]));
        });
    gradient.into_tensor(&device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::host;
    use crate::testing::{assert_close, random};

    #[test]
    fn rows_of_repeated_ids_add_up() {
        let (gradient, dy) = (random([6, 4], 1), random([5, 4], 2));
        let ids = [3, 0, 3, 5, 3];
        let plain = backward(gradient.clone(), &ids, dy.clone(), Path::Plain);
        assert_close(&backward(gradient, &ids, dy, Path::Host), &plain, 1e-6);
    }

    #[test]
    fn rows_are_looked_up() {
        let table = random([6, 4], 1);
        let rows = host::values(&forward(&table, &[2, 2]));
        assert_eq!(rows[..4], rows[4..]);
        assert_eq!(rows[..4], host::values(&table)[8..12]);
    }
}
