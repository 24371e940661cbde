//! What `adapter_config.json` says about a LoRA adapter of PEFT.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::modules::{Layers, Modules, Patterns, lies_in};
use crate::LmError;

/// Values that would change the computation, and must be absent, false or empty.
const PLAIN: [&str; 9] = [
    "use_qalora",
    "use_bdlora",
    "arrow_config",
    "kasa_config",
    "monteclora_config",
    "alora_invocation_tokens",
    "layer_replication",
    "target_parameters",
    "velora_config",
];

/// Most patterns of a key, each of which is compared with every module: more than a large model has modules.
const MOST_PATTERNS: usize = 10_000;

/// Which modules an adapter changes, and by how much.
pub(super) struct Description {
    path: PathBuf,
    rank: u64,
    alpha: f64,
    stabilised: bool,
    /// Directions and magnitudes of columns are adapted apart (DoRA, Liu et al. 2024, arXiv:2402.09353).
    pub magnitudes: bool,
    /// None if the file does not say: every pair in the adapter then counts.
    targets: Option<Modules>,
    excluded: Option<Modules>,
    saved: Vec<String>,
    /// Only these are adapted, where targets are names.
    layers: Option<Layers>,
    ranks: Patterns<u64>,
    alphas: Patterns<f64>,
    /// Rows of embeddings that are replaced.
    pub tokens: Tokens,
    /// What is done to the embedding is done to a tied head.
    pub keeps_tied: bool,
}

/// `trainable_token_indices`: of the embedding, or by module.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Tokens {
    OfEmbedding(Vec<usize>),
    ByModule(std::collections::BTreeMap<String, Vec<usize>>),
}

impl Tokens {
    /// The rows of the module at `path`.
    pub fn of(&self, path: &str) -> &[usize] {
        match self {
            Self::OfEmbedding(rows) if path.ends_with("embed_tokens") => rows,
            Self::OfEmbedding(_) => &[],
            Self::ByModule(modules) => {
                let found = modules.iter().find(|(module, _)| path.ends_with(module.as_str()));
                found.map_or(&[], |(_, rows)| rows)
            }
        }
    }
}

