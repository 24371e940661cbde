//! Keys and values of many short sequences in preallocated tensors, written in place.

use burn::tensor::{DType, IndexingUpdateOp, Int, Tensor};

use crate::Dtype;
use crate::ops::attention::Heads;
#[cfg(feature = "gpu")]
use crate::ops::gpu;
use crate::ops::host::indices;
use crate::ops::product::{exact, operand};

/// Positions are allocated in multiples of this, so that kernels see few shapes.
const POSITIONS: usize = 64;

/// Bytes of `count` segments with room for `positions`, of all layers, on a GPU.
pub(super) fn bytes(heads: Heads, layers: usize, dtype: Dtype, count: usize, positions: usize) -> usize {
    let value = match dtype {
        Dtype::F32 => size_of::<f32>(),
        Dtype::Bf16 => size_of::<half::bf16>(),
    };
    let of_layer = count * heads.kv * positions.next_multiple_of(POSITIONS) * heads.dim * value;
    2 * of_layer * layers
}

/// Segments of equal room, of all layers.
pub(super) struct Segments {
    heads: Heads,
    /// The precision of keys and values, which are operands of products and nothing else.
    dtype: Dtype,
    /// Whether keys are stored in f32: burn rounds the results of a product of bf16 operands, which scores must not be.
    wide_keys: bool,
    count: usize,
    room: usize,
    /// By layer: keys, values `[count * kv * room, dim]`.
    layers: Vec<[Tensor<2>; 2]>,
}

impl Segments {
    /// No segments yet.
    pub fn new(heads: Heads, layers: usize, dtype: Dtype, wide_keys: bool, device: &burn::tensor::Device) -> Self {
        let stored = match dtype {
            Dtype::F32 => DType::F32,
            Dtype::Bf16 => DType::BF16,
        };
        let keys = if wide_keys { DType::F32 } else { stored };
        let empty = |stored| Tensor::empty([0, heads.dim], (device, stored));
        Self {
            heads,
            dtype,
            wide_keys,
            count: 0,
            room: 0,
            layers: (0..layers).map(|_| [empty(keys), empty(stored)]).collect(),
        }
    }

    /// Number of segments.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Positions that each segment has room for.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Makes room for at least `positions` in each of `count` segments, if there is not, keeping what is there.
    pub fn reserve(&mut self, count: usize, positions: usize) {
        if count > self.count || positions > self.room {
            let kept: Vec<u32> = (0..self.count as u32).collect();
            self.rebuild(count.max(self.count), positions.max(self.room), &kept);
        }
    }

    /// Makes `count` segments with room for `positions`: the first are those `kept` now, in that order.
    pub fn rebuild(&mut self, count: usize, positions: usize, kept: &[u32]) {
        let (kv, dim, old) = (self.heads.kv, self.heads.dim, [self.count, self.room]);
        let room = positions.next_multiple_of(POSITIONS);
        let both = old[1].min(room);
        for tensor in self.layers.iter_mut().flatten() {
            let device = tensor.device();
            // One dimension has no gaps, which some devices leave between the rows of others, and kernels do not know.
            let new: Tensor<1> = Tensor::zeros([count * kv * room * dim], (&device, tensor.dtype()));
            let mut new: Tensor<4> = new.reshape([count, kv, room, dim]);
            if !kept.is_empty() && both > 0 {
                let past: Tensor<4> = tensor.clone().reshape([old[0], kv, old[1], dim]);
                let past = past.narrow(2, 0, both).select(0, indices(kept, &device));
                new = new.slice_assign([0..kept.len(), 0..kv, 0..both, 0..dim], past);
            }
            *tensor = new.reshape([count * kv * room, dim]);
        }
        (self.count, self.room) = (count, room);
    }

    /// Where [`Segments::write`] puts rows that are each a position of a segment.
    pub fn cells(&self, at: impl Iterator<Item = (usize, usize)>) -> Tensor<2, Int> {
        let (kv, room) = (self.heads.kv, self.room);
        let cells: Vec<u32> = at
            .flat_map(|(segment, position)| (0..kv).map(move |head| ((segment * kv + head) * room + position) as u32))
            .collect();
        let n = cells.len();
        indices(&cells, &self.device()).reshape([n, 1])
    }

