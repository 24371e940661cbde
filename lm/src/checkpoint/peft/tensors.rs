//! The names in an adapter's file.

use std::collections::{BTreeMap, BTreeSet};

use crate::LmError;
use crate::checkpoint::tensors::Tensors as File;

/// What a tensor is to its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// `[rank, inputs]`
    A,
    /// `[outputs, rank]`
    B,
    /// `[outputs]`: a bias of the second factor.
    BiasOfB,
    /// `[rank, vocabulary]`
    EmbeddingA,
    /// `[hidden, rank]`
    EmbeddingB,
    /// `[outputs]`: DoRA's magnitudes.
    Magnitude,
    /// `[tokens, hidden]`: new rows of an embedding.
    Tokens,
    /// A new value of the module's own `weight`.
    Weight,
    /// A new value of the module's own `bias`.
    Bias,
}

/// An adapter's tensors by module and role, each to be taken once.
pub(super) struct Tensors {
    file: File,
    names: BTreeMap<(String, Role), String>,
    /// What precedes the path of a layer here in the paths of the adapter's own model.
    prefixes: BTreeSet<String>,
    /// What nobody has taken.
    left: BTreeSet<String>,
    /// Tensors that are the same to one module.
    doubles: Vec<[String; 2]>,
    values: BTreeMap<String, Vec<f32>>,
}

impl Tensors {
    /// Sorts the names in a file.
    pub fn new(file: File) -> Self {
        let all = file.names().filter(|name| !is_former(name));
        let mut left: BTreeSet<String> = all.map(str::to_owned).collect();
        let (mut names, mut prefixes, mut doubles) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        for name in left.clone() {
            let Some((module, role)) = parse(&name) else {
                continue;
            };
            let local = local(&module);
            prefixes.insert(module[..module.len() - local.len()].to_owned());
            if let Some(other) = names.insert((local.to_owned(), role), name.clone()) {
                left.remove(&other);
                doubles.push([other, name]);
            }
        }
        Self {
            file,
            names,
            prefixes,
            left,
            doubles,
            values: BTreeMap::new(),
        }
    }

    /// Reads all values.
    ///
    /// # Errors
    /// A value that is not finite; two tensors that are the same to one module and differ, as of two adapters in one
    /// file; a file that cannot be read or has changed.
    pub fn read(&mut self) -> Result<(), LmError> {
        let names: Vec<String> = self
            .file
            .names()
            .filter(|name| !is_former(name))
            .map(str::to_owned)
            .collect();
        let values = self.file.values(&names)?;
        self.values = names.into_iter().zip(values).collect();
        let differ = |[one, other]: &&[String; 2]| self.values(one) != self.values(other);
        match self.doubles.iter().find(differ) {
            Some([one, other]) => {
                Err(self.problem(one, &format!("and `{other}` are for the same matrix: keep one adapter")))
            }
            None => Ok(()),
        }
    }

    /// The values of a tensor, once they have been read.
    pub fn values(&self, name: &str) -> &[f32] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The shape of a tensor.
    pub fn shape_of(&self, name: &str) -> Option<&[usize]> {
        self.file.shape(name)
    }

    /// Takes the tensor that has `role` in the module, whose path is as in `transformers`.
    pub fn take(&mut self, module: &str, role: Role) -> Option<String> {
        let name = self.names.remove(&(local(module).to_owned(), role))?;
        self.left.remove(&name);
        Some(name)
    }

    /// The shape of the tensor that has `role` in the module.
    pub fn shape(&self, module: &str, role: Role) -> Option<&[usize]> {
        let name = self.names.get(&(local(module).to_owned(), role))?;
        self.file.shape(name)
    }

    /// The paths that the module may have in the model that the adapter was made for.
    pub fn paths(&self, module: &str) -> Vec<String> {
        let own = std::iter::once(module.to_owned());
        let others = self.prefixes.iter().map(|prefix| format!("{prefix}{}", local(module)));
        own.chain(others.filter(|other| other != module)).collect()
    }

    /// The error about tensor `name`.
    pub fn problem(&self, name: &str, problem: &str) -> LmError {
        self.file.blame(LmError::Checkpoint {
            path: self.file.path().to_path_buf(),
            message: format!("tensor `{name}` {problem}"),
        })
    }

    /// Refuses a tensor that nobody has taken, which merging would silently leave out.
    pub fn all_taken(&self) -> Result<(), LmError> {
        let Some(name) = self.left.first() else {
            return Ok(());
        };
        let problem = match parse(name) {
            None => "is no part of a LoRA adapter that can be merged".to_owned(),
            Some((_, Role::BiasOfB)) => "is a bias, but the matrix has none in the model".to_owned(),
            Some((module, _)) => format!("belongs to no target module of a layer of the model: it has no `{module}`"),
        };
        Err(self.problem(name, &problem))
    }
}