#[derive(Deserialize)]
struct Raw {
    r: u64,
    lora_alpha: f64,
    use_rslora: Option<bool>,
    use_dora: Option<bool>,
    target_modules: Option<RawModules>,
    exclude_modules: Option<RawModules>,
    modules_to_save: Option<Vec<String>>,
    layers_to_transform: Option<OneOrMany<u64>>,
    layers_pattern: Option<OneOrMany<String>>,
    rank_pattern: Option<Map<String, Value>>,
    alpha_pattern: Option<Map<String, Value>>,
    trainable_token_indices: Option<Tokens>,
    ensure_weight_tying: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawModules {
    Pattern(String),
    Names(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// The factor and rank of a module's pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// Columns of `A` and rows of `B`.
    pub rank: u64,
    /// The product counts so many times.
    pub factor: f32,
}

impl Description {
    /// Reads the file at `path`, whose content is `value`.
    ///
    /// # Errors
    /// An adapter of another kind, or one that merging cannot reproduce; values of the wrong type or range.
    pub fn new(path: PathBuf, value: Value) -> Result<Self, LmError> {
        check_kind(&path, &value)?;
        let raw: Raw = serde_json::from_value(value).map_err(|source| LmError::Json {
            path: path.clone(),
            source,
        })?;
        let pattern = |key: &str| {
            let (path, key) = (path.clone(), key.to_owned());
            move |error| unreadable(&path, &key, error)
        };
        let modules = |key: &str, modules: Option<RawModules>| match modules {
            None => Ok(None),
            Some(RawModules::Names(names)) => Ok(Some(Modules::Names(names))),
            Some(RawModules::Pattern(text)) => Modules::pattern(&text).map(Some).map_err(pattern(key)),
        };
        let lists = raw.layers_pattern.map(OneOrMany::into_vec).unwrap_or_default();
        let layers = raw.layers_to_transform.map(OneOrMany::into_vec);
        let layers = layers.filter(|layers| !layers.is_empty());
        let layers = layers.map(|layers| Layers::new(layers, &lists)).transpose();
        let ranks = values(&path, "rank_pattern", raw.rank_pattern, Value::as_u64)?;
        let alphas = values(&path, "alpha_pattern", raw.alpha_pattern, Value::as_f64)?;
        Ok(Self {
            rank: raw.r,
            alpha: raw.lora_alpha,
            stabilised: raw.use_rslora.unwrap_or(false),
            magnitudes: raw.use_dora.unwrap_or(false),
            targets: modules("target_modules", raw.target_modules)?,
            excluded: modules("exclude_modules", raw.exclude_modules)?,
            saved: raw.modules_to_save.unwrap_or_default(),
            layers: layers.map_err(pattern("layers_pattern"))?,
            ranks,
            alphas,
            tokens: raw.trainable_token_indices.unwrap_or(Tokens::OfEmbedding(Vec::new())),
            keeps_tied: raw.ensure_weight_tying.unwrap_or(false),
            path,
        })
    }

    /// Whether the module, which has several `paths`, has a pair; `linear` says that it is a matrix of a block. None if
    /// the file leaves it open.
    pub fn targets(&self, paths: &[String], linear: bool) -> Result<Option<bool>, LmError> {
        let Some(targets) = &self.targets else {
            return Ok(None);
        };
        for path in paths {
            let failed = |key: &str| {
                let key = key.to_owned();
                move |error| unreadable(&self.path, &key, error)
            };
            let excluded = self.excluded.as_ref();
            let excluded = excluded.map_or(Ok(false), |excluded| excluded.matches(path, linear));
            if self.saves(path) || excluded.map_err(failed("exclude_modules"))? {
                continue;
            }
            let named = targets.matches(path, linear).map_err(failed("target_modules"))?;
            let whole = matches!(targets, Modules::Names(names) if names.contains(path));
            // A path that is given in full, or by a pattern, is not restricted to layers.
            let layers = match (&self.layers, targets) {
                (Some(layers), Modules::Names(_)) if !whole => {
                    layers.contain(path).map_err(failed("layers_to_transform"))?
                }
                _ => true,
            };
            if named && layers {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }

    /// Whether the module at `path` was trained and saved as a whole.
    pub fn saves(&self, path: &str) -> bool {
        self.saved.iter().any(|name| lies_in(path, name))
    }

    /// Rank and factor of the pair of a module that has several `paths`.
    ///
    /// # Errors
    /// A rank of 0, a factor that is no number in f32.
    pub fn scale(&self, paths: &[String]) -> Result<Scale, LmError> {
        let (mut rank, mut alpha) = (self.rank, self.alpha);
        for path in paths.iter().rev() {
            let failed = |key: &'static str| move |error| unreadable(&self.path, key, error);
            rank = self.ranks.of(path).map_err(failed("rank_pattern"))?.unwrap_or(rank);
            alpha = self.alphas.of(path).map_err(failed("alpha_pattern"))?.unwrap_or(alpha);
        }
        // Rank-stabilised LoRA (Kalajdzievski 2023, arXiv:2312.03732) counts the product alpha / sqrt(rank) times.
        let divisor = if self.stabilised {
            (rank as f64).sqrt()
        } else {
            rank as f64
        };
        let factor = (alpha / divisor) as f32;
        if rank == 0 || !factor.is_finite() {
            let message = format!(
                "rank {rank} and lora_alpha {alpha:?} of `{}` make no adapter",
                paths.join("` or `")
            );
            return Err(self.problem(message));
        }
        Ok(Scale { rank, factor })
    }

    /// An error about the file.
    pub fn problem(&self, message: String) -> LmError {
        LmError::Config {
            path: self.path.clone(),
            message,
        }
    }
}

fn check_kind(path: &Path, value: &Value) -> Result<(), LmError> {
    let refuse = |what: String, supported| {
        Err(LmError::Unsupported {
            path: path.to_path_buf(),
            what,
            supported,
        })
    };
    match value.get("peft_type").and_then(Value::as_str) {
        Some("LORA") => {}
        other => return refuse(format!("peft_type `{}`", other.unwrap_or("(none)")), "`LORA`"),
    }
    for key in PLAIN {
        if let Some(value) = value.get(key).filter(|value| !is_plain(value)) {
            return refuse(format!("{key} {value}"), "LoRA without it");
        }
    }
    // Some initialisations change the base weights too, so that the pairs fit no other base.
    match value.get("init_lora_weights").and_then(Value::as_str) {
        None | Some("gaussian" | "eva" | "orthogonal") => Ok(()),
        Some(other) => {
            let supported = "an adapter to the base model as it is (PEFT converts others when it saves them with \
                 `path_initial_model_for_weight_conversion`)";
            refuse(format!("init_lora_weights `{other}`"), supported)
        }
    }
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// The patterns of `key` with their values.
fn values<T: Copy>(
    path: &Path,
    key: &str,
    map: Option<Map<String, Value>>,
    number: fn(&Value) -> Option<T>,
) -> Result<Patterns<T>, LmError> {
    let read = |(pattern, value): (String, Value)| match number(&value) {
        Some(number) => Ok((pattern, number)),
        None => Err(LmError::Config {
            path: path.to_path_buf(),
            message: format!("{key} has {value} for `{pattern}`, which is not a number that can be meant"),
        }),
    };
    let map = map.unwrap_or_default();
    if map.len() > MOST_PATTERNS {
        return Err(LmError::Config {
            path: path.to_path_buf(),
            message: format!("{key} has {} patterns, but at most {MOST_PATTERNS} are read", map.len()),
        });
    }
    let read: Vec<_> = map.into_iter().map(read).collect::<Result<_, _>>()?;
    Patterns::new(read.into_iter()).map_err(|error| unreadable(path, key, error))
}

fn unreadable(path: &Path, key: &str, error: Box<fancy_regex::Error>) -> LmError {
    LmError::Config {
        path: path.to_path_buf(),
        message: format!("{key} has a pattern that cannot be used: {error}"),
    }
}
