//! Products against sums in double precision.

use half::bf16;
use proptest::prelude::*;

use super::super::kernel::{Chunk, Term};
use super::cut::BLOCK_ROWS;
use super::matrix::PAGE;
use super::*;
use crate::Precision;
use crate::model::init::normal;
use crate::ops::host::tiles::Format;

fn operand<N: Number>(values: &[f32], width: usize) -> Operand<N> {
    let mut operand = Operand::default();
    operand.reset(values.len() / width, width);
    for (row, values) in values.chunks_exact(width).enumerate() {
        // SAFETY: one thread.
        unsafe { operand.writer().put(row, 0, values) };
    }
    operand
}

/// `A B + bias` in double precision.
fn reference(a: &[f32], b: &[f32], bias: Option<&[f32]>, k: usize) -> Vec<f64> {
    let n = b.len() / k;
    let element = |row: &[f32], j: usize| {
        let products = row.iter().zip(b[j..].iter().step_by(n));
        let sum: f64 = products.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        sum + bias.map_or(0.0, |bias| f64::from(bias[j]))
    };
    a.chunks_exact(k)
        .flat_map(|row| (0..n).map(move |j| element(row, j)))
        .collect()
}

fn product<N: Number>(isa: Isa, a: &[f32], b: &Panels, bias: Option<&Panels>) -> Vec<f32> {
    let rows = a.len() / b.inputs();
    let mut c = vec![f32::NAN; rows * b.columns()];
    multiply::<N, N>(isa, &operand(a, b.inputs()), b, bias, Output::Set(&mut c));
    c
}

fn quantised(isa: Isa, values: &[f32], width: usize) -> Operand<Chunk> {
    let mut quantised = Operand::default();
    quantised.quantise(isa, &operand::<f32>(values, width));
    quantised
}

fn terms(isa: Isa, values: &[f32], width: usize) -> Operand<Term> {
    let mut operand = Operand::default();
    operand.reset_chunks(values.len() / width, width);
    for (row, values) in values.chunks_exact(width).enumerate() {
        for (chunk, values) in values.chunks(WIDE).enumerate() {
            let mut padded = [0.0; WIDE];
            padded[..values.len()].copy_from_slice(values);
            // SAFETY: one thread.
            unsafe { operand.writer().put_chunk(isa, row, chunk, &padded) };
        }
    }
    operand
}

/// What the integers of a left operand are worth, in row-major order.
fn integers_of(values: &[f32], width: usize) -> Vec<f32> {
    let (rows, quantised) = (values.len() / width, quantised(Isa::best(), values, width));
    let left = quantised.rows_from(0);
    let value = |row: usize, column: usize| {
        let chunk = left.data[column / WIDE * rows + row];
        f32::from(chunk.numbers[column % WIDE]) * chunk.scale
    };
    (0..values.len()).map(|i| value(i / width, i % width)).collect()
}