/// Whether a tensor is what a module was before it was trained, which is sometimes saved beside what it is now.
fn is_former(name: &str) -> bool {
    name.split('.').any(|segment| segment == "original_module")
}

/// The module, as the adapter's own model calls it, and the role of a tensor.
///
/// PEFT has written factors with and without the adapter's name, and values of whole modules with and without the name
/// of their wrapper.
fn parse(name: &str) -> Option<(String, Role)> {
    let wrapper = |segment: &&str| {
        !matches!(
            *segment,
            "_orig_mod" | "_fsdp_wrapped_module" | "_checkpoint_wrapped_module"
        )
    };
    let name = name.strip_prefix("base_model.model.").unwrap_or(name);
    let segments: Vec<&str> = name.split('.').filter(wrapper).collect();
    let found = segments.iter().position(|segment| {
        segment.starts_with("lora_") || ["token_adapter", "modules_to_save", "base_layer"].contains(segment)
    });
    let (module, role) = match found {
        None => segments.split_at(segments.len().checked_sub(1)?),
        Some(at) => segments.split_at(at),
    };
    // An adapter's name has no dot.
    let role = match role {
        ["lora_A", "weight"] | ["lora_A", _, "weight"] => Role::A,
        ["lora_B", "weight"] | ["lora_B", _, "weight"] => Role::B,
        ["lora_B", "bias"] | ["lora_B", _, "bias"] => Role::BiasOfB,
        ["lora_embedding_A"] | ["lora_embedding_A", _] => Role::EmbeddingA,
        ["lora_embedding_B"] | ["lora_embedding_B", _] => Role::EmbeddingB,
        ["lora_magnitude_vector"] | ["lora_magnitude_vector", _] | ["lora_magnitude_vector", _, "weight"] => {
            Role::Magnitude
        }
        ["token_adapter", "trainable_tokens_delta"] | ["token_adapter", "trainable_tokens_delta", _] => Role::Tokens,
        ["weight"] | ["base_layer" | "modules_to_save", "weight"] | ["modules_to_save", _, "weight"] => Role::Weight,
        ["bias"] | ["base_layer" | "modules_to_save", "bias"] | ["modules_to_save", _, "bias"] => Role::Bias,
        _ => return None,
    };
    Some((module.join("."), role))
}

/// A module's path without what models of other classes and wrappers put before it.
fn local(module: &str) -> &str {
    let mut path = module;
    while let Some(rest) = ["base_model.", "model.", "language_model.", "module."]
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))
    {
        path = rest;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_times_are_read() {
        let q = "model.layers.0.self_attn.q_proj";
        for (name, module, role) in [
            (
                "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
                q,
                Role::A,
            ),
            (
                "base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight",
                q,
                Role::B,
            ),
            ("model.layers.0.self_attn.q_proj.lora_B.bias", q, Role::BiasOfB),
            (
                "base_model.model._orig_mod.model.layers.0.self_attn.q_proj.base_layer.bias",
                q,
                Role::Bias,
            ),
            (
                "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector",
                q,
                Role::Magnitude,
            ),
            (
                "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector.x.weight",
                q,
                Role::Magnitude,
            ),
            (
                "base_model.model.model.embed_tokens.lora_embedding_A",
                "model.embed_tokens",
                Role::EmbeddingA,
            ),
            (
                "base_model.model.model.embed_tokens.lora_embedding_B.default",
                "model.embed_tokens",
                Role::EmbeddingB,
            ),
            (
                "base_model.model.lm_head.modules_to_save.default.weight",
                "lm_head",
                Role::Weight,
            ),
            ("base_model.model.lm_head.base_layer.weight", "lm_head", Role::Weight),
            (
                "base_model.model.lm_head.modules_to_save.weight",
                "lm_head",
                Role::Weight,
            ),
            ("base_model.model.model.norm.weight", "model.norm", Role::Weight),
            (
                "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta",
                "model.embed_tokens",
                Role::Tokens,
            ),
        ] {
            assert_eq!(parse(name), Some((module.to_owned(), role)), "{name}");
        }
        for name in [
            "base_model.model.model.layers.0.mlp.experts.lora_A.a.b.weight",
            "base_model.model.lm_head.modules_to_save.default.inner.weight",
            "prompt_embeddings",
            "",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }

    #[test]
    fn modules_are_the_same_whatever_wraps_them() {
        for module in [
            "model.norm",
            "model.language_model.norm",
            "language_model.model.norm",
            "norm",
        ] {
            assert_eq!(local(module), "norm");
        }
        assert_eq!(local("model.layers.0.self_attn"), "layers.0.self_attn");
    }
}
