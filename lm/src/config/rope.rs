//! `rope_scaling` and `rope_parameters` of `config.json`, in every spelling of `transformers` 4 and 5.
//!
//! Version 4 has `rope_theta` beside `rope_scaling`, whose kind is its `type` (before 4.43) or `rope_type`; version 5 has
//! both in `rope_parameters`, flat or by the type of a layer. Where two spellings are there they must agree, since
//! other programs would read one or the other.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::unsupported;
use crate::LmError;

/// How RoPE's frequencies are stretched for long contexts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum RopeScaling {
    None,
    /// All frequencies divided by the factor.
    Linear {
        factor: f64,
    },
    /// Llama 3.1: low frequencies divided by the factor, high ones kept, smooth between.
    Llama3 {
        factor: f64,
        low: f64,
        high: f64,
        original_context: f64,
    },
}

/// The rotation of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rope {
    pub theta: f64,
    pub scaling: RopeScaling,
}

/// `rope_theta` of a file that has none.
const DEFAULT_THETA: f64 = 10000.0;

/// The type of the layers that see everything, where parameters are given by type.
const FULL: &str = "full_attention";

impl Rope {
    /// Reads the rotation from a whole `config.json`.
    pub fn of(path: &Path, config: &Map<String, Value>) -> Result<Self, LmError> {
        let source = Source { path, config };
        let parameters = source.parameters("rope_parameters")?;
        let scaling = source.parameters("rope_scaling")?;
        let nested = |key| [&parameters, &scaling].into_iter().flatten().find_map(|p| p.get(key));
        let theta = source.agreed("rope_theta", &[config.get("rope_theta"), nested("rope_theta")])?;
        let theta = source.positive("rope_theta", theta)?.unwrap_or(DEFAULT_THETA);
        for given in [config.get("partial_rotary_factor"), nested("partial_rotary_factor")] {
            if let Some(factor) = given.filter(|factor| !factor.is_null() && factor.as_f64() != Some(1.0)) {
                return Err(unsupported(path, format!("partial_rotary_factor {factor}"), "1.0"));
            }
        }
        let read = |parameters: Option<Map<String, Value>>| parameters.map(|p| source.scaling(&p)).transpose();
        let scaling = match (read(scaling)?, read(parameters)?) {
            (Some(a), Some(b)) if a != b => {
                return Err(source.problem("`rope_scaling` and `rope_parameters` differ; remove the wrong one"));
            }
            (a, b) => a.or(b).unwrap_or(RopeScaling::None),
        };
        Ok(Self { theta, scaling })
    }
}

impl RopeScaling {
    /// As `rope_scaling` of `transformers` 4; none without scaling.
    pub fn to_json(self) -> Option<Value> {
        match self {
            Self::None => None,
            Self::Linear { factor } => Some(json!({"rope_type": "linear", "factor": factor})),
            Self::Llama3 {
                factor,
                low,
                high,
                original_context,
            } => Some(json!({
                "rope_type": "llama3", "factor": factor, "low_freq_factor": low, "high_freq_factor": high,
                "original_max_position_embeddings": original_context as u64,
            })),
        }
    }
}

/// The file, for reading and for errors.
struct Source<'a> {
    path: &'a Path,
    config: &'a Map<String, Value>,
}

impl Source<'_> {
    fn problem(&self, message: impl Into<String>) -> LmError {
        LmError::Config {
            path: self.path.to_path_buf(),
            message: message.into(),
        }
    }

    /// The object `key`, or the part of it for layers that see everything.
    fn parameters(&self, key: &str) -> Result<Option<Map<String, Value>>, LmError> {
        match self.config.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => match fields.get(FULL) {
                Some(Value::Object(of_full)) => Ok(Some(of_full.clone())),
                _ => Ok(Some(fields.clone())),
            },
            Some(_) => Err(self.problem(format!("`{key}` must be an object"))),
        }
    }

    /// The one value of `key` among those given for it.
    fn agreed<'v>(&self, key: &str, given: &[Option<&'v Value>]) -> Result<Option<&'v Value>, LmError> {
        let mut given = given.iter().flatten().copied().filter(|value| !value.is_null());
        let first = given.next();
        let number = first.and_then(Value::as_f64);
        let same = |other: &Value| Some(other) == first || number.is_some() && other.as_f64() == number;
        match given.find(|other| !same(other)) {
            None => Ok(first),
            Some(other) => {
                let first = first.unwrap_or(&Value::Null);
                Err(self.problem(format!(
                    "`{key}` is given as {first} and as {other}; remove the wrong one"
                )))
            }
        }
    }

    /// A number above 0, also as a float of 32 bits.
    fn positive(&self, key: &str, value: Option<&Value>) -> Result<Option<f64>, LmError> {
        let Some(value) = value else {
            return Ok(None);
        };
        match value.as_f64() {
            Some(number) if number > 0.0 && (number as f32).is_finite() => Ok(Some(number)),
            _ => Err(self.problem(format!("`{key}` is {value}, but must be a number above 0"))),
        }
    }

    fn scaling(&self, parameters: &Map<String, Value>) -> Result<RopeScaling, LmError> {
        let need = |key: &str| {
            let value = self.positive(key, parameters.get(key).filter(|value| !value.is_null()))?;
            value.ok_or_else(|| self.problem(format!("rope scaling needs a positive `{key}`")))
        };
        let kind = self.agreed("rope_type", &[parameters.get("rope_type"), parameters.get("type")])?;
        match kind.map_or(Some("default"), Value::as_str) {
            Some("default") => Ok(RopeScaling::None),
            Some("linear") => Ok(RopeScaling::Linear {
                factor: need("factor")?,
            }),
            Some("llama3") => Ok(RopeScaling::Llama3 {
                factor: need("factor")?,
                low: need("low_freq_factor")?,
                high: need("high_freq_factor")?,
                original_context: need("original_max_position_embeddings")?,
            }),
            other => {
                let what = format!("rope type `{}`", other.unwrap_or("(no text)"));
                Err(unsupported(self.path, what, "`default`, `linear`, `llama3`"))
            }
        }
    }
}
