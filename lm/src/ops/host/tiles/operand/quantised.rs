//! Left operands in int8.

use super::Operand;
use crate::ops::host;
use crate::ops::host::tiles::kernel::{Chunk, Isa, Number, WIDE};
use crate::profile::{self, Phase};

impl Operand<Chunk> {
    /// Becomes `exact` in integers, each row having a scale for every [`WIDE`] columns.
    ///
    /// A row that is not finite stays so, by its scale.
    pub fn quantise<N: Number>(&mut self, isa: Isa, exact: &Operand<N>) {
        let _span = profile::span(Phase::Linear);
        self.reset_chunks(exact.rows, exact.width);
        let numbers = exact.data.as_chunks::<WIDE>().0;
        let (filled, last) = (self.width / WIDE * self.rows, self.width % WIDE);
        let rows = host::rows_per_task(WIDE);
        host::for_chunks(&mut self.data, rows, |task, chunks| {
            let numbers = &numbers[task * rows..];
            isa.vectorised(
                #[inline(always)]
                || {
                    for (i, (chunk, numbers)) in chunks.iter_mut().zip(numbers).enumerate() {
                        let mut values = [0.0; WIDE];
                        for (value, number) in values.iter_mut().zip(numbers) {
                            *value = number.value();
                        }
                        if task * rows + i >= filled {
                            // Beyond a row's last column there may be anything.
                            values[last..].fill(0.0);
                        }
                        *chunk = isa.quantise(&values);
                    }
                },
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use half::bf16;

    use super::*;
    use crate::model::init::normal;

    fn operand<N: Number>(values: &[f32], width: usize) -> Operand<N> {
        let mut operand = Operand::default();
        operand.reset(values.len() / width, width);
        operand.data.fill(N::nearest(f32::NAN));
        for (row, values) in values.chunks_exact(width).enumerate() {
            // SAFETY: one thread.
            unsafe { operand.writer().put(row, 0, values) };
        }
        operand
    }

    fn chunks<N: Number>(values: &[f32], width: usize) -> Vec<Chunk> {
        let mut quantised = Operand::default();
        quantised.quantise(Isa::best(), &operand::<N>(values, width));
        quantised.data.to_vec()
    }

    #[test]
    fn integers_are_the_nearest_and_the_largest_of_a_chunk_is_exact() {
        let (rows, width) = (3, 70);
        let values = normal(rows * width, 1.0, 1, "values");
        for isa in Isa::all() {
            let mut quantised = Operand::default();
            quantised.quantise(isa, &operand::<f32>(&values, width));
            for (i, chunk) in quantised.data.iter().enumerate() {
                let (row, first) = (i % rows, i / rows * WIDE);
                let of_chunk = &values[row * width + first..][..WIDE.min(width - first)];
                for (number, value) in chunk.numbers.iter().zip(of_chunk) {
                    assert!((f32::from(*number) * chunk.scale - value).abs() <= chunk.scale * 0.5001);
                }
                assert_eq!(chunk.numbers.iter().map(|n| n.unsigned_abs()).max(), Some(127));
                assert!(chunk.numbers[of_chunk.len()..].iter().all(|n| *n == 0));
                let sum: i32 = chunk.numbers.iter().map(|n| i32::from(*n)).sum();
                assert_eq!(chunk.offset, -128 * sum);
            }
        }
        assert_eq!(chunks::<bf16>(&[1.0, -0.5], 2)[0].numbers[..3], [127, -64, 0]);
    }

    #[test]
    fn what_is_not_finite_is_not_lost() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let chunks = chunks::<f32>(&[[bad; 40], [0.0; 40]].concat(), 40);
            assert!(!chunks[0].scale.is_finite() && !chunks[2].scale.is_finite());
            assert_eq!((chunks[1].scale, chunks[1].numbers), (0.0, [0; WIDE]));
        }
    }
}
