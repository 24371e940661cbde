//! Safetensors files of a bounded size, written from the first byte to the last.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use safetensors::tensor::{Metadata, TensorInfo};
use serde_json::{Map, Value, json};

use super::SaveDtype;
use crate::LmError;
use crate::folder::{INDEX, WEIGHTS};

/// Tensors of a file begin at multiples of this, so that mapped memory can be read as numbers.
const ALIGNMENT: usize = 8;

/// A tensor to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub name: String,
    pub shape: Vec<usize>,
}

impl Planned {
    fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Which tensors go into which file.
#[derive(Debug)]
pub(super) struct Plan {
    /// Name and tensors of each file.
    files: Vec<(String, Vec<Planned>)>,
    dtype: SaveDtype,
}

impl Plan {
    /// Puts `tensors` into files of at most `most` bytes in their order; a larger tensor has a file of its own.
    pub fn new(tensors: Vec<Planned>, dtype: SaveDtype, most: u64) -> Self {
        let bytes = |tensor: &Planned| (tensor.elements() * dtype.bytes()) as u64;
        let mut shards: Vec<(u64, Vec<Planned>)> = Vec::new();
        for tensor in tensors {
            match shards.last_mut() {
                Some((size, shard)) if *size + bytes(&tensor) <= most => {
                    *size += bytes(&tensor);
                    shard.push(tensor);
                }
                _ => shards.push((bytes(&tensor), vec![tensor])),
            }
        }
        let n = shards.len();
        let name = |at: usize| match n {
            1 => WEIGHTS.to_owned(),
            _ => format!("model-{:05}-of-{n:05}.safetensors", at + 1),
        };
        let files = shards.into_iter().enumerate();
        Self {
            files: files.map(|(at, (_, shard))| (name(at), shard)).collect(),
            dtype,
        }
    }

    /// All tensors, in the order in which they are written.
    pub fn tensors(&self) -> impl Iterator<Item = &Planned> {
        self.files.iter().flat_map(|(_, tensors)| tensors)
    }

    /// Names of the files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, _)| name.as_str())
    }

    /// Number of weights.
    pub fn elements(&self) -> usize {
        self.tensors().map(Planned::elements).sum()
    }

    /// `model.safetensors.index.json`; none for a single file, which needs none.
    pub fn index(&self) -> Option<(&'static str, Value)> {
        if self.files.len() == 1 {
            return None;
        }
        let place = |file: &String, tensor: &Planned| (tensor.name.clone(), json!(file));
        let mut map: Vec<(String, Value)> = Vec::new();
        for (file, tensors) in &self.files {
            map.extend(tensors.iter().map(|tensor| place(file, tensor)));
        }
        map.sort_by(|one, other| one.0.cmp(&other.0));
        let size = self.elements() * self.dtype.bytes();
        Some((
            INDEX,
            json!({
                "metadata": {"total_parameters": self.elements(), "total_size": size},
                "weight_map": map.into_iter().collect::<Map<_, _>>(),
            }),
        ))
    }
}

/// Writes the files of a plan, whose values arrive in its order.
pub(super) struct Writer<'p> {
    plan: &'p Plan,
    folder: &'p Path,
    /// The file that is being written: its number and the bytes of tensors that it still lacks.
    open: Option<(BufWriter<File>, usize)>,
    next: usize,
    bytes: Vec<u8>,
}

impl<'p> Writer<'p> {
    pub fn new(plan: &'p Plan, folder: &'p Path) -> Self {
        Self {
            plan,
            folder,
            open: None,
            next: 0,
            bytes: Vec::new(),
        }
    }

    /// Writes the next values, all of tensor `name`.
    pub fn write(&mut self, name: &str, values: &[f32]) -> Result<(), LmError> {
        if !self.plan.dtype.encode(values, &mut self.bytes) {
            return Err(LmError::OutOfRange {
                tensor: name.to_owned(),
                dtype: self.plan.dtype.name(),
            });
        }
        let (mut file, left) = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        file.write_all(&self.bytes).map_err(self.failed())?;
        let left = left - self.bytes.len();
        if left > 0 {
            self.open = Some((file, left));
            return Ok(());
        }
        let file = file.into_inner().map_err(|error| self.failed()(error.into_error()))?;
        file.sync_all().map_err(self.failed())
    }

    /// Begins the next file: its header, which says where each tensor will be.
    fn begin(&mut self) -> Result<(BufWriter<File>, usize), LmError> {
        let tensors = &self.plan.files[self.next].1;
        self.next += 1;
        let mut end = 0;
        let info = |tensor: &Planned| {
            let start = end;
            end += tensor.elements() * self.plan.dtype.bytes();
            let info = TensorInfo {
                dtype: self.plan.dtype.of_file(),
                shape: tensor.shape.clone(),
                data_offsets: (start, end),
            };
            (tensor.name.clone(), info)
        };
        let infos: Vec<(String, TensorInfo)> = tensors.iter().map(info).collect();
        // Hugging Face libraries refuse files without this key.
        let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        let invalid = |error: String| LmError::Checkpoint {
            path: self.folder.join(&self.plan.files[self.next - 1].0),
            message: error,
        };
        let metadata = Metadata::new(Some(format), infos).map_err(|error| invalid(error.to_string()))?;
        let mut header = serde_json::to_string(&metadata).map_err(|error| invalid(error.to_string()))?;
        header.push_str(&" ".repeat(header.len().next_multiple_of(ALIGNMENT) - header.len()));
        let path = self.folder.join(&self.plan.files[self.next - 1].0);
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path).map_err(self.failed())?);
        let size = (header.len() as u64).to_le_bytes();
        file.write_all(&size)
            .and_then(|()| file.write_all(header.as_bytes()))
            .map_err(self.failed())?;
        Ok((file, end))
    }

    /// What happened to the file that is being written.
    fn failed(&self) -> impl FnOnce(std::io::Error) -> LmError + use<> {
        let path = self.folder.join(&self.plan.files[self.next - 1].0);
        move |source| LmError::Io {
            action: "write",
            path,
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors(sizes: &[usize]) -> Vec<Planned> {
        let planned = |(at, size): (usize, &usize)| Planned {
            name: format!("t{at}"),
            shape: vec![*size, 2],
        };
        sizes.iter().enumerate().map(planned).collect()
    }

    #[test]
    fn files_hold_what_fits_and_a_larger_tensor_alone() {
        let plan = Plan::new(tensors(&[2, 2, 9, 1, 1]), SaveDtype::Bf16, 16);
        let files: Vec<usize> = plan.files.iter().map(|(_, tensors)| tensors.len()).collect();
        assert_eq!(files, [2, 1, 2]);
        assert_eq!(plan.names().next(), Some("model-00001-of-00003.safetensors"));
        let (name, index) = plan.index().unwrap();
        assert_eq!(name, "model.safetensors.index.json");
        assert_eq!(index["weight_map"]["t2"], "model-00002-of-00003.safetensors");
        assert_eq!(index["metadata"]["total_size"], 60);
    }

    #[test]
    fn a_single_file_has_the_usual_name_and_no_index() {
        let plan = Plan::new(tensors(&[2, 2]), SaveDtype::F32, u64::MAX);
        assert_eq!(plan.names().collect::<Vec<_>>(), ["model.safetensors"]);
        assert!(plan.index().is_none());
    }
}
