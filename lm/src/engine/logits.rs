//! Logits where they were computed.

use burn::tensor::Tensor;

/// Logits of rows `[rows, vocab]`.
#[derive(Debug)]
pub(crate) enum Logits {
    /// In the memory of the host, row after row.
    Host(Vec<f32>),
    /// On the device: they are many, and few of them are read.
    Device(Box<Tensor<2>>),
}

impl Default for Logits {
    fn default() -> Self {
        Self::Host(Vec::new())
    }
}

impl Logits {
    /// Memory on the host to write to, with any content.
    pub fn memory(&mut self) -> &mut Vec<f32> {
        if let Self::Host(values) = self {
            return values;
        }
        *self = Self::default();
        self.memory()
    }

    /// The last row, `[1, vocab]`.
    pub fn last(&self, vocab: usize) -> Self {
        match self {
            Self::Host(values) => Self::Host(values[values.len() - vocab..].to_vec()),
            Self::Device(tensor) => {
                let last = tensor.dims()[0] - 1;
                Self::Device(Box::new((**tensor).clone().narrow(0, last, 1)))
            }
        }
    }

    /// The values, copied to the host if they are not there.
    #[cfg(test)]
    pub fn values(&self) -> std::borrow::Cow<'_, [f32]> {
        match self {
            Self::Host(values) => values.into(),
            Self::Device(tensor) => crate::ops::host::values(tensor).into(),
        }
    }
}
