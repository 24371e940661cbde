//! Tensors of burn as arguments of kernels.

use burn::backend::Cube;
use burn::tensor::{Element, Int, Tensor};
use burn_cubecl::cubecl::client::Client;
use burn_cubecl::cubecl::prelude::{BufferArg, CubeElement, Float};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

/// A tensor's memory on a GPU, element after element.
pub(super) struct Buffer(CubeTensor);

impl Buffer {
    /// That of `tensor`, copied if its elements do not lie one after another; nothing if it is not on a GPU.
    pub fn of<const D: usize>(tensor: &Tensor<D>) -> Option<Self> {
        let tensor = tensor.clone().try_into_primitive::<Cube>().ok()?;
        Some(Self(into_contiguous(tensor)))
    }

    /// That of a tensor on a GPU, to be changed in place; a copy if another tensor shares it.
    pub fn owned(tensor: Tensor<2>) -> Self {
        let tensor = tensor.try_into_primitive::<Cube>();
        let tensor = into_contiguous(tensor.expect("a tensor on a GPU"));
        Self(if tensor.can_mut() { tensor } else { tensor.copy() })
    }

    /// That of whole numbers.
    pub fn of_int<const D: usize>(tensor: &Tensor<D, Int>) -> Option<Self> {
        let tensor = tensor.clone().try_into_primitive::<Cube>().ok()?;
        Some(Self(into_contiguous(tensor)))
    }

    /// New memory of this shape beside `like`, with any content.
    pub fn empty<E: Float + CubeElement + Element, const D: usize>(like: &Self, shape: [usize; D]) -> Self {
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

    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// As an argument of a kernel.
    pub fn arg(&self) -> BufferArg {
        self.0.clone().into_buffer_arg()
    }

    /// The tensor that has this memory.
    pub fn into_tensor<const D: usize>(self) -> Tensor<D> {
        Tensor::from_primitive::<Cube>(self.0)
    }
}
