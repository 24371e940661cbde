//! Tensors by name, in one or many safetensors files.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use half::{bf16, f16};
use safetensors::Dtype;

use super::shard::{Digested, Shard};
use super::slot::Slot;
use crate::LmError;
use crate::folder::{Source, WeightFiles};

/// Largest weight: norms square the values that weights make, and f32 cannot hold the square of a much larger one.
const LARGEST: f32 = 1e18;

/// The tensors of a folder or a file: their headers have been read.
pub(crate) struct Tensors {
    shards: Vec<Shard>,
    /// Name of a tensor -> its shard.
    places: BTreeMap<String, usize>,
    /// The file that messages name: the index, or the only file.
    path: PathBuf,
    /// The largest value that is read.
    largest: f32,
}

/// A tensor to be read: its name and the shape that it must have.
type Wanted = (String, Vec<usize>);

impl Tensors {
    /// The tensors of a model's files: those that the index names, or all of the one file.
    pub fn of_model(WeightFiles { path, files, index }: WeightFiles) -> Result<Self, LmError> {
        let Some(index) = index else {
            return Self::open(path, files);
        };
        let names: BTreeMap<&str, usize> = files.iter().map(|file| file.name.as_str()).zip(0..).collect();
        let place = |(tensor, file): (String, String)| Some((tensor, *names.get(file.as_str())?));
        let places = index.weight_map.into_iter().filter_map(place).collect();
        drop(names);
        Ok(Self {
            shards: files.into_iter().map(Shard::open).collect::<Result<_, _>>()?,
            places,
            path,
            largest: LARGEST,
        })
    }

    /// The tensors of one file.
    pub fn of_file(file: Source) -> Result<Self, LmError> {
        Self::open(file.path.clone(), vec![file])
    }

    fn open(path: PathBuf, files: Vec<Source>) -> Result<Self, LmError> {
        let shards: Vec<Shard> = files.into_iter().map(Shard::open).collect::<Result<_, _>>()?;
        let names = |(place, shard): (usize, &Shard)| shard.metadata.offset_keys().into_iter().map(move |n| (n, place));
        let places = shards.iter().enumerate().flat_map(names).collect();
        Ok(Self {
            shards,
            places,
            path,
            largest: LARGEST,
        })
    }

    /// These tensors, whose values may be any that f32 holds: they are not weights.
    pub fn of_any_size(self) -> Self {
        Self {
            largest: f32::MAX,
            ..self
        }
    }

