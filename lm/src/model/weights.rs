//! A value for each of a model's parameters, with the projections that share an input fused into one matrix.
//!
//! Tensors are what a model computes with; [`Param`](super::params::Param)s describe them, and panels are what the
//! CPU's engine reads. All of them have the parameters in one order, which is that of sums and, where it matters, of
//! draws and files. Two walks define it, [`Block::try_zip`] and [`Block::iter_mut`]; both name every field, so that a
//! new one does not compile before they have it.
//!
//! Matrices are `[in, out]`; vectors are kept as `[1, n]`, so that every parameter is a matrix to the optimizer.

use std::convert::Infallible;
use std::vec::IntoIter;

use burn::tensor::Tensor;

use super::pairs::Pairs;
use super::projection::Projection;
use crate::device::Path;
use crate::ops::qk_norm::QkNorm;

/// A value for each parameter: tensors of weights, of gradients or of moments, descriptions, or anything derived from
/// them.
#[derive(Debug, Clone)]
pub(crate) struct Weights<T = Tensor<2>> {
    /// `[vocab, hidden]`
    pub embed: T,
    pub blocks: Vec<Block<T>>,
    /// `[1, hidden]`
    pub norm: T,
    /// `[hidden, vocab]`; none if the embedding is the head.
    pub head: Option<T>,
}

/// One transformer block.
#[derive(Debug, Clone)]
pub(crate) struct Block<T = Tensor<2>> {
    /// `[1, hidden]`, before attention
    pub norm1: Option<T>,
    /// `[hidden, (heads + 2 kv_heads) * head_dim]`: queries, keys, values
    pub qkv: T,
    pub qkv_bias: Option<T>,
    pub qk_norm: Option<QkNorm<T>>,
    /// `[heads * head_dim, hidden]`
    pub out: T,
    pub out_bias: Option<T>,
    /// `[1, hidden]`, of attention's output
    pub out_norm: Option<T>,
    /// `[1, hidden]`, before the MLP
    pub norm2: Option<T>,
    /// `[hidden, 2 * intermediate]`: gate, up
    pub gate_up: T,
    /// `[intermediate, hidden]`
    pub down: T,
    /// `[1, hidden]`, of the MLP's output
    pub down_norm: Option<T>,
    /// Trained in place of all parameters while a trainer adapts the model; none in a policy that others see.
    pub lora: Option<Pairs<T>>,
}

impl<T> Weights<T> {
    /// Maps each parameter by `f`.
    pub fn map<'a, U>(&'a self, mut f: impl FnMut(&'a T) -> U) -> Weights<U> {
        let Ok(mapped) = self.try_map(|value| Ok::<U, Infallible>(f(value)));
        mapped
    }

    /// Maps each parameter by `f`, or returns its first error.
    pub fn try_map<'a, U, E>(&'a self, mut f: impl FnMut(&'a T) -> Result<U, E>) -> Result<Weights<U>, E> {
        let Self {
            embed,
            blocks,
            norm,
            head,
        } = self;
        Ok(Weights {
            embed: f(embed)?,
            blocks: blocks
                .iter()
                .map(|block| block.try_zip(block, &mut |value, _| f(value)))
                .collect::<Result<_, E>>()?,
            norm: f(norm)?,
            head: head.as_ref().map(f).transpose()?,
        })
    }

    /// Every parameter.
    pub fn iter(&self) -> IntoIter<&T> {
        let mut all = Vec::new();
        self.map(|value| all.push(value));
        all.into_iter()
    }

    /// Every parameter, to change, in the order of [`Weights::iter`].
    pub fn iter_mut(&mut self) -> IntoIter<&mut T> {
        let Self {
            embed,
            blocks,
            norm,
            head,
        } = self;
        let mut all = vec![embed];
        blocks.iter_mut().for_each(|block| block.iter_mut(&mut all));
        all.push(norm);
        all.extend(head);
        all.into_iter()
    }

    /// Whether low-rank pairs are trained and all parameters are frozen.
    pub fn adapted(&self) -> bool {
        self.blocks.iter().any(|block| block.lora.is_some())
    }

    /// What is trained: the pairs of an adapted model, else every parameter.
    pub fn trained(&self) -> IntoIter<&T> {
        if !self.adapted() {
            return self.iter();
        }
        let pairs = self.blocks.iter().flat_map(|block| &block.lora);
        pairs.flat_map(Pairs::iter).collect::<Vec<_>>().into_iter()
    }

    /// What is trained, to change, in the order of [`Weights::trained`].
    pub fn trained_mut(&mut self) -> IntoIter<&mut T> {
        if !self.adapted() {
            return self.iter_mut();
        }
        let pairs = self.blocks.iter_mut().flat_map(|block| &mut block.lora);
        pairs.flat_map(Pairs::iter_mut).collect::<Vec<_>>().into_iter()
    }
}

