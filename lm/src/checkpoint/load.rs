//! From checkpoint tensors to the weights of a model.

use burn::tensor::Tensor;

use super::shard::Digested;
use super::slot::{Slot, transposed};
use super::tensors::Tensors;
use crate::LmError;
use crate::config::Config;
use crate::model::Weights;
use crate::model::params::{Param, Part, params};
use crate::ops::host;

/// The embedding, by which it is seen how tensors are called.
const EMBEDDING: &str = "model.embed_tokens.weight";

/// The head, unless the embedding is the head.
const HEAD: &str = "lm_head.weight";

/// Begins the names of all tensors but the head's; files of a model without a head leave it out.
const PREFIX: &str = "model.";

/// Ends of the names of tensors that only quantised models have: GPTQ and AWQ, bitsandbytes, compressed-tensors, FP8,
/// MXFP4.
const QUANTISED: [&str; 8] = [
    ".qweight",
    ".qzeros",
    ".absmax",
    ".quant_map",
    ".weight_packed",
    ".weight_scale",
    ".weight_scale_inv",
    "_proj_blocks",
];

/// Reads all weights of a model. Where `config` says that the embedding is the head, but the file has a head that
/// differs from it, the head of the file counts.
///
/// # Errors
/// A tensor that is missing, of another shape or of an unknown type, a value that is not finite; a file that cannot be
/// read or has changed.
pub(crate) fn weights(config: &Config, tensors: &Tensors, device: &burn::tensor::Device) -> Result<Weights, LmError> {
    let (params, mut slots) = slots(config, tensors)?;
    tensors.fill(&mut slots, device)?;
    let mut read = slots.into_iter().map(|slot| slot.into_tensor(device));
    // There is a slot for every parameter.
    let mut weights = params.map(|_| read.next().unwrap_or_else(|| Tensor::empty([0, 0], device)));
    if let Some(own) = read
        .next()
        .map(|head| host::values(&head))
        .filter(|own| *own != host::values(&weights.embed))
    {
        let transposed = transposed(&own, config.hidden);
        weights.head = Some(host::tensor(transposed, [config.hidden, config.vocab], device));
    }
    Ok(weights)
}

/// Reads all weights of a model and keeps none: refuses what [`weights`] would refuse. Returns the digests of the
/// files.
///
/// # Errors
/// As [`weights`].
pub(crate) fn inspect(config: &Config, tensors: &Tensors) -> Result<Vec<Digested>, LmError> {
    tensors.inspect(&slots(config, tensors)?.1)
}

/// A slot for every parameter, the embedding's first, and one more for a head that should be the embedding.
fn slots(config: &Config, tensors: &Tensors) -> Result<(Weights<Param>, Vec<Slot>), LmError> {
    refuse(config, tensors).map_err(|error| tensors.blame(error))?;
    let is_bare = !tensors.has(EMBEDDING) && tensors.has(bare(EMBEDDING));
    let name = |part: &Part| match is_bare {
        true => bare(&part.name()).to_owned(),
        false => part.name(),
    };
    let params = params(config, None);
    let mut slots: Vec<Slot> = params.iter().map(|param| Slot::new(param, name)).collect();
    if config.tied && tensors.has(HEAD) {
        slots.push(Slot::stored(HEAD.to_owned(), &[config.vocab, config.hidden]));
    }
    Ok((params, slots))
}

fn bare(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

/// Refuses quantised weights, and a number of layers that cannot be there, before the parameters of all are described.
fn refuse(config: &Config, tensors: &Tensors) -> Result<(), LmError> {
    let path = tensors.path().to_path_buf();
    let is_quantised = |name: &&str| QUANTISED.iter().any(|end| name.ends_with(end));
    if let Some(name) = tensors.names().find(is_quantised) {
        return Err(LmError::Unsupported {
            path,
            what: format!("a quantised model (tensor `{name}`)"),
            supported: "weights in F32, F16 or BF16; use the model that was quantised",
        });
    }
    let (layers, there) = (config.layers, tensors.names().len());
    if layers > there {
        let message = format!("{there} tensors are too few for the {layers} layers of config.json");
        return Err(LmError::Checkpoint { path, message });
    }
    // Without them the model would be another one.
    let is_beyond = |name: &&str| layer(name).is_some_and(|layer| layer >= layers);
    if let Some(name) = tensors.names().find(is_beyond) {
        let message = format!("tensor `{name}` belongs to a layer beyond the {layers} layers of config.json");
        return Err(LmError::Checkpoint { path, message });
    }
    Ok(())
}

/// The layer that a tensor of this name belongs to.
fn layer(name: &str) -> Option<usize> {
    let (number, _) = bare(name).strip_prefix("layers.")?.split_once('.')?;
    number.parse().ok()
}