    /// Writes keys and values `[n, kv, 1, dim]` of one layer, in place. No two rows have the same cell.
    pub fn write(&mut self, layer: usize, cells: &Tensor<2, Int>, new: [Tensor<4>; 2]) {
        let (dim, device) = (self.heads.dim, self.device());
        let [keys, values]: [Tensor<2>; 2] = new.map(|new| {
            let [n, kv, ..] = new.dims();
            new.reshape([n * kv, dim])
        });
        let keys = match self.wide_keys {
            true => exact(keys, self.dtype),
            false => operand(keys, self.dtype),
        };
        let rows = [keys, operand(values, self.dtype)];
        for (past, rows) in self.layers[layer].iter_mut().zip(rows) {
            // Taken out, so that it is owned alone and changed where it is.
            let empty = Tensor::empty([0, dim], (&device, past.dtype()));
            let owned = std::mem::replace(past, empty);
            *past = owned.scatter_nd(cells.clone(), rows, IndexingUpdateOp::Assign);
        }
    }

    /// Keys and values of one layer, `[count, kv, room, dim]`.
    pub fn view(&self, layer: usize) -> [Tensor<4>; 2] {
        let shape = [self.count, self.heads.kv, self.room, self.heads.dim];
        [0, 1].map(|which: usize| self.layers[layer][which].clone().reshape(shape))
    }

    /// Keys and values of one layer, for a kernel to read, or to write in place.
    #[cfg(feature = "gpu")]
    pub fn layer(&self, layer: usize) -> gpu::Cache<'_> {
        let [keys, values] = &self.layers[layer];
        gpu::Cache {
            keys,
            values,
            room: self.room,
        }
    }

    fn device(&self) -> burn::tensor::Device {
        self.layers[0][0].device()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::host;

    const HEADS: Heads = Heads {
        queries: 2,
        kv: 2,
        dim: 3,
    };

    /// A row `[1, kv, 1, dim]` that says where it was written.
    fn row(mark: f32) -> Tensor<4> {
        let values = (0..6).map(|i| mark + i as f32 / 8.0).collect();
        host::tensor(values, [1, 2, 1, 3], &burn::tensor::Device::flex())
    }

    fn at(segments: &Segments, segment: usize, position: usize) -> [Vec<f32>; 2] {
        segments.view(1).map(|all| {
            let one = all.narrow(0, segment, 1).narrow(2, position, 1);
            host::values(&one.reshape([6, 1]).cast(DType::F32))
        })
    }

    #[test]
    fn rows_stay_where_they_were_written_when_segments_move_and_grow() {
        // The marks are values of both precisions.
        for (dtype, stored) in [(Dtype::F32, DType::F32), (Dtype::Bf16, DType::BF16)] {
            rows_stay(dtype, stored);
        }
    }

    fn rows_stay(dtype: Dtype, stored: DType) {
        let mut segments = Segments::new(HEADS, 2, dtype, true, &burn::tensor::Device::flex());
        segments.reserve(3, 2);
        assert_eq!((segments.count(), segments.room()), (3, 64));
        let cells = segments.cells([(2, 5)].into_iter());
        segments.write(1, &cells, [row(1.0), row(2.0)]);
        let expected = [row(1.0), row(2.0)].map(|row| host::values(&row));
        assert_eq!(at(&segments, 2, 5), expected);
        segments.reserve(5, 65);
        assert_eq!((segments.count(), segments.room()), (5, 128));
        assert_eq!(at(&segments, 2, 5), expected);
        segments.rebuild(2, 10, &[4, 2]);
        assert_eq!((segments.count(), segments.room()), (2, 64));
        assert_eq!(at(&segments, 1, 5), expected);
        assert_eq!(at(&segments, 0, 5), [vec![0.0; 6], vec![0.0; 6]]);
        assert_eq!(segments.view(1).map(|all| all.dtype()), [DType::F32, stored]);
    }
}
