//! Reads tensors by name from one or many safetensors files, one tensor at a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use serde::Deserialize;

use crate::LmError;

/// Largest plausible header: that of a model with a million tensors is smaller.
const MAX_HEADER: u64 = 100_000_000;

/// The tensors of a folder or a file.
pub(crate) struct Reader {
    shards: Vec<Shard>,
    /// Name of a tensor -> its shard.
    places: BTreeMap<String, usize>,
    /// The file that messages name: the index, or the only file.
    path: PathBuf,
}

struct Shard {
    path: PathBuf,
    metadata: Metadata,
    /// Where the tensors begin.
    start: u64,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Reader {
    /// Opens `model.safetensors`, or all files that `model.safetensors.index.json` names.
    pub fn open_folder(folder: &Path) -> Result<Self, LmError> {
        let index_path = folder.join("model.safetensors.index.json");
        if !index_path.is_file() {
            let path = folder.join("model.safetensors");
            if !path.is_file() {
                return Err(LmError::MissingFile {
                    folder: folder.to_path_buf(),
                    file: "model.safetensors".to_owned(),
                    hint: "weights as safetensors, in one file or with model.safetensors.index.json",
                });
            }
            return Self::open_file(&path);
        }
        let text = std::fs::read(&index_path).map_err(LmError::io("read", &index_path))?;
        let index: Index = serde_json::from_slice(&text).map_err(|source| LmError::Json {
            path: index_path.clone(),
            source,
        })?;
        let mut shards: Vec<Shard> = Vec::new();
        let mut places = BTreeMap::new();
        for (name, file) in index.weight_map {
            let path = folder.join(file);
            let place = match shards.iter().position(|shard| shard.path == path) {
                Some(place) => place,
                None => {
                    shards.push(Shard::open(&path)?);
                    shards.len() - 1
                }
            };
            places.insert(name, place);
        }
        Ok(Self {
            shards,
            places,
            path: index_path,
        })
    }

    /// Opens one safetensors file.
    pub fn open_file(path: &Path) -> Result<Self, LmError> {
        let shard = Shard::open(path)?;
        let places = shard.metadata.offset_keys().into_iter().map(|name| (name, 0)).collect();
        Ok(Self {
            shards: vec![shard],
            places,
            path: path.to_path_buf(),
        })
    }

    /// A tensor's values as f32, row-major. The shape must be the given one.
    pub fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, LmError> {
        let problem = |path: &Path, message: String| LmError::Checkpoint {
            path: path.to_path_buf(),
            message,
        };
        let Some(shard) = self.places.get(name).map(|place| &self.shards[*place]) else {
            return Err(problem(&self.path, format!("tensor `{name}` is missing")));
        };
        let Some(info) = shard.metadata.info(name) else {
            return Err(problem(
                &shard.path,
                format!("tensor `{name}` is missing, though the index names it"),
            ));
        };
        if info.shape != shape {
            let message = format!(
                "tensor `{name}` has shape {:?}; the configuration asks for {shape:?}",
                info.shape
            );
            return Err(problem(&shard.path, message));
        }
        let bytes = shard.bytes(info.data_offsets)?;
        decode(&bytes, info.dtype).ok_or_else(|| {
            let message = format!("tensor `{name}` has type {:?}; supported: F32, F16, BF16", info.dtype);
            problem(&shard.path, message)
        })
    }

    /// The shape of a tensor, if there is one of that name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        let info = self.shards[*self.places.get(name)?].metadata.info(name)?;
        Some(&info.shape)
    }

    /// The names of all tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// A value of the file's metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        let metadata = self.shards.first()?.metadata.metadata().as_ref()?;
        metadata.get(key).map(String::as_str)
    }
}

impl Shard {
    fn open(path: &Path) -> Result<Self, LmError> {
        let problem = |message: String| LmError::Checkpoint {
            path: path.to_path_buf(),
            message,
        };
        let mut file = File::open(path).map_err(LmError::io("open", path))?;
        let length = file.metadata().map_err(LmError::io("read", path))?.len();
        let truncated = || problem("not a safetensors file, or truncated in its header".to_owned());
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(|_| truncated())?;
        let size = u64::from_le_bytes(size);
        if size > MAX_HEADER || size + 8 > length {
            return Err(truncated());
        }
        let mut header = vec![0; size as usize];
        file.read_exact(&mut header).map_err(LmError::io("read", path))?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|error| problem(format!("the safetensors header is not valid: {error}")))?;
        let needed = 8 + size + metadata.data_len() as u64;
        if length != needed {
            let message = format!("truncated or damaged: {length} bytes, but its header describes {needed}");
            return Err(problem(message));
        }
        Ok(Self {
            path: path.to_path_buf(),
            metadata,
            start: 8 + size,
        })
    }

    fn bytes(&self, (start, end): (usize, usize)) -> Result<Vec<u8>, LmError> {
        let mut file = File::open(&self.path).map_err(LmError::io("open", &self.path))?;
        file.seek(SeekFrom::Start(self.start + start as u64))
            .map_err(LmError::io("read", &self.path))?;
        let mut bytes = vec![0; end - start];
        file.read_exact(&mut bytes).map_err(LmError::io("read", &self.path))?;
        Ok(bytes)
    }
}

fn decode(bytes: &[u8], dtype: Dtype) -> Option<Vec<f32>> {
    let pairs = || bytes.chunks_exact(2).map(|b| [b[0], b[1]]);
    match dtype {
        Dtype::F32 => Some(
            bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
        ),
        Dtype::F16 => Some(pairs().map(|b| f16::from_le_bytes(b).to_f32()).collect()),
        Dtype::BF16 => Some(pairs().map(|b| bf16::from_le_bytes(b).to_f32()).collect()),
        _ => None,
    }
}
