//! Panels in other formats than f32.

use half::bf16;
use rayon::prelude::*;

use crate::ops::host::tiles::buffer::Buffer;
use crate::ops::host::tiles::format::Format;
use crate::ops::host::tiles::kernel::{
    Chunk, Element, Elements, LARGEST, MAGNITUDE, Number, Quad, Term, WIDE, ZERO, factor, terms,
};
use crate::ops::host::{self, math};

/// Panels in `format`, of those in f32 that `pack` fills one by one.
pub(super) fn filled(
    inputs: usize,
    panels: usize,
    format: Format,
    pack: impl Fn(usize, &mut [f32]) + Sync,
) -> Elements {
    match format {
        Format::F32 => {
            let mut data = Buffer::zeros(panels * inputs * WIDE);
            let each = data.par_chunks_mut(inputs * WIDE).enumerate();
            each.for_each(|(panel, data)| pack(panel, data));
            Elements::F32(data)
        }
        Format::Terms => Elements::Terms(rounded::<Term>(inputs, panels, pack, sums)),
        Format::Bf16 => Elements::Bf16(rounded::<bf16>(inputs, panels, pack, pairs)),
        Format::Int8 => Elements::Int8(rounded::<Chunk>(inputs, panels, pack, quads)),
    }
}

/// A panel at a time, so that the matrix is never there in f32.
fn rounded<E: Element>(
    inputs: usize,
    panels: usize,
    pack: impl Fn(usize, &mut [f32]) + Sync,
    round: fn(&[f32], &mut [E::Right]),
) -> Buffer<E::Right> {
    let size = E::of_panel(inputs);
    let mut data = Buffer::zeros(panels * size);
    data.par_chunks_mut(size).enumerate().for_each_init(
        || vec![0.0; inputs * WIDE],
        |exact, (panel, data)| {
            exact.fill(0.0);
            pack(panel, exact);
            round(exact, data);
        },
    );
    data
}

fn pairs(exact: &[f32], panel: &mut [bf16]) {
    for (input, row) in exact.chunks_exact(WIDE).enumerate() {
        let targets = panel[input / 2 * bf16::ROW..].iter_mut().skip(input % 2).step_by(2);
        targets
            .zip(row)
            .for_each(|(target, value)| *target = bf16::nearest(*value));
    }
}

/// Pairs of the first terms of inputs, then those of the second ones.
fn sums(exact: &[f32], panel: &mut [Term]) {
    for (input, row) in exact.chunks_exact(WIDE).enumerate() {
        let pair = &mut panel[input / 2 * Term::ROW..][..Term::ROW];
        for (column, value) in row.iter().enumerate() {
            for (term, number) in terms(*value).into_iter().enumerate() {
                pair[(term * WIDE + column) * 2 + input % 2] = number;
            }
        }
    }
}

/// Integers with a scale for each column, by which the largest magnitude becomes [`LARGEST`].
fn quads(exact: &[f32], panel: &mut [Quad]) {
    let (quads, scales) = panel.split_at_mut(panel.len() - Chunk::AFTER);
    let (rows, _) = exact.as_chunks::<WIDE>();
    host::vectorised(
        #[inline(always)]
        || {
            let mut largest = [0; WIDE];
            for row in rows {
                let columns = largest.iter_mut().zip(row);
                columns.for_each(|(largest, value)| *largest = (value.to_bits() & MAGNITUDE).max(*largest));
            }
            let largest = largest.map(f32::from_bits);
            let factors = largest.map(factor);
            for (quads, rows) in quads.chunks_exact_mut(WIDE).zip(rows.chunks(Chunk::TOGETHER)) {
                let mut words = [u32::from_le_bytes([ZERO; Chunk::TOGETHER]); WIDE];
                for (i, row) in rows.iter().enumerate() {
                    for ((word, value), factor) in words.iter_mut().zip(row).zip(factors) {
                        // The same as adding `ZERO`: both change the highest bit alone.
                        let integer = math::nearest_integer(value * factor).cast_unsigned() & 0xff;
                        *word ^= integer << (8 * i);
                    }
                }
                let targets = quads.iter_mut().zip(words);
                targets.for_each(|(target, word)| *target = Quad(word.to_le_bytes()));
            }
            for (scale, largest) in scales.iter_mut().zip(largest) {
                *scale = Quad((largest / LARGEST).to_ne_bytes());
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::super::Panels;
    use super::*;
    use crate::Precision;
    use crate::model::init::normal;

    #[test]
    fn integers_are_the_nearest_and_the_largest_of_a_column_is_exact() {
        let (inputs, columns) = (37, 40);
        let values = normal(inputs * columns, 1.0, 1, "values");
        let panels = Panels::new(&values, inputs, Precision::Int8);
        for column in 0..columns {
            let (panel, place) = (panels.panel::<Chunk>(column / WIDE), column % WIDE);
            let scale = f32::from_ne_bytes(panel.data[panel.k / 4 * WIDE + place].0);
            let integer = |input: usize| f32::from(panel.data[input / 4 * WIDE + place].0[input % 4]) - 128.0;
            let of_column = || values[column..].iter().step_by(columns).enumerate();
            for (input, value) in of_column() {
                assert!((integer(input) * scale - value).abs() <= scale * 0.5001);
            }
            let largest = of_column().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap();
            assert_eq!(integer(largest.0).abs(), 127.0);
            assert_eq!(integer(37), 0.0);
        }
    }

    #[test]
    fn a_weight_that_is_not_finite_is_not_lost() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let panels = Panels::new(&[1.0, bad, 2.0, 3.0], 2, Precision::Int8);
            let panel = panels.panel::<Chunk>(0);
            let scales = [0, 1].map(|column| f32::from_ne_bytes(panel.data[WIDE + column].0));
            assert!(scales[0] == 2.0 / 127.0 && !scales[1].is_finite());
        }
    }

    #[test]
    fn a_column_of_zeros_stays_one() {
        let panels = Panels::new(&[0.0; 5], 5, Precision::Int8);
        let panel = panels.panel::<Chunk>(0);
        assert_eq!((panel.data[0], panel.data[2 * WIDE]), (Quad([ZERO; 4]), Quad([0; 4])));
    }
}
