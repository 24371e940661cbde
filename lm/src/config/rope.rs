//! `rope_scaling` and `rope_parameters` of `config.json`, in every spelling of `transformers` 4 and 5.
//!
//! Version 4 has `rope_theta` beside `rope_scaling`, whose kind is its `type` (before 4.43) or `rope_type`; version 5
//! has both in `rope_parameters`, flat or by the type of a layer. Where two spellings are there they must agree, since
//! other programs would read one or the other.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::family::Family;
use super::unsupported::unsupported;
use crate::LmError;

/// How RoPE's frequencies are stretched for long contexts.
#[derive(Debug, Clone, PartialEq)]
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
    /// As without scaling up to the context, which is all that is computed.
    Dynamic {
        factor: f64,
    },
    /// Frequencies of many turns within the original context kept, those of few divided by the factor, a ramp between.
    Yarn(Yarn),
    /// A divisor for every frequency, for sequences up to the original context and for longer ones. Only the former are
    /// computed: what is longer would turn all that was there before.
    Long {
        short: Vec<f64>,
        long: Vec<f64>,
        original_context: usize,
        /// Cosines and sines are multiplied by it.
        attention: f64,
        /// The file gives that factor.
        given: bool,
    },
}

/// The numbers of YaRN (Peng et al. 2023, arXiv:2309.00071).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Yarn {
    pub factor: f64,
    pub original_context: f64,
    /// Turns within the original context from which on a frequency is kept.
    pub fast: f64,
    /// Turns up to which a frequency is divided.
    pub slow: f64,
    /// Whether the ends of the ramp are whole numbers.
    pub truncate: bool,
    /// Cosines and sines are multiplied by it.
    pub attention: f64,
}

/// The rotation of a model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rope {
    pub theta: f64,
    pub scaling: RopeScaling,
    /// The share of a head that is rotated.
    pub partial: f64,
    /// The base of layers that have one of their own.
    pub local_theta: f64,
}

/// What is said about the length of sequences.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lengths {
    pub context: usize,
    /// `original_max_position_embeddings` of the file itself.
    pub original: Option<usize>,
}

/// The type of the layers that see everything, where parameters are given by type.
const FULL: &str = "full_attention";

/// The type of the layers that see a window.
const SLIDING: &str = "sliding_attention";

impl Rope {
    /// Reads the rotation from a whole `config.json`.
    pub fn of(path: &Path, config: &Map<String, Value>, family: Family, lengths: Lengths) -> Result<Self, LmError> {
        let source = Source {
            path,
            config,
            family,
            lengths,
        };
        let parameters = source.parameters("rope_parameters")?;
        let scaling = source.parameters("rope_scaling")?;
        let nested = |key| [&parameters, &scaling].into_iter().flatten().find_map(|p| p.get(key));
        let theta = source.agreed("rope_theta", &[config.get("rope_theta"), nested("rope_theta")])?;
        let theta = source.positive("rope_theta", theta)?.unwrap_or_else(|| family.theta());
        if theta <= 1.0 {
            return Err(source.problem(format!("`rope_theta` is {theta}, but must be above 1")));
        }
        let partial = [config.get("partial_rotary_factor"), nested("partial_rotary_factor")];
        let partial = source.agreed("partial_rotary_factor", &partial)?;
        let partial = source.positive("partial_rotary_factor", partial)?.unwrap_or(1.0);
        if partial > 1.0 || partial < 1.0 && family != Family::Phi3 {
            return Err(unsupported(
                path,
                format!("partial_rotary_factor {partial}"),
                "1.0, or less in `phi3`",
            ));
        }
        let read = |parameters: Option<Map<String, Value>>| parameters.map(|p| source.scaling(&p)).transpose();
        let scaling = match (read(scaling)?, read(parameters)?) {
            (Some(a), Some(b)) if a != b => {
                return Err(source.problem("`rope_scaling` and `rope_parameters` differ; remove the wrong one"));
            }
            (a, b) => a.or(b).unwrap_or(RopeScaling::None),
        };
        Ok(Self {
            theta,
            scaling,
            partial,
            local_theta: source.local_theta(theta)?,
        })
    }
}

impl RopeScaling {
    /// The longest sequence that is computed, `context` being the model's.
    pub fn limit(&self, context: usize) -> usize {
        match self {
            Self::Long { original_context, .. } => context.min(*original_context),
            _ => context,
        }
    }

    /// As `rope_scaling` of `transformers` 4; none without scaling.
    pub fn to_json(&self) -> Option<Value> {
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
                "original_max_position_embeddings": *original_context as u64,
            })),
            Self::Dynamic { factor } => Some(json!({"rope_type": "dynamic", "factor": factor})),
            Self::Yarn(yarn) => Some(json!({
                "rope_type": "yarn", "factor": yarn.factor, "attention_factor": yarn.attention,
                "beta_fast": yarn.fast, "beta_slow": yarn.slow, "truncate": yarn.truncate,
                "original_max_position_embeddings": yarn.original_context as u64,
            })),
            Self::Long {
                short,
                long,
                attention,
                given,
                ..
            } => {
                // Version 4 accepts these three keys alone, and computes the factor from the lengths of the file.
                let mut scaling = json!({"type": "longrope", "short_factor": short, "long_factor": long});
                if *given {
                    scaling["attention_factor"] = json!(attention);
                }
                Some(scaling)
            }
        }
    }
}

