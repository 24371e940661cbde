//! What becomes of every tensor of an adapter, decided by names and shapes alone.

use super::description::Description;
use super::tensors::{Role, Tensors};
use crate::LmError;
use crate::config::Config;
use crate::model::params::{Form, Param, Part, params};

/// What an adapter changes of one parameter's part.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// New values.
    pub values: Option<NewValues>,
    /// Rows that get new values, with the tensor that has these.
    pub rows: Option<(Vec<usize>, String)>,
    pub pair: Option<PairNames>,
    /// What is added to a bias: a tensor, and how many times.
    pub added: Option<(String, f32)>,
}

/// A tensor that replaces a part.
#[derive(Debug)]
pub(super) struct NewValues {
    pub tensor: String,
    /// It was trained apart from what it is tied to.
    pub apart: bool,
}

/// The tensors of a low-rank pair.
#[derive(Debug)]
pub(super) struct PairNames {
    pub a: String,
    pub b: String,
    /// DoRA's magnitudes of columns.
    pub magnitude: Option<String>,
    pub rank: usize,
    pub factor: f32,
}

impl Change {
    /// Whether it makes the part differ from what it is tied to.
    pub fn unties(&self) -> bool {
        self.pair.is_some() || self.values.as_ref().is_some_and(|values| values.apart)
    }

    /// Whether it changes nothing.
    fn is_empty(&self) -> bool {
        self.tensor().is_none()
    }

    /// One of the tensors that it is made of, for messages.
    pub fn tensor(&self) -> Option<&str> {
        let values = self.values.as_ref().map(|values| &values.tensor);
        let pair = self.pair.as_ref().map(|pair| &pair.b);
        let rows = self.rows.as_ref().map(|(_, tensor)| tensor);
        let added = self.added.as_ref().map(|(tensor, _)| tensor);
        pair.or(values).or(rows).or(added).map(String::as_str)
    }

    /// Takes what changes a tied head too.
    pub fn take_shared(&mut self) -> Self {
        Self {
            values: self.values.take_if(|values| !values.apart),
            rows: self.rows.take(),
            ..Self::default()
        }
    }
}

/// What an adapter changes of a model.
pub(super) struct Plan {
    /// The configuration of the merged model.
    pub config: Config,
    /// By parameter of `config`, by part.
    pub changes: Vec<Vec<Change>>,
}

/// Decides what becomes of all tensors.
///
/// # Errors
/// A tensor that is missing, of the wrong shape or left over.
pub(super) fn plan(config: &Config, description: &Description, tensors: &mut Tensors) -> Result<Plan, LmError> {
    let mut merged = config.clone();
    // An embedding of another height is that of a vocabulary which was extended before training.
    if let Some([rows, _]) = tensors.shape("model.embed_tokens", Role::Weight) {
        merged.set_vocab(*rows);
    }
    let mut changes = all(&merged, description, tensors)?;
    tensors.all_taken()?;
    let (embed, head) = match &changes[..] {
        [embed, .., head] => (&embed[0], &head[0]),
        _ => return Err(description.problem("the model has no embedding".to_owned())),
    };
    if config.tied {
        merged.set_tied(head.is_empty() && (description.keeps_tied || !embed.unties()));
    }
    if merged.vocab != config.vocab && !merged.tied && head.values.is_none() {
        let message = format!(
            "the adapter has an embedding of {} tokens for a model of {}, but no head for them (`lm_head.weight`)",
            merged.vocab, config.vocab
        );
        return Err(description.problem(message));
    }
    if merged.tied {
        changes.pop();
    }
    Ok(Plan {
        config: merged,
        changes,
    })
}

/// The changes of all parameters, those of a head of its own included.
fn all(config: &Config, description: &Description, tensors: &mut Tensors) -> Result<Vec<Vec<Change>>, LmError> {
    let untied = Config {
        tied: false,
        ..config.clone()
    };
    let params = params(&untied, None);
    let mut of_param = |param: &Param| {
        let of_part = |part| {
            let mut maker = Maker {
                param,
                part,
                description,
                tensors: &mut *tensors,
            };
            maker.make()
        };
        param.parts.iter().map(of_part).collect()
    };
    params.iter().map(&mut of_param).collect()
}

/// Finds what changes one part.
struct Maker<'a> {
    param: &'a Param,
    part: &'a Part,
    description: &'a Description,
    tensors: &'a mut Tensors,
}