impl<T> Block<T> {
    /// Combines each parameter with the same one of `other`, a block of the same structure.
    pub fn try_zip<'a, U, V, E>(
        &'a self,
        other: &'a Block<U>,
        f: &mut impl FnMut(&'a T, &'a U) -> Result<V, E>,
    ) -> Result<Block<V>, E> {
        let Self {
            norm1,
            qkv,
            qkv_bias,
            qk_norm,
            out,
            out_bias,
            out_norm,
            norm2,
            gate_up,
            down,
            down_norm,
            lora,
        } = self;
        Ok(Block {
            norm1: try_both(norm1, &other.norm1, &mut *f)?,
            qkv: f(qkv, &other.qkv)?,
            qkv_bias: try_both(qkv_bias, &other.qkv_bias, &mut *f)?,
            qk_norm: try_both(qk_norm, &other.qk_norm, |norm, other| {
                Ok(QkNorm {
                    q: f(&norm.q, &other.q)?,
                    k: f(&norm.k, &other.k)?,
                })
            })?,
            out: f(out, &other.out)?,
            out_bias: try_both(out_bias, &other.out_bias, &mut *f)?,
            out_norm: try_both(out_norm, &other.out_norm, &mut *f)?,
            norm2: try_both(norm2, &other.norm2, &mut *f)?,
            gate_up: f(gate_up, &other.gate_up)?,
            down: f(down, &other.down)?,
            down_norm: try_both(down_norm, &other.down_norm, &mut *f)?,
            lora: try_both(lora, &other.lora, |pairs, other| pairs.try_zip(other, f))?,
        })
    }

    /// Adds every parameter, to change, in the order of [`Block::try_zip`].
    fn iter_mut<'a>(&'a mut self, all: &mut Vec<&'a mut T>) {
        let Self {
            norm1,
            qkv,
            qkv_bias,
            qk_norm,
            out,
            out_bias,
            out_norm,
            norm2,
            gate_up,
            down,
            down_norm,
            lora,
        } = self;
        all.extend(norm1);
        all.push(qkv);
        all.extend(qkv_bias);
        all.extend(qk_norm.iter_mut().flat_map(|norm| [&mut norm.q, &mut norm.k]));
        all.push(out);
        all.extend(out_bias);
        all.extend(out_norm);
        all.extend(norm2);
        all.extend([gate_up, down]);
        all.extend(down_norm);
        all.extend(lora.iter_mut().flat_map(Pairs::iter_mut));
    }

    /// A matrix of the block.
    pub fn weight(&self, projection: Projection) -> &T {
        match projection {
            Projection::Qkv => &self.qkv,
            Projection::Out => &self.out,
            Projection::GateUp => &self.gate_up,
            Projection::Down => &self.down,
        }
    }

    /// A matrix of the block, to change.
    pub fn weight_mut(&mut self, projection: Projection) -> &mut T {
        match projection {
            Projection::Qkv => &mut self.qkv,
            Projection::Out => &mut self.out,
            Projection::GateUp => &mut self.gate_up,
            Projection::Down => &mut self.down,
        }
    }

    /// The bias of the product with the matrix.
    pub fn bias(&self, projection: Projection) -> Option<&T> {
        match projection {
            Projection::Qkv => self.qkv_bias.as_ref(),
            Projection::Out => self.out_bias.as_ref(),
            Projection::GateUp | Projection::Down => None,
        }
    }

    /// The bias of the product with the matrix, to change.
    pub fn bias_mut(&mut self, projection: Projection) -> Option<&mut T> {
        match projection {
            Projection::Qkv => self.qkv_bias.as_mut(),
            Projection::Out => self.out_bias.as_mut(),
            Projection::GateUp | Projection::Down => None,
        }
    }
}

impl Weights {
    /// Adds the pairs to the matrices; then they are gone.
    pub fn merge(&mut self, path: Path) {
        for block in &mut self.blocks {
            if let Some(pairs) = block.lora.take() {
                for projection in Projection::ALL {
                    let weight = block.weight_mut(projection);
                    // Moved out, so that it can be changed in place.
                    let own = std::mem::replace(weight, Tensor::empty([0, 0], &weight.device()));
                    *weight = pairs.merge(projection, own, path);
                }
            }
        }
    }
}

/// Combines two values of which both or neither exist.
fn try_both<'a, T, U, V, E>(
    one: &'a Option<T>,
    other: &'a Option<U>,
    f: impl FnOnce(&'a T, &'a U) -> Result<V, E>,
) -> Result<Option<V>, E> {
    let both = one.as_ref().zip(other.as_ref());
    both.map(|(one, other)| f(one, other)).transpose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::config::{Config, Norms, QkNorms};
    use crate::model::params::params;
    use crate::model::projection::{LoraConfig, LoraTarget};
    use crate::testing::config;

    proptest! {
        #[test]
        fn all_walks_go_through_the_same_parameters_in_one_order(
            tied: bool, qkv_bias: bool, out_bias: bool, adapted: bool,
            qk_norm in proptest::sample::select(vec![QkNorms::None, QkNorms::Head, QkNorms::Row]),
            norms in proptest::sample::select(vec![Norms::Before, Norms::After, Norms::Around]),
            targets in proptest::sample::subsequence(LoraTarget::ALL.to_vec(), 1..7),
        ) {
            let config = Config { tied, qkv_bias, out_bias, qk_norm, norms, ..config(8) };
            let lora = LoraConfig { rank: 2, alpha: 1.0, targets };
            let mut params = params(&config, adapted.then_some(&lora));
            let labels = |all: Vec<String>| {
                let distinct: std::collections::BTreeSet<_> = all.iter().cloned().collect();
                assert_eq!(distinct.len(), all.len());
                all
            };
            let of_iter = labels(params.iter().map(|param| param.label.clone()).collect());
            let of_trained = labels(params.trained().map(|param| param.label.clone()).collect());
            prop_assert_eq!(adapted, of_trained.len() < of_iter.len());
            let of_iter_mut: Vec<_> = params.iter_mut().map(|param| param.label.clone()).collect();
            let of_trained_mut: Vec<_> = params.trained_mut().map(|param| param.label.clone()).collect();
            prop_assert_eq!(&of_iter, &of_iter_mut);
            prop_assert_eq!(&of_trained, &of_trained_mut);
            // A walk that stops early has gone through the first of them.
            let mut seen = Vec::new();
            let stopped = params.try_map(|param| {
                seen.push(param.label.clone());
                if seen.len() == 3 { Err(()) } else { Ok(()) }
            });
            prop_assert!(stopped.is_err());
            prop_assert_eq!(&seen, &of_iter[..3]);
        }
    }
}
