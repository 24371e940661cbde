//! Adding rows to the rows of a table, several of them to the same one: the gradient of a gather.
//!
//! On a GPU, burn's own goes through the rows one after another, so that no two are added to one place at once. Here,
//! rows of one place are added up a few at a time, all places together and always in the same order.

use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor};

use super::host::indices;

/// Rows that are added up at a time.
const WIDTH: usize = 8;

/// Which row goes where: index maps on a device, for any number of additions.
pub(crate) struct Scatter {
    steps: Vec<Step>,
}

/// What is done with the rows that there are.
struct Step {
    /// Rows `[n]` that share their place with no other, and their places `[n, 1]`.
    alone: Option<(Tensor<1, Int>, Tensor<2, Int>)>,
    /// The rows of the next step, each as the [`WIDTH`] rows that it is the sum of; the row after the last is zero.
    sums: Option<Tensor<1, Int>>,
}

impl Scatter {
    /// Row `i` goes to `places[i]`, if anywhere.
    pub fn new(places: &[Option<u32>], device: &Device) -> Self {
        let mut count = places.len();
        let mut rows: Vec<(u32, u32)> = (0..)
            .zip(places)
            .filter_map(|(row, place)| Some(((*place)?, row)))
            .collect();
        rows.sort_unstable();
        let mut steps = Vec::new();
        while !rows.is_empty() {
            let (step, next) = Step::new(&rows, count, device);
            steps.push(step);
            count = next.len();
            rows = next;
        }
        Self { steps }
    }

    /// Adds `rows` `[n, d]` to `table` `[places, d]`.
    pub fn add(&self, mut table: Tensor<2>, mut rows: Tensor<2>) -> Tensor<2> {
        for Step { alone, sums } in &self.steps {
            if let Some((alone, places)) = alone {
                let rows = rows.clone().select(0, alone.clone());
                table = table.scatter_nd(places.clone(), rows, IndexingUpdateOp::Add);
            }
            if let Some(sums) = sums {
                rows = added_up(rows, sums);
            }
        }
        table
    }
}

impl Step {
    /// The step for `rows`, in order as (place, row), of `count` in all; and the rows of the next one.
    fn new(rows: &[(u32, u32)], count: usize, device: &Device) -> (Self, Vec<(u32, u32)>) {
        let (mut alone, mut places) = (Vec::new(), Vec::new());
        let (mut sums, mut next) = (Vec::new(), Vec::new());
        for rows in rows.chunk_by(|a, b| a.0 == b.0) {
            if let [(place, row)] = rows {
                places.push(*place);
                alone.push(*row);
                continue;
            }
            for rows in rows.chunks(WIDTH) {
                next.push((rows[0].0, next.len() as u32));
                let zeros = std::iter::repeat_n(count as u32, WIDTH - rows.len());
                sums.extend(rows.iter().map(|(_, row)| *row).chain(zeros));
            }
        }
        let n = places.len();
        let step = Self {
            alone: (n > 0).then(|| {
                let places = indices(&places, device).reshape([n, 1]);
                (indices(&alone, device), places)
            }),
            sums: (!sums.is_empty()).then(|| indices(&sums, device)),
        };
        (step, next)
    }
}

/// Sums of [`WIDTH`] rows each, given by their numbers one sum after another.
fn added_up(rows: Tensor<2>, numbers: &Tensor<1, Int>) -> Tensor<2> {
    let (d, count) = (rows.dims()[1], numbers.dims()[0] / WIDTH);
    let zero = Tensor::zeros([1, d], &rows.device());
    let parts = Tensor::cat(vec![rows, zero], 0).select(0, numbers.clone());
    let parts: Tensor<3> = parts.reshape([count, WIDTH, d]);
    parts.sum_dim(1).squeeze_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::host;
    use crate::testing::random;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_row_is_added_where_it_goes(
            // Few places, so that some have more rows than two steps add up; many, so that some have one or none.
            places in (1..40u32).prop_flat_map(|count| {
                proptest::collection::vec(proptest::option::weighted(0.9, 0..count), 0..300)
            }),
        ) {
            const D: usize = 3;
            let (table, rows) = (random([40, D], 1), random([places.len(), D], 2));
            let mut expected: Vec<f64> = host::values(&table).into_iter().map(f64::from).collect();
            for (row, place) in host::values(&rows).chunks_exact(D).zip(&places) {
                let Some(place) = place else { continue };
                let sums = &mut expected[*place as usize * D..][..D];
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
            }
            let scatter = Scatter::new(&places, &table.device());
            for (got, expected) in host::values(&scatter.add(table, rows)).iter().zip(&expected) {
                prop_assert!((f64::from(*got) - expected).abs() < 1e-4, "{got}, expected {expected}");
            }
        }
    }
}
