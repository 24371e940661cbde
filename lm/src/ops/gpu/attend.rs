//! Decoding attention in one kernel: rotation, the new key and value, and attention over a row's prompt and its own
//! positions.
//!
//! A cube computes the queries of one key-value head of one row, in tiles of as many positions as it has units: a unit
//! scores one position of a tile, and then sums one element of all its values. Weights are scaled by the largest score
//! so far (Milakov & Gimelshein 2018, arXiv:1805.02867), so the scores are not kept.

use burn::tensor::{DType, Device, Element, Int, Tensor, TensorData};
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::{Tensor as Strided, *};
use half::bf16;

use super::buffer::{Buffer, Matrix};
use crate::ops::attention::{Angles, Heads, Seen, Spec};

/// Units of a cube at least.
const UNITS: usize = 32;

/// Keys and values of segments of equal room, each `[segments * kv * room, dim]`.
#[derive(Clone, Copy)]
pub(crate) struct Cache<'a> {
    pub keys: &'a Tensor<2>,
    pub values: &'a Tensor<2>,
    pub room: usize,
}

/// What all layers of a step share: the rows, and the angles of their new positions.
pub(crate) struct Rows<'a> {
    /// What each sees, from [`rows`].
    pub seen: &'a Tensor<1, Int>,
    /// Cosines and sines of the new positions, from [`tables`].
    pub tables: &'a [Tensor<1>; 2],
}

/// Cosines and sines `[n * turned]` each, without gaps.
pub(crate) fn tables(angles: Angles) -> [Tensor<1>; 2] {
    [angles.cos, angles.sin].map(|table| table.flatten(0, 3))
}

/// Three numbers a row.
pub(crate) fn rows(seen: &[Seen], device: &Device) -> Tensor<1, Int> {
    let values = seen.iter().flat_map(|row| [row.place, row.prompt, row.own]);
    let values: Vec<i32> = values.map(|value| value as i32).collect();
    Tensor::from_data(TensorData::new(values, [3 * seen.len()]), (device, DType::I32))
}

/// Attention of one layer: `qkv` `[n, width]` before rotation -> `[n, heads * dim]`, in the precision of keys and
/// values. The new ones are written to `own`, in place.
pub(crate) fn attend(qkv: &Tensor<2>, spec: Spec, rows: &Rows, prompts: Cache, own: Cache) -> Option<Tensor<2>> {
    let y = match own.keys.dtype() {
        DType::BF16 => launch::<bf16>(qkv, spec, rows, prompts, own)?,
        // The half precision that a software GPU has: so the kernel is tested with rounded keys and values.
        #[cfg(test)]
        DType::F16 => launch::<half::f16>(qkv, spec, rows, prompts, own)?,
        _ => launch::<f32>(qkv, spec, rows, prompts, own)?,
    };
    Some(y.into_tensor())
}

/// Whether the device of `tensor` has the units and the shared memory that attention with such heads takes.
pub(crate) fn can_attend(heads: Heads, tensor: &Tensor<2>) -> bool {
    let Some(matrix) = Matrix::of(tensor) else {
        return false;
    };
    let (hardware, units) = (&matrix.client().properties().hardware, units(heads));
    let shared = heads.group() * (heads.dim + units) + heads.dim;
    units <= hardware.max_units_per_cube as usize && shared * size_of::<f32>() <= hardware.max_shared_memory_size
}

/// Units of a cube: one for each element of a head.
fn units(heads: Heads) -> usize {
    heads.dim.next_multiple_of(UNITS)
}

fn launch<E: Float + CubeElement + Element>(
    qkv: &Tensor<2>,
    spec: Spec,
    rows: &Rows,
    prompts: Cache,
    own: Cache,
) -> Option<Buffer> {
    let (heads, n) = (spec.heads, qkv.dims()[0]);
    let shape = Shape {
        kv: heads.kv,
        group: heads.group(),
        dim: heads.dim,
        turned: rows.tables[0].dims()[0] / n,
        units: units(heads),
    };
    let qkv = Matrix::of(qkv)?;
    let y = Buffer::empty::<E, 2>(&qkv, [n, heads.keys()]);
    let [cos, sin] = rows.tables;
    attend_kernel::launch::<E>(
        qkv.client(),
        CubeCount::Static(heads.kv as u32, n as u32, 1),
        CubeDim::new_1d(shape.units as u32),
        qkv.arg(),
        Buffer::of_int(rows.seen)?.arg(),
        Buffer::of(cos)?.arg(),
        Buffer::of(sin)?.arg(),
        Buffer::in_place(prompts.keys)?.arg(),
        Buffer::in_place(prompts.values)?.arg(),
        Buffer::in_place(own.keys)?.arg(),
        Buffer::in_place(own.values)?.arg(),
        y.arg(),
        prompts.room as u32,
        own.room as u32,
        spec.window.map_or(u32::MAX, |window| window as u32),
        spec.scale,
        shape,
    );
    Some(y)
}

/// What the kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    kv: usize,
    group: usize,
    dim: usize,
    /// Elements of a head that are rotated.
    turned: usize,
    /// Units of a cube: one for each element of a head at least.
    units: usize,
}