/// The file, for reading and for errors.
struct Source<'a> {
    path: &'a Path,
    config: &'a Map<String, Value>,
    family: Family,
    lengths: Lengths,
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
            Some("dynamic") => Ok(RopeScaling::Dynamic {
                factor: need("factor")?,
            }),
            Some("longrope") => self.long(parameters),
            // What Phi-3's first files called it.
            Some("su" | "yarn") if self.family == Family::Phi3 => self.long(parameters),
            Some("yarn") => self.yarn(parameters),
            other => {
                let what = format!("rope type `{}`", other.unwrap_or("(no text)"));
                let supported = "`default`, `linear`, `dynamic`, `llama3`, `yarn`, `longrope`";
                Err(unsupported(self.path, what, supported))
            }
        }
    }

    /// A number above 0 that may be left out or null.
    fn optional(&self, parameters: &Map<String, Value>, key: &str) -> Result<Option<f64>, LmError> {
        self.positive(key, parameters.get(key).filter(|value| !value.is_null()))
    }

    /// The context that a model was trained with before its frequencies were stretched.
    fn original(&self, parameters: &Map<String, Value>) -> Result<f64, LmError> {
        let given = self.optional(parameters, "original_max_position_embeddings")?;
        let of_file = self.lengths.original.map(|original| original as f64);
        match given.or(of_file).unwrap_or(self.lengths.context as f64) {
            original if original > 1.0 => Ok(original),
            original => {
                let message = format!("`original_max_position_embeddings` is {original}, but must be above 1");
                Err(self.problem(message))
            }
        }
    }

    fn yarn(&self, parameters: &Map<String, Value>) -> Result<RopeScaling, LmError> {
        let optional = |key: &str| self.optional(parameters, key);
        let original_context = self.original(parameters)?;
        let factor = optional("factor")?.unwrap_or(self.lengths.context as f64 / original_context);
        // Equation 22; `mscale` and `mscale_all_dim` are DeepSeek's.
        let scale = |by: f64| {
            if factor <= 1.0 {
                1.0
            } else {
                0.1 * by * factor.ln() + 1.0
            }
        };
        let default = match (optional("mscale")?, optional("mscale_all_dim")?) {
            (Some(mscale), Some(of_all)) => scale(mscale) / scale(of_all),
            _ => scale(1.0),
        };
        Ok(RopeScaling::Yarn(Yarn {
            factor,
            original_context,
            fast: optional("beta_fast")?.unwrap_or(32.0),
            slow: optional("beta_slow")?.unwrap_or(1.0),
            truncate: parameters.get("truncate").and_then(Value::as_bool).unwrap_or(true),
            attention: optional("attention_factor")?.unwrap_or(default),
        }))
    }

    fn long(&self, parameters: &Map<String, Value>) -> Result<RopeScaling, LmError> {
        let factors = |key: &str| {
            let values = parameters.get(key).and_then(Value::as_array);
            let values = values.ok_or_else(|| self.problem(format!("rope scaling needs a list `{key}`")))?;
            let read = |value| {
                let number = self.positive(key, Some(value))?;
                Ok(number.unwrap_or(1.0))
            };
            values.iter().map(read).collect::<Result<Vec<f64>, LmError>>()
        };
        let original_context = self.original(parameters)?;
        let factor = self.optional(parameters, "factor")?;
        let factor = factor.unwrap_or(self.lengths.context as f64 / original_context);
        let default = if factor <= 1.0 {
            1.0
        } else {
            (1.0 + factor.ln() / original_context.ln()).sqrt()
        };
        let given = self.optional(parameters, "attention_factor")?;
        Ok(RopeScaling::Long {
            short: factors("short_factor")?,
            long: factors("long_factor")?,
            original_context: original_context as usize,
            attention: given.unwrap_or(default),
            given: given.is_some(),
        })
    }

    /// The base of layers with a window in families where it is one of their own; `theta` is that of the others.
    fn local_theta(&self, theta: f64) -> Result<f64, LmError> {
        let of_type = |key: &str| {
            let fields = self.config.get(key).and_then(|parameters| parameters.get(SLIDING));
            fields.and_then(Value::as_object)
        };
        let sliding = of_type("rope_parameters").or_else(|| of_type("rope_scaling"));
        if let Some(parameters) = sliding
            && self.scaling(parameters)? != RopeScaling::None
        {
            let what = format!("a rope type other than `default` for {SLIDING}");
            return Err(unsupported(self.path, what, "`default`"));
        }
        let nested = sliding.and_then(|parameters| parameters.get("rope_theta"));
        let given = self.agreed(
            "rope_local_base_freq",
            &[self.config.get("rope_local_base_freq"), nested],
        )?;
        let default = if self.family == Family::Gemma3 { 10_000.0 } else { theta };
        Ok(self.positive("rope_local_base_freq", given)?.unwrap_or(default))
    }
}
