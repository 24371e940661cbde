//! Drawing tokens in one kernel: the host waits for a step once, and gets three numbers a row.
//!
//! A cube draws for one row. Each unit has a run of tokens, in the order of their ids: it sums their probabilities, one
//! unit finds the run in which the running sum passes the draw, and the unit of that run finds the token in it.

use burn::tensor::Tensor;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::{Tensor as Strided, *};

use super::buffer::{Buffer, Matrix};
use super::cube;

/// Units of a cube.
const UNITS: usize = 256;

/// Draws a token for each row: `[n, 3]`, its id and its log-probabilities under `sampled`, which is drawn from, and
/// under `policy`, both logits `[n, vocab]`. `uniforms` `[n]` are from `[0, 1)`, or negative for the most likely
/// token.
pub(crate) fn draw(
    sampled: &Tensor<2>,
    policy: &Tensor<2>,
    uniforms: &Tensor<1>,
    temperature: f32,
) -> Option<Tensor<2>> {
    let [n, vocab] = sampled.dims();
    let (sampled, policy) = (Matrix::of(sampled)?, Matrix::of(policy)?);
    let drawn = Buffer::empty::<f32, 2>(&sampled, [n, 3]);
    draw_kernel::launch(
        sampled.client(),
        CubeCount::Static(n as u32, 1, 1),
        CubeDim::new_1d(UNITS as u32),
        sampled.arg(),
        policy.arg(),
        Buffer::of(uniforms)?.arg(),
        drawn.arg(),
        temperature,
        vocab as u32,
        UNITS,
    );
    Some(drawn.into_tensor())
}

#[cube(launch)]
fn draw_kernel(
    sampled: &Strided<f32>,
    policy: &Strided<f32>,
    uniforms: &[f32],
    drawn: &mut [f32],
    temperature: f32,
    vocab: u32,
    #[comptime] units: usize,
) {
    let (row, unit) = (CUBE_POS_X as usize, UNIT_POS as usize);
    let vocab = vocab as usize;
    let (base, policy_base) = (row * sampled.stride(0), row * policy.stride(0));
    let run = vocab.div_ceil(units);
    let from = min(unit * run, vocab);
    let to = min(from + run, vocab);

    let mut most = f32::min_value();
    let mut policy_most = f32::min_value();
    for i in from..to {
        most = max(most, sampled[base + i]);
        policy_most = max(policy_most, policy[policy_base + i]);
    }
    let own_most = most;
    let most = cube::largest(most, units);
    let policy_most = cube::largest(policy_most, units);
    let mut mass = 0.0f32;
    let mut policy_mass = 0.0f32;
    for i in from..to {
        mass += ((sampled[base + i] - most) / temperature).exp();
        policy_mass += (policy[policy_base + i] - policy_most).exp();
    }
    let total = cube::sum(mass, units);
    let policy_total = cube::sum(policy_mass, units);

    let mut masses = Shared::<[f32]>::new_slice(units);
    // The unit whose run has the token, and what of the draw is left in it, or all of the mass.
    let mut found = Shared::<u32>::new();
    let mut rest = Shared::<f32>::new();
    masses[unit] = mass;
    // Of the most likely token it is the first run that has it.
    let mut likeliest = Shared::<[u32]>::new_slice(units);
    likeliest[unit] = 0u32;
    if own_most == most {
        likeliest[unit] = 1u32;
    }
    sync_cube();
    let uniform = uniforms[row];
    if unit == 0 {
        let mut all = 0.0f32;
        for other in 0..units {
            all += masses[other];
        }
        let mut left = uniform * all;
        let mut at = 0u32;
        let mut in_it = 0.0f32;
        let mut open = true;
        for other in 0..units {
            if open {
                if uniform < 0.0f32 {
                    if likeliest[other] == 1u32 {
                        at = other as u32;
                        open = false;
                    }
                } else if masses[other] > 0.0f32 {
                    // Rounding may leave the draw past the last run: then it is in that one.
                    at = other as u32;
                    in_it = left;
                    if left < masses[other] {
                        open = false;
                    }
                    left -= masses[other];
                }
            }
        }
        *found = at;
        *rest = in_it;
    }
    sync_cube();
    if unit as u32 == *found {
        let mut token = from;
        let mut left = *rest;
        let mut open = true;
        for i in from..to {
            if open {
                let x = sampled[base + i];
                let weight = ((x - most) / temperature).exp();
                if uniform < 0.0f32 {
                    if x == most {
                        token = i;
                        open = false;
                    }
                } else if weight > 0.0f32 {
                    token = i;
                    left -= weight;
                    if left < 0.0f32 {
                        open = false;
                    }
                }
            }
        }
        drawn[3 * row] = f32::cast_from(token as u32);
        drawn[3 * row + 1] = (sampled[base + token] - most) / temperature - total.ln();
        drawn[3 * row + 2] = policy[policy_base + token] - policy_most - policy_total.ln();
    }
}
