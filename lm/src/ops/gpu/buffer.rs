//! Tensors of burn as arguments of kernels.
//!
//! On CUDA, burn may keep more space between the rows of a matrix than they have elements. So a kernel either reads
//! rows by their distance ([`Matrix`]) or is given memory without gaps ([`Buffer`]).

use burn::backend::Cube;
use burn::tensor::{Element, Int, Tensor};
use burn_cubecl::cubecl::client::Client;
use burn_cubecl::cubecl::prelude::{BufferArg, CubeElement, Float, TensorArg};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

/// Memory on a GPU, element after element.
pub(super) struct Buffer(CubeTensor);

impl Buffer {
    /// That of `tensor`, copied if its elements do not lie one after another; nothing if it is not on a GPU.
    pub fn of<const D: usize>(tensor: &Tensor<D>) -> Option<Self> {
        let tensor = tensor.clone().try_into_primitive::<Cube>().ok()?;
        Some(Self(into_contiguous(tensor)))
    }

    /// That of whole numbers.
    pub fn of_int(tensor: &Tensor<1, Int>) -> Option<Self> {
        let tensor = tensor.clone().try_into_primitive::<Cube>().ok()?;
        Some(Self(into_contiguous(tensor)))
    }

    /// That of `tensor` itself, which must lie without gaps, since it is read or written where it is.
    pub fn in_place(tensor: &Tensor<2>) -> Option<Self> {
        let tensor = tensor.clone().try_into_primitive::<Cube>().ok()?;
        assert!(tensor.is_contiguous(), "memory with gaps: {tensor:?}");
        Some(Self(tensor))
    }

    /// New memory of this shape beside `like`, with any content.
    pub fn empty<E: Float + CubeElement + Element, const D: usize>(like: &Matrix, shape: [usize; D]) -> Self {
        let tensor = &like.0;
        let bytes = shape.iter().product::<usize>() * size_of::<E>();
        Self(CubeTensor::new_contiguous(
            tensor.client.clone(),
            tensor.device.clone(),
            shape.into(),
            tensor.client.empty(bytes),
            E::dtype(),
        ))
    }

    /// As an argument of a kernel.
    pub fn arg(&self) -> BufferArg {
        self.0.clone().into_buffer_arg()
    }

    /// As an argument of a kernel that asks for its shape.
    pub fn tensor_arg(&self) -> TensorArg {
        self.0.clone().into_tensor_arg()
    }

    /// The tensor that has this memory.
    pub fn into_tensor<const D: usize>(self) -> Tensor<D> {
        Tensor::from_primitive::<Cube>(self.0)
    }
}

/// A matrix on a GPU, the elements of a row one after another.
pub(super) struct Matrix(CubeTensor);

impl Matrix {
    /// That of `tensor`, copied if the elements of its rows do not lie one after another; nothing if it is not on a
    /// GPU.
    pub fn of(tensor: &Tensor<2>) -> Option<Self> {
        let tensor = tensor.clone().try_into_primitive::<Cube>().ok()?;
        Some(Self(by_rows(tensor)))
    }

    /// That of a tensor on a GPU, to be changed in place; a copy if another tensor shares it.
    pub fn owned(tensor: Tensor<2>) -> Self {
        let tensor = tensor.try_into_primitive::<Cube>();
        let tensor = by_rows(tensor.expect("a tensor on a GPU"));
        let alone = tensor.can_mut() && tensor.is_nonoverlapping();
        Self(if alone { tensor } else { tensor.copy() })
    }

    /// Whether its rows do not follow each other.
    #[cfg(test)]
    pub fn has_gaps(&self) -> bool {
        !self.0.is_contiguous()
    }

    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// As an argument of a kernel.
    pub fn arg(&self) -> TensorArg {
        self.0.clone().into_tensor_arg()
    }

    /// The tensor that has this memory.
    pub fn into_tensor(self) -> Tensor<2> {
        Tensor::from_primitive::<Cube>(self.0)
    }
}

fn by_rows(tensor: CubeTensor) -> CubeTensor {
    let (shape, strides) = (tensor.meta.shape(), tensor.meta.strides());
    match shape[1] == 1 || strides[1] == 1 {
        true => tensor,
        false => into_contiguous(tensor),
    }
}