#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn attend_kernel<E: Float>(
    qkv: &Strided<f32>,
    rows: &[i32],
    cos: &[f32],
    sin: &[f32],
    prompt_keys: &[E],
    prompt_values: &[E],
    own_keys: &mut [E],
    own_values: &mut [E],
    y: &mut [E],
    prompt_room: u32,
    own_room: u32,
    window: u32,
    scale: f32,
    #[comptime] shape: Shape,
) {
    let (kv, group, dim) = comptime!((shape.kv, shape.group, shape.dim));
    let (head, row, unit) = (CUBE_POS_X as usize, CUBE_POS_Y as usize, UNIT_POS as usize);
    let place = rows[3 * row] as usize;
    let prompt = rows[3 * row + 1] as u32;
    let own = rows[3 * row + 2] as u32;
    let first = row * qkv.stride(0);
    let angle = row * shape.turned;

    // The queries, the new key and the new value, in the precision of products.
    let mut q = Shared::<[f32]>::new_slice(comptime!(group * dim));
    for i in range_stepped(unit, comptime!(group * dim), CUBE_DIM as usize) {
        let x = turned(qkv, first + head * group * dim, i, cos, sin, angle, shape);
        q[i] = f32::cast_from(E::cast_from(x));
    }
    let mut key = Shared::<[f32]>::new_slice(dim);
    let own_base = (row * kv + head) * own_room as usize * dim;
    let mut value = 0.0f32;
    if unit < dim {
        let cell = own_base + own as usize * dim + unit;
        let new = E::cast_from(turned(
            qkv,
            first + (kv * group + head) * dim,
            unit,
            cos,
            sin,
            angle,
            shape,
        ));
        own_keys[cell] = new;
        key[unit] = f32::cast_from(new);
        let new = E::cast_from(qkv[first + (kv * group + kv + head) * dim + unit]);
        own_values[cell] = new;
        value = f32::cast_from(new);
    }
    sync_cube();

    // Attention to the new position alone, which every row sees; then to those before it.
    let mut largest = Array::<f32>::new(group);
    let mut total = Array::<f32>::new(group);
    let mut sum = Array::<f32>::new(group);
    #[unroll]
    for g in 0..group {
        let mut score = 0.0f32;
        for d in 0..dim {
            score += q[g * dim + d] * key[d];
        }
        largest[g] = score * scale;
        total[g] = 1.0f32;
        sum[g] = value;
    }
    let seen = prompt + own + 1;
    let mut hidden = 0u32;
    if seen > window {
        hidden = seen - window;
    }
    let mut weights = Shared::<[f32]>::new_slice(comptime!(group * shape.units));
    let prompt_base = (place * kv + head) * prompt_room as usize * dim;
    add_segment::<E>(
        prompt_keys,
        prompt_values,
        prompt_base,
        min(hidden, prompt),
        prompt,
        &q,
        &mut weights,
        &mut largest,
        &mut total,
        &mut sum,
        scale,
        shape,
    );
    let mut own_hidden = 0u32;
    if hidden > prompt {
        own_hidden = hidden - prompt;
    }
    add_segment::<E>(
        &own_keys[..],
        &own_values[..],
        own_base,
        own_hidden,
        own,
        &q,
        &mut weights,
        &mut largest,
        &mut total,
        &mut sum,
        scale,
        shape,
    );

    if unit < dim {
        #[unroll]
        for g in 0..group {
            y[(row * kv * group + head * group + g) * dim + unit] = E::cast_from(sum[g] / total[g]);
        }
    }
}

/// Element `i` of heads that begin at `first`, rotated.
#[cube]
fn turned(
    qkv: &Strided<f32>,
    first: usize,
    i: usize,
    cos: &[f32],
    sin: &[f32],
    angle: usize,
    #[comptime] shape: Shape,
) -> f32 {
    let d = i % shape.dim;
    let half = comptime!(shape.turned / 2);
    let mut x = qkv[first + i];
    if d < half {
        x = x * cos[angle + d] - qkv[first + i + half] * sin[angle + d];
    } else if d < shape.turned {
        x = x * cos[angle + d] + qkv[first + i - half] * sin[angle + d];
    }
    x
}

/// Attends to the positions `from..to` of a segment.
#[cube]
#[allow(clippy::too_many_arguments)]
fn add_segment<E: Float>(
    keys: &[E],
    values: &[E],
    base: usize,
    from: u32,
    to: u32,
    q: &Shared<[f32]>,
    weights: &mut Shared<[f32]>,
    largest: &mut Array<f32>,
    total: &mut Array<f32>,
    sum: &mut Array<f32>,
    scale: f32,
    #[comptime] shape: Shape,
) {
    let (group, dim, units) = comptime!((shape.group, shape.dim, shape.units));
    let unit = UNIT_POS as usize;
    let mut start = from;
    while start < to {
        let count = min(to - start, units as u32) as usize;
        // The scores of the tile, one position for each unit.
        if unit < count {
            let mut scores = Array::<f32>::new(group);
            let row = base + (start as usize + unit) * dim;
            for d in 0..dim {
                let key = f32::cast_from(keys[row + d]);
                #[unroll]
                for g in 0..group {
                    scores[g] += q[g * dim + d] * key;
                }
            }
            #[unroll]
            for g in 0..group {
                weights[g * units + unit] = scores[g] * scale;
            }
        }
        sync_cube();
        #[unroll]
        for g in 0..group {
            let before = largest[g];
            let mut now = before;
            for t in 0..count {
                now = max(now, weights[g * units + t]);
            }
            let kept = (before - now).exp();
            largest[g] = now;
            total[g] *= kept;
            sum[g] *= kept;
        }
        sync_cube();
        if unit < count {
            #[unroll]
            for g in 0..group {
                weights[g * units + unit] = (weights[g * units + unit] - largest[g]).exp();
            }
        }
        sync_cube();
        // The weighted values of the tile, one element for each unit.
        for t in 0..count {
            let mut value = 0.0f32;
            if unit < dim {
                value = f32::cast_from(values[base + (start as usize + t) * dim + unit]);
            }
            #[unroll]
            for g in 0..group {
                let weight = weights[g * units + t];
                total[g] += weight;
                sum[g] += weight * value;
            }
        }
        sync_cube();
        start += units as u32;
    }
}