/// What the integers of a right operand are worth, in row-major order.
fn columns_of(matrix: &Panels) -> Vec<f32> {
    let (inputs, columns) = (matrix.inputs(), matrix.columns());
    let value = |input: usize, column: usize| {
        let (data, column) = (matrix.panel::<Chunk>(column / WIDE).data, column % WIDE);
        let scale = f32::from_ne_bytes(data[inputs.div_ceil(4) * WIDE + column].0);
        (f32::from(data[input / 4 * WIDE + column].0[input % 4]) - 128.0) * scale
    };
    (0..inputs * columns).map(|i| value(i / columns, i % columns)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn products_are_right_and_rows_do_not_depend_on_their_neighbours(
        m in 1usize..300, k in 1usize..150, n in 1usize..200, biased: bool, seed: u64, pick: prop::sample::Index,
    ) {
        let draw = |count, name| normal(count, 1.0, seed, name);
        let (a, b) = (draw(m * k, "a"), draw(k * n, "b"));
        let bias = biased.then(|| draw(n, "bias"));
        let expected = reference(&a, &b, bias.as_deref(), k);
        let matrix = Panels::new(&b, k, Precision::F32);
        let bias = bias.map(|bias| Panels::new(&bias, 1, Precision::F32));
        let row = pick.index(m);
        for isa in Isa::all() {
            let c = product::<f32>(isa, &a, &matrix, bias.as_ref());
            for (got, expected) in c.iter().zip(&expected) {
                prop_assert!((f64::from(*got) - expected).abs() < 1e-4 * (k as f64).sqrt());
            }
            let alone = product::<f32>(isa, &a[row * k..][..k], &matrix, bias.as_ref());
            prop_assert_eq!(&alone[..], &c[row * n..][..n]);
        }
    }

    #[test]
    fn products_in_bf16_are_those_of_the_nearest_values_with_the_same_bits_wherever_they_are_fused(
        m in 1usize..80, k in 1usize..150, n in 1usize..100, seed: u64, pick: prop::sample::Index,
    ) {
        let draw = |count, name| normal(count, 1.0, seed, name);
        let (a, b) = (draw(m * k, "a"), draw(k * n, "b"));
        let nearest = |values: &[f32]| values.iter().map(|x| bf16::from_f32(*x).to_f32()).collect::<Vec<_>>();
        let expected = reference(&nearest(&a), &nearest(&b), None, k);
        let matrix = Panels::new(&b, k, Precision::Bf16);
        let row = pick.index(m);
        let mut fused: Option<Vec<f32>> = None;
        for isa in Isa::all() {
            let c = product::<bf16>(isa, &a, &matrix, None);
            for (got, expected) in c.iter().zip(&expected) {
                prop_assert!((f64::from(*got) - expected).abs() < 1e-4 * (k as f64).sqrt());
            }
            let alone = product::<bf16>(isa, &a[row * k..][..k], &matrix, None);
            prop_assert_eq!(&alone[..], &c[row * n..][..n]);
            if isa.fuses_pairs() {
                prop_assert_eq!(fused.get_or_insert_with(|| c.clone()), &c);
            }
        }
    }

    #[test]
    fn sums_of_two_terms_are_nearly_those_of_f32(m in 1usize..80, k in 1usize..150, n in 1usize..100, seed: u64) {
        let draw = |count, name| normal(count, 1.0, seed, name);
        let (a, b) = (draw(m * k, "a"), draw(k * n, "b"));
        let expected = reference(&a, &b, None, k);
        let matrix = Panels::new(&b, k, Format::Terms);
        for isa in Isa::all() {
            let mut c = vec![f32::NAN; m * n];
            multiply::<Term, f32>(isa, &terms(isa, &a, k), &matrix, None, Output::Set(&mut c));
            for (got, expected) in c.iter().zip(&expected) {
                prop_assert!((f64::from(*got) - expected).abs() < 1e-4 * (k as f64).sqrt());
            }
            let mut alone = vec![f32::NAN; n];
            multiply::<Term, f32>(isa, &terms(isa, &a[..k], k), &matrix, None, Output::Set(&mut alone));
            prop_assert_eq!(&alone[..], &c[..n]);
        }
    }

    #[test]
    fn inputs_are_cut_into_parts_that_follow_each_other(
        start in 0usize..5, length in 0usize..1000, at_most in 1usize..9,
    ) {
        let (start, at_most) = (start * WIDE, at_most * WIDE);
        let mut end = start;
        for part in parts(start..start + length, at_most) {
            prop_assert!(part.start == end && !part.is_empty() && part.len() <= at_most);
            prop_assert!(part.start.is_multiple_of(WIDE));
            end = part.end;
        }
        prop_assert_eq!(end, start + length);
    }

    #[test]
    fn products_in_int8_are_those_of_the_integers_with_the_same_bits_wherever_they_are_fused(
        m in 1usize..80, k in 1usize..150, n in 1usize..100, seed: u64, pick: prop::sample::Index,
    ) {
        let draw = |count, name| normal(count, 1.0, seed, name);
        let (a, b) = (draw(m * k, "a"), draw(k * n, "b"));
        let matrix = Panels::new(&b, k, Precision::Int8);
        let expected = reference(&integers_of(&a, k), &columns_of(&matrix), None, k);
        let row = pick.index(m);
        let mut fused: Option<Vec<f32>> = None;
        let product = |isa, a: &[f32]| {
            let mut c = vec![f32::NAN; a.len() / k * n];
            multiply::<Chunk, f32>(isa, &quantised(isa, a, k), &matrix, None, Output::Set(&mut c));
            c
        };
        let bias = Panels::new(&draw(n, "bias"), 1, Precision::F32);
        for isa in Isa::all() {
            let c = product(isa, &a);
            for (got, expected) in c.iter().zip(&expected) {
                prop_assert!((f64::from(*got) - expected).abs() < 1e-4 * (k as f64).sqrt());
            }
            let mut added = c.clone();
            multiply::<Chunk, f32>(isa, &quantised(isa, &a, k), &matrix, Some(&bias), Output::Add(&mut added));
            for (i, (added, c)) in added.iter().zip(&c).enumerate() {
                prop_assert_eq!(*added, c + (c + bias.vector()[i % n]));
            }
            let alone = product(isa, &a[row * k..][..k]);
            prop_assert_eq!(&alone[..], &c[row * n..][..n]);
            if !matches!(isa, Isa::Portable) {
                prop_assert_eq!(fused.get_or_insert_with(|| c.clone()), &c);
            }
        }
    }

    #[test]
    fn residuals_are_added(m in 1usize..40, k in 1usize..50, n in 1usize..80, biased: bool, seed: u64) {
        let draw = |count, name| normal(count, 1.0, seed, name);
        let (a, c) = (draw(m * k, "a"), draw(m * n, "c"));
        let matrix = Panels::new(&draw(k * n, "b"), k, Precision::F32);
        let bias = biased.then(|| Panels::new(&draw(n, "bias"), 1, Precision::F32));
        for isa in Isa::all() {
            let mut sum = c.clone();
            multiply::<f32, f32>(isa, &operand(&a, k), &matrix, bias.as_ref(), Output::Add(&mut sum));
            let plain = product::<f32>(isa, &a, &matrix, bias.as_ref());
            let expected: Vec<f32> = c.iter().zip(plain).map(|(c, p)| c + p).collect();
            prop_assert_eq!(&sum, &expected);
        }
    }

    #[test]
    fn gates_are_applied(m in 1usize..40, k in 1usize..50, f in 1usize..80, seed: u64) {
        let draw = |count, name| normal(count, 1.0, seed, name);
        let (a, b) = (draw(m * k, "a"), draw(k * 2 * f, "b"));
        let sums = reference(&a, &b, None, k);
        for isa in Isa::all() {
            let mut h: Operand = Operand::default();
            let output = Output::Gated(&mut h, Gate::Silu);
            multiply(isa, &operand::<f32>(&a, k), &Panels::gate_up(&b, k, Precision::F32), None, output);
            for (i, j) in (0..m).flat_map(|i| (0..f).map(move |j| (i, j))) {
                let (gate, up) = (sums[i * 2 * f + j], sums[i * 2 * f + f + j]);
                let expected = gate / (1.0 + (-gate).exp()) * up;
                let got = h.rows_from(0).data[(j / WIDE * m + i) * WIDE + j % WIDE];
                prop_assert!((f64::from(got) - expected).abs() < 1e-4 * expected.abs().max(k as f64));
            }
        }
    }
}

/// What `TDPBF16PS` is defined to do (Intel SDM, volume 2): within 32 inputs, the first and the second ones of pairs
/// are two chains that are fused and begin at zero.
#[cfg(target_arch = "x86_64")]
fn tiles_of_bf16(a: &[f32], b: &[f32], k: usize) -> Vec<f32> {
    let n = b.len() / k;
    let nearest = |x: f32| bf16::from_f32(x).to_f32();
    let element = |row: &[f32], j: usize| {
        (0..k).step_by(WIDE).fold(0.0f32, |sum, first| {
            let mut chains = [0.0f32; 2];
            for p in first..k.min(first + WIDE) {
                chains[p % 2] = nearest(row[p]).mul_add(nearest(b[p * n + j]), chains[p % 2]);
            }
            sum + (chains[0] + chains[1])
        })
    };
    a.chunks_exact(k)
        .flat_map(|row| (0..n).map(move |j| element(row, j)))
        .collect()
}

/// On processors without tiles there is nothing to compare.
#[cfg(target_arch = "x86_64")]
#[test]
fn tiles_have_the_bits_that_their_definition_has() {
    for isa in Isa::all().into_iter().filter(|isa| matches!(isa, Isa::Amx(_))) {
        // The last ones have inputs for several goes, and for several slices.
        let sizes = [
            [1, 5, 3],
            [16, 32, 32],
            [17, 64, 40],
            [40, 150, 70],
            [70, 576, 33],
            [150, 2500, 64],
            [3, 2100, 32],
        ];
        for (seed, [m, k, n]) in sizes.into_iter().enumerate() {
            let draw = |count, name| normal(count, 1.0, seed as u64, name);
            let (a, b) = (draw(m * k, "a"), draw(k * n, "b"));
            let expected = tiles_of_bf16(&a, &b, k);
            let matrix = Panels::new(&b, k, Precision::Bf16);
            assert_eq!(product::<bf16>(isa, &a, &matrix, None), expected);
            let mut added = expected.clone();
            multiply::<bf16, bf16>(isa, &operand(&a, k), &matrix, None, Output::Add(&mut added));
            assert!(
                added
                    .iter()
                    .zip(&expected)
                    .all(|(added, expected)| *added == expected + expected)
            );
        }
    }
}

#[test]
fn rows_as_long_as_pages_have_the_same_elements() {
    let (k, n, rows) = (7, PAGE, 17);
    let (a, b) = (normal(rows * k, 1.0, 1, "a"), normal(k * n, 1.0, 1, "b"));
    for isa in Isa::all() {
        let paged = product::<f32>(isa, &a, &Panels::new(&b, k, Precision::F32), None);
        let narrow: Vec<f32> = b.chunks_exact(n).flat_map(|row| &row[..WIDE]).copied().collect();
        let direct = product::<f32>(isa, &a, &Panels::new(&narrow, k, Precision::F32), None);
        for (paged, direct) in paged.chunks_exact(n).zip(direct.chunks_exact(WIDE)) {
            assert_eq!(&paged[..WIDE], direct);
        }
    }
}

#[test]
fn two_threads_have_the_same_to_do() {
    for isa in Isa::all() {
        for (rows, inputs, panels) in [(1, 576, 18), (1, 1536, 18), (64, 576, 18), (64, 576, 30), (64, 576, 96)] {
            let cut = Cut::new::<bf16>(isa, rows, inputs, panels);
            let half = |groups: Range<usize>| -> usize { groups.map(|group| cut.group(group).len()).sum() };
            let halves = [half(0..cut.groups / 2), half(cut.groups / 2..cut.groups)];
            assert!(
                halves[0].abs_diff(halves[1]) <= 1,
                "{rows} rows, {panels} panels: {halves:?}"
            );
        }
    }
}

#[test]
fn work_is_cut_by_sizes_into_tasks_that_cover_it() {
    let isa = Isa::best();
    for (rows, inputs, columns) in [(1, 8, 8), (64, 576, 960), (400, 576, 3072), (1024, 96, 288)] {
        let matrix = Panels::new(&vec![0.0; inputs * columns], inputs, Precision::F32);
        let cut = Cut::new::<f32>(isa, rows, matrix.inputs(), matrix.panels());
        assert!(cut.rows * cut.blocks >= rows && cut.rows * (cut.blocks - 1) < rows);
        let panels: Vec<usize> = (0..cut.groups).flat_map(|group| cut.group(group)).collect();
        assert!(panels.into_iter().eq(0..matrix.panels()));
        let sizes = (0..cut.groups).map(|group| cut.group(group).len());
        assert!(sizes.clone().max() <= sizes.min().map(|least| least + 1));
        assert!(cut.rows.is_multiple_of(isa.rows::<f32>()) && cut.rows <= BLOCK_ROWS);
    }
}