    /// The names of all tensors.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The shape of a tensor, if there is one of that name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        let info = self.shards[*self.places.get(name)?].metadata.info(name)?;
        Some(&info.shape)
    }

    /// The type of a tensor, if there is one of that name.
    pub fn dtype(&self, name: &str) -> Option<Dtype> {
        let info = self.shards[*self.places.get(name)?].metadata.info(name)?;
        Some(info.dtype)
    }

    /// The file that messages about all tensors name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A value of the first file's metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        let metadata = self.shards.first()?.metadata.metadata().as_ref()?;
        metadata.get(key).map(String::as_str)
    }

    /// Reads the tensors of all `slots` onto `device`. Shapes are compared before anything is allocated.
    ///
    /// # Errors
    /// A tensor that is missing, has another shape or an unknown type, or a value that is not finite; a file that
    /// cannot be read or has changed.
    pub fn fill(&self, slots: &mut [Slot], device: &Device) -> Result<(), LmError> {
        let wanted = wanted(slots);
        let parts = |(slot, of): (usize, &Slot)| (0..of.parts.len()).map(move |part| (slot, part));
        let places: Vec<(usize, usize)> = slots.iter().enumerate().flat_map(parts).collect();
        let mut put = |number: usize, first, values: &[f32]| {
            let (slot, part) = places[number];
            slots[slot].put(part, first, values, device);
        };
        self.read(&wanted, false, |number, first, values| {
            put(number, first, values);
            Ok(())
        })
        .map(drop)
    }

    /// The names of all tensors in the order in which [`Tensors::stream`] reads them.
    pub fn in_order(&self) -> Vec<String> {
        let shard = |(place, shard): (usize, &Shard)| {
            let here = |name: &String| self.places.get(name) == Some(&place);
            let names = shard.metadata.offset_keys().into_iter();
            names.filter(here).collect::<Vec<_>>()
        };
        self.shards.iter().enumerate().flat_map(shard).collect()
    }

    /// Gives `take` the values of all tensors, one after another, each in several pieces or one: the tensor's name and
    /// the values that follow the last ones.
    ///
    /// # Errors
    /// As [`Tensors::fill`], and those of `take`.
    pub fn stream(&self, mut take: impl FnMut(&str, &[f32]) -> Result<(), LmError>) -> Result<(), LmError> {
        let shape = |name: &String| self.shape(name).unwrap_or_default().to_vec();
        let wanted: Vec<Wanted> = self
            .in_order()
            .into_iter()
            .map(|name| (name.clone(), shape(&name)))
            .collect();
        self.read(&wanted, false, |number, _, values| take(&wanted[number].0, values))
            .map(drop)
    }

    /// The values of each of the tensors `names`, row-major as in the file.
    ///
    /// # Errors
    /// As [`Tensors::fill`].
    pub fn values(&self, names: &[String]) -> Result<Vec<Vec<f32>>, LmError> {
        let shape = |name: &String| self.shape(name).unwrap_or_default().to_vec();
        let wanted: Vec<Wanted> = names.iter().map(|name| (name.clone(), shape(name))).collect();
        let mut all = vec![Vec::new(); names.len()];
        // The rows of a tensor arrive in their order.
        self.read(&wanted, false, |number, _, values| {
            all[number].extend_from_slice(values);
            Ok(())
        })?;
        Ok(all)
    }

    /// Reads all files and keeps nothing, but refuses what [`Tensors::fill`] would refuse. Returns the digests of the
    /// files.
    pub fn inspect(&self, slots: &[Slot]) -> Result<Vec<Digested>, LmError> {
        self.read(&wanted(slots), true, |_, _, _| Ok(()))
    }

    /// Gives `take` the values of the `wanted` tensors in whole rows: the tensor's number, the first element there and
    /// the elements.
    fn read(
        &self,
        wanted: &[Wanted],
        digest: bool,
        mut take: impl FnMut(usize, usize, &[f32]) -> Result<(), LmError>,
    ) -> Result<Vec<Digested>, LmError> {
        let find = |wanted: &Wanted| self.find(wanted).map_err(|error| self.blame(error));
        let found: Vec<(usize, Dtype)> = wanted.iter().map(find).collect::<Result<_, _>>()?;
        let mut values = Vec::new();
        let mut digests = Vec::new();
        for (place, shard) in self.shards.iter().enumerate() {
            let here = wanted
                .iter()
                .zip(&found)
                .enumerate()
                .filter(|(_, (_, of))| of.0 == place);
            let numbers: HashMap<&str, usize> = here.map(|(number, ((name, _), _))| (name.as_str(), number)).collect();
            if numbers.is_empty() && !digest {
                continue;
            }
            let wants = |name: &str| numbers.get(name).copied();
            digests.extend(shard.stream(wants, digest, |number, first, bytes| {
                let dtype = found[number].1;
                decode(bytes, dtype, &mut values);
                if !all_within(&values, self.largest) {
                    return Err(LmError::NotFinite {
                        path: shard.source().path.clone(),
                        tensor: wanted[number].0.clone(),
                    });
                }
                take(number, first * 8 / dtype.bitsize(), &values)
            })?);
        }
        Ok(digests)
    }

    /// The shard and the type of a tensor of this name and shape.
    fn find(&self, (name, shape): &Wanted) -> Result<(usize, Dtype), LmError> {
        let problem = |path: &Path, message: String| LmError::Checkpoint {
            path: path.to_path_buf(),
            message,
        };
        let Some(place) = self.places.get(name) else {
            return Err(problem(&self.path, format!("tensor `{name}` is missing")));
        };
        let path = &self.shards[*place].source().path;
        let Some(info) = self.shards[*place].metadata.info(name) else {
            let message = format!("tensor `{name}` is missing, though the index names it");
            return Err(problem(path, message));
        };
        if info.shape != *shape {
            let found = &info.shape;
            let message = format!("tensor `{name}` has shape {found:?}; the configuration asks for {shape:?}");
            return Err(problem(path, message));
        }
        match info.dtype {
            Dtype::F32 | Dtype::F16 | Dtype::BF16 => Ok((*place, info.dtype)),
            other => {
                let message = format!("tensor `{name}` has type {other:?}; supported: F32, F16, BF16");
                Err(problem(path, message))
            }
        }
    }

    /// The reason for `error`: that a file has changed, if one has.
    pub fn blame(&self, error: LmError) -> LmError {
        let sources = self.shards.iter().map(Shard::source);
        sources.fold(error, |error, source| match error {
            changed @ LmError::Changed { .. } => changed,
            other => source.blame(other),
        })
    }
}

fn wanted(slots: &[Slot]) -> Vec<Wanted> {
    let parts = slots.iter().flat_map(|slot| &slot.parts);
    parts.map(|part| (part.name.clone(), part.shape.clone())).collect()
}

/// Replaces `values` by those that `bytes` stand for.
fn decode(bytes: &[u8], dtype: Dtype, values: &mut Vec<f32>) {
    values.clear();
    let pairs = || bytes.as_chunks::<2>().0.iter();
    match dtype {
        Dtype::F16 => values.extend(pairs().map(|pair| f16::from_le_bytes(*pair).to_f32())),
        Dtype::BF16 => values.extend(pairs().map(|pair| bf16::from_le_bytes(*pair).to_f32())),
        _ => values.extend(bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value))),
    }
}

/// Whether all values are numbers within `±largest`. Without a branch per value, so that it costs no more than reading
/// them.
pub(super) fn all_within(values: &[f32], largest: f32) -> bool {
    let within = |block: &[f32]| block.iter().fold(true, |all, value| all & (value.abs() <= largest));
    values.chunks(4096).all(within)
}
