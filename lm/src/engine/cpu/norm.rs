//! Root-mean-square normalisation (Zhang & Sennrich 2019, arXiv:1910.07467) of rows into a left operand.

use crate::ops::attention::Heads;
use crate::ops::host::tiles::{Element, Isa, Operand, Panels, WIDE, Writer};
use crate::ops::host::{self, math};
use crate::profile::{self, Phase};

/// `out = x / rms(x) * gamma`, `x` being `[rows, width]`.
pub(super) fn rms_norm<E: Element>(isa: Isa, x: &[f32], gamma: &[f32], epsilon: f32, out: &mut Operand<E>) {
    let _span = profile::span(Phase::Norm);
    let width = gamma.len();
    out.reset_chunks(x.len() / width, width);
    let (writer, rows) = (out.writer(), host::rows_per_task(width));
    host::for_each(x.len().div_ceil(rows * width), |chunk| {
        let x = &x[chunk * rows * width..];
        isa.vectorised(
            #[inline(always)]
            || {
                for (i, x) in x.chunks_exact(width).take(rows).enumerate() {
                    norm_row(isa, x, gamma, epsilon, chunk * rows + i, writer);
                }
            },
        );
    });
}

/// What a product reads of the residual stream `x` `[rows, width]`: its norm, or itself where there is none.
pub(super) fn input<E: Element>(
    isa: Isa,
    x: &[f32],
    norm: Option<&Panels>,
    width: usize,
    epsilon: f32,
    out: &mut Operand<E>,
) {
    if let Some(norm) = norm {
        return rms_norm(isa, x, norm.vector(), epsilon, out);
    }
    out.reset_chunks(x.len() / width, width);
    let writer = out.writer();
    host::for_each(x.len() / width, |row| {
        let x = &x[row * width..][..width];
        isa.vectorised(
            #[inline(always)]
            || {
                for (chunk, x) in x.chunks(WIDE).enumerate() {
                    let mut values = [0.0; WIDE];
                    values[..x.len()].copy_from_slice(x);
                    // SAFETY: tasks have different rows.
                    unsafe { writer.put_chunk(isa, row, chunk, &values) };
                }
            },
        );
    });
}

/// `x += output / rms(output) * gamma`, row by row.
pub(super) fn add(isa: Isa, output: &[f32], gamma: &[f32], epsilon: f32, x: &mut [f32]) {
    let _span = profile::span(Phase::Norm);
    let (width, rows) = (gamma.len(), host::rows_per_task(gamma.len()));
    host::for_chunks(x, rows * width, |chunk, x| {
        let output = &output[chunk * rows * width..][..x.len()];
        isa.vectorised(
            #[inline(always)]
            || {
                for (x, output) in x.chunks_exact_mut(width).zip(output.chunks_exact(width)) {
                    let scale = inverse_rms(output, epsilon);
                    for ((x, output), gamma) in x.iter_mut().zip(output).zip(gamma) {
                        *x += output * scale * gamma;
                    }
                }
            },
        );
    });
}

/// Normalises all queries of each of the fused rows together, and all its keys, by these factors.
pub(super) fn rows(isa: Isa, qkv: &mut [f32], factors: [Option<&[f32]>; 2], heads: Heads, epsilon: f32) {
    let _span = profile::span(Phase::Norm);
    let parts = [0..heads.keys(), heads.keys()..heads.values()];
    host::for_chunks(qkv, heads.width(), |_, row| {
        isa.vectorised(
            #[inline(always)]
            || {
                for (part, factors) in parts.iter().zip(factors) {
                    let part = &mut row[part.clone()];
                    let scale = inverse_rms(part, epsilon);
                    for (value, factor) in part.iter_mut().zip(factors.unwrap_or_default()) {
                        *value = *value * scale * factor;
                    }
                }
            },
        );
    });
}

#[inline(always)]
fn norm_row<E: Element>(isa: Isa, x: &[f32], gamma: &[f32], epsilon: f32, row: usize, out: Writer<E>) {
    let scale = inverse_rms(x, epsilon);
    let (wide, narrow) = x.as_chunks::<WIDE>();
    let (wide_gamma, narrow_gamma) = gamma.as_chunks::<WIDE>();
    for (chunk, (x, gamma)) in wide.iter().zip(wide_gamma).enumerate() {
        // SAFETY: tasks have different rows.
        unsafe { out.put_chunk(isa, row, chunk, &normed(x, gamma, scale)) };
    }
    if !narrow.is_empty() {
        // SAFETY: as above.
        unsafe { out.put_chunk(isa, row, wide.len(), &normed(narrow, narrow_gamma, scale)) };
    }
}

/// `x * scale * gamma`, and zeros after it.
#[inline(always)]
fn normed(x: &[f32], gamma: &[f32], scale: f32) -> [f32; WIDE] {
    let mut values = [0.0; WIDE];
    for ((value, x), gamma) in values.iter_mut().zip(x).zip(gamma) {
        *value = x * scale * gamma;
    }
    values
}

/// `1 / sqrt(mean(x^2) + epsilon)`
#[inline(always)]
pub(super) fn inverse_rms(x: &[f32], epsilon: f32) -> f32 {
    1.0 / (math::dot(x, x) / x.len() as f32 + epsilon).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_by_hand() {
        let mut out: Operand = Operand::default();
        rms_norm(Isa::best(), &[3.0, 4.0], &[1.0, 2.0], 0.0, &mut out);
        let got = &out.rows_from(0).data[..2];
        let rms = 12.5f32.sqrt();
        assert!((got[0] - 3.0 / rms).abs() < 1e-6 && (got[1] - 8.0 / rms).abs() < 1e-6);
    }
}
