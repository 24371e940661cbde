//! The tensors of an encoder: what they are called, their shapes, and loading them.

use burn::tensor::{Device, Tensor};

use super::config::EncoderConfig;
use super::family::Names;
use crate::LmError;
use crate::checkpoint::{Digested, Slot, Tensors};

/// The table of words, by which it is seen whether names begin with that of the family.
const WORDS: &str = "embeddings.word_embeddings.weight";

/// A product or a norm: a matrix `[out, in]` as in the file, or the factors of a norm `[1, n]`, and a bias `[1, n]`.
#[derive(Debug)]
pub(super) struct Affine<T = Tensor<2>> {
    pub weight: T,
    pub bias: T,
}

/// What a layer computes with.
#[derive(Debug)]
pub(super) struct Layer<T = Tensor<2>> {
    pub query: Affine<T>,
    pub key: Affine<T>,
    pub value: Affine<T>,
    pub out: Affine<T>,
    pub norm1: Affine<T>,
    pub up: Affine<T>,
    pub down: Affine<T>,
    pub norm2: Affine<T>,
}

/// A value for each tensor of an encoder.
#[derive(Debug)]
pub(super) struct Weights<T = Tensor<2>> {
    /// `[vocab, hidden]`
    pub words: T,
    /// `[positions, hidden]`
    pub positions: T,
    /// `[types, hidden]`
    pub types: Option<T>,
    pub norm: Affine<T>,
    /// `[distances, heads]`
    pub distances: Option<T>,
    pub layers: Vec<Layer<T>>,
}

/// A tensor's name in the file, and its shape there.
type Wanted = (String, Vec<usize>);

impl Weights {
    /// Reads all weights.
    ///
    /// # Errors
    /// A tensor that is missing, of another shape or of an unknown type, a value that is not finite; a file that cannot
    /// be read or has changed.
    pub fn load(config: &EncoderConfig, tensors: &Tensors) -> Result<Self, LmError> {
        let device = Device::flex();
        let mut slots = slots(config, tensors)?;
        tensors.fill(&mut slots, &device)?;
        let mut read = slots.into_iter().map(|slot| slot.into_tensor(&device));
        // The walk asks for as many as there are slots.
        Ok(walk(config, "", &mut |_| {
            read.next().unwrap_or_else(|| Tensor::empty([0, 0], &device))
        }))
    }
}

/// Reads all weights and keeps none: refuses what [`Weights::load`] would refuse. Returns the digests of the files.
///
/// # Errors
/// As [`Weights::load`].
pub(super) fn inspect(config: &EncoderConfig, tensors: &Tensors) -> Result<Vec<Digested>, LmError> {
    tensors.inspect(&slots(config, tensors)?)
}

/// A slot for every tensor, in the order of [`walk`].
fn slots(config: &EncoderConfig, tensors: &Tensors) -> Result<Vec<Slot>, LmError> {
    let prefix = match tensors.has(WORDS) {
        true => "",
        false => config.family.prefix(),
    };
    check_layers(config, tensors, prefix).map_err(|error| tensors.blame(error))?;
    let mut slots = Vec::new();
    walk(config, prefix, &mut |(name, shape)| {
        slots.push(Slot::stored(name, &shape))
    });
    Ok(slots)
}

/// Calls `take` for every tensor, always in the same order.
fn walk<T>(config: &EncoderConfig, prefix: &str, take: &mut impl FnMut(Wanted) -> T) -> Weights<T> {
    let (hidden, wide) = (config.hidden, config.intermediate);
    let table = |name: &str, rows| (format!("{prefix}embeddings.{name}.weight"), vec![rows, hidden]);
    let names = config.family.names();
    Weights {
        words: take(table("word_embeddings", config.vocab)),
        positions: take(table("position_embeddings", config.positions)),
        types: (config.types > 0).then(|| take(table("token_type_embeddings", config.types))),
        norm: affine(&format!("{prefix}embeddings.LayerNorm"), &[hidden], take),
        distances: (config.distances > 0).then(|| {
            let name = format!("{prefix}encoder.relative_attention_bias.weight");
            take((name, vec![config.distances, config.heads]))
        }),
        layers: (0..config.layers)
            .map(|number| {
                layer(
                    &format!("{prefix}{}.{number}", names.layers),
                    names,
                    [hidden, wide],
                    take,
                )
            })
            .collect(),
    }
}

fn layer<T>(module: &str, names: &Names, [hidden, wide]: [usize; 2], take: &mut impl FnMut(Wanted) -> T) -> Layer<T> {
    let mut of = |name: &str, shape: &[usize]| affine(&format!("{module}.{name}"), shape, take);
    Layer {
        query: of(names.query, &[hidden, hidden]),
        key: of(names.key, &[hidden, hidden]),
        value: of(names.value, &[hidden, hidden]),
        out: of(names.out, &[hidden, hidden]),
        norm1: of(names.norm1, &[hidden]),
        up: of(names.up, &[wide, hidden]),
        down: of(names.down, &[hidden, wide]),
        norm2: of(names.norm2, &[hidden]),
    }
}

/// The weight of this shape, and a bias of its rows.
fn affine<T>(module: &str, shape: &[usize], take: &mut impl FnMut(Wanted) -> T) -> Affine<T> {
    Affine {
        weight: take((format!("{module}.weight"), shape.to_vec())),
        bias: take((format!("{module}.bias"), shape[..1].to_vec())),
    }
}

/// Refuses a number of layers that cannot be there, before the tensors of all are described, and layers that would be
/// left out.
fn check_layers(config: &EncoderConfig, tensors: &Tensors, prefix: &str) -> Result<(), LmError> {
    let (layers, there) = (config.layers, tensors.names().len());
    let problem = |message| {
        Err(LmError::Checkpoint {
            path: tensors.path().to_path_buf(),
            message,
        })
    };
    if layers > there {
        return problem(format!(
            "{there} tensors are too few for the {layers} layers of config.json"
        ));
    }
    let start = format!("{prefix}{}.", config.family.names().layers);
    let number = |name: &str| name.strip_prefix(&start)?.split_once('.')?.0.parse::<usize>().ok();
    match tensors.names().find(|name| number(name).is_some_and(|n| n >= layers)) {
        None => Ok(()),
        Some(name) => problem(format!(
            "tensor `{name}` belongs to a layer beyond the {layers} layers of config.json"
        )),
    }
}