impl Maker<'_> {
    fn make(&mut self) -> Result<Change, LmError> {
        let paths = self.tensors.paths(&self.part.module);
        let bias = self.part.leaf == "bias";
        let mut change = Change {
            values: self.values(&paths, if bias { Role::Bias } else { Role::Weight })?,
            ..Change::default()
        };
        if bias {
            change.added = self.added(&paths)?;
        } else if self.param.form != Form::Vector {
            change.rows = self.rows(&paths)?;
            change.pair = self.pair(&paths)?;
        }
        Ok(change)
    }

    fn values(&mut self, paths: &[String], role: Role) -> Result<Option<NewValues>, LmError> {
        let apart = paths.iter().any(|path| self.description.saves(path));
        match self.tensors.take(&self.part.module, role) {
            Some(tensor) => {
                self.check(&tensor, &self.param.file_shape(self.part))?;
                Ok(Some(NewValues { tensor, apart }))
            }
            None if apart => {
                let name = self.part.name();
                let message = format!(
                    "modules_to_save names `{}`, but the adapter has no `{name}`",
                    self.part.module
                );
                Err(self.description.problem(message))
            }
            None => Ok(None),
        }
    }

    fn rows(&mut self, paths: &[String]) -> Result<Option<(Vec<usize>, String)>, LmError> {
        let Some(tensor) = self.tensors.take(&self.part.module, Role::Tokens) else {
            return Ok(None);
        };
        let rows = paths.iter().map(|path| self.description.tokens.of(path));
        let rows = rows.max_by_key(|rows| rows.len()).unwrap_or_default().to_vec();
        if let Some(row) = rows.iter().find(|row| **row >= self.param.rows) {
            let message = format!(
                "trainable_token_indices has {row}; the model has {} tokens",
                self.param.rows
            );
            return Err(self.description.problem(message));
        }
        self.check(&tensor, &[rows.len(), self.part.width])?;
        Ok(Some((rows, tensor)))
    }

    fn pair(&mut self, paths: &[String]) -> Result<Option<PairNames>, LmError> {
        let module = &self.part.module;
        let roles = match self.param.form {
            Form::Table => [Role::EmbeddingA, Role::EmbeddingB],
            Form::Linear | Form::Vector => [Role::A, Role::B],
        };
        let factors = roles.map(|role| self.tensors.take(module, role));
        let magnitude = self.tensors.take(module, Role::Magnitude);
        let targeted = self.targeted(paths)?;
        let (a, b) = match (factors, targeted) {
            ([None, None], None | Some(false)) => return Ok(None),
            ([Some(a), Some(b)], None | Some(true)) => (a, b),
            ([Some(name), _] | [None, Some(name)], Some(false)) => {
                let problem = "belongs to no target module of adapter_config.json, so PEFT would leave it out";
                return Err(self.tensors.problem(&name, problem));
            }
            ([a, _], _) => return Err(self.half(if a.is_none() { roles[0] } else { roles[1] })),
        };
        let scale = self.description.scale(paths)?;
        let rank = usize::try_from(scale.rank).unwrap_or(usize::MAX);
        self.check(&a, &[rank, self.param.rows])?;
        self.check(&b, &[self.part.width, rank])?;
        self.check_magnitude(magnitude.as_deref())?;
        Ok(Some(PairNames {
            a,
            b,
            magnitude,
            rank,
            factor: scale.factor,
        }))
    }

    /// Whether the matrix has a pair according to the description; none if that leaves it open.
    fn targeted(&self, paths: &[String]) -> Result<Option<bool>, LmError> {
        let targeted = self.description.targets(paths, self.param.projection.is_some())?;
        // A head that is kept tied may have the embedding's pair, though nothing names it.
        let tied = self.description.keeps_tied && self.part.module == "lm_head";
        Ok(targeted.filter(|targeted| *targeted || !tied))
    }

    fn check_magnitude(&self, magnitude: Option<&str>) -> Result<(), LmError> {
        match (magnitude, self.description.magnitudes) {
            (None, false) => Ok(()),
            (Some(name), true) => self.check(name, &[self.part.width]),
            (Some(name), false) => Err(self.tensors.problem(name, "is DoRA's, but use_dora is not true")),
            (None, true) => {
                let module = &self.part.module;
                let message = format!("use_dora true, but the adapter has no `{module}.lora_magnitude_vector`");
                Err(self.description.problem(message))
            }
        }
    }

    /// The bias of the second factor of a matrix whose own bias this part is.
    fn added(&mut self, paths: &[String]) -> Result<Option<(String, f32)>, LmError> {
        let Some(tensor) = self.tensors.take(&self.part.module, Role::BiasOfB) else {
            return Ok(None);
        };
        self.check(&tensor, &[self.part.width])?;
        Ok(Some((tensor, self.description.scale(paths)?.factor)))
    }

    fn half(&self, missing: Role) -> LmError {
        let factor = match missing {
            Role::EmbeddingA => "lora_embedding_A",
            Role::EmbeddingB => "lora_embedding_B",
            Role::A => "lora_A.weight",
            _ => "lora_B.weight",
        };
        let module = &self.part.module;
        let message = format!("`{module}` is a target module, but the adapter has no tensor `{module}.{factor}`");
        self.description.problem(message)
    }

    fn check(&self, tensor: &str, shape: &[usize]) -> Result<(), LmError> {
        match self.tensors.shape_of(tensor) {
            Some(found) if found == shape => Ok(()),
            found => {
                let found = found.unwrap_or_default();
                let problem = format!("has shape {found:?}; adapter_config.json and the model ask for {shape:?}");
                Err(self.tensors.problem(tensor, &problem))
            }
        }
    }
}
