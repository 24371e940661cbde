//! One safetensors file: its header, and its bytes from start to end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use safetensors::tensor::{Metadata, TensorInfo};

use crate::LmError;
use crate::folder::Source;

/// Largest plausible header: one file of a hundred thousand tensors has less.
const MAX_HEADER: u64 = 16 << 20;

/// Bytes read at once, or one row of a tensor if that is more.
const PIECE: usize = 4 << 20;

/// Pieces that are read ahead of their use.
const AHEAD: usize = 2;

/// A safetensors file whose header has been read.
pub(super) struct Shard {
    source: Source,
    pub metadata: Metadata,
    /// Digest of everything before the tensors.
    head: blake3::Hash,
    /// Where the tensors begin.
    start: u64,
    length: u64,
}

/// A file that was read whole.
#[derive(Debug)]
pub(crate) struct Digested {
    pub name: String,
    pub digest: [u8; 32],
    pub bytes: u64,
}

/// A piece of a file.
struct Piece {
    start: u64,
    length: usize,
    bytes: Vec<u8>,
    /// The number of the wanted tensor that it is a piece of, and its first byte there.
    of: Option<(usize, usize)>,
}

/// What is found in place of weights, by its first bytes.
const FOREIGN: [(&[u8], &str); 6] = [
    (
        b"version ",
        "a pointer of Git LFS, not the file itself: fetch it with `git lfs pull`",
    ),
    (b"<!", "a web page: download the file itself"),
    (b"<html", "a web page: download the file itself"),
    (b"GGUF", "a GGUF file: take the model as safetensors"),
    (b"PK\x03\x04", "a checkpoint of PyTorch: save it as safetensors"),
    (b"\x80\x02", "a Python pickle: save the model as safetensors"),
];

impl Shard {
    /// Reads the header of a file.
    ///
    /// # Errors
    /// No regular file, not safetensors, or not what it was.
    pub fn open(source: Source) -> Result<Self, LmError> {
        Self::parse(&source).map_err(|error| source.blame(error))
    }

    fn parse(source: &Source) -> Result<Self, LmError> {
        let problem = |message: String| LmError::Checkpoint {
            path: source.path.clone(),
            message,
        };
        let (mut file, length) = source.open()?;
        let truncated = || problem("not a safetensors file, or truncated in its header".to_owned());
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(|_| truncated())?;
        let header = u64::from_le_bytes(size);
        if header > MAX_HEADER || header + 8 > length {
            let foreign = FOREIGN.iter().find(|(start, _)| size.starts_with(start));
            return Err(foreign.map_or_else(truncated, |(_, is)| problem(format!("this is {is}"))));
        }
        let mut head = size.to_vec();
        head.resize(8 + header as usize, 0);
        file.read_exact(&mut head[8..]).map_err(|_| truncated())?;
        // The library checks that tensors lie one after another and are as long as their shapes say.
        let metadata: Metadata = serde_json::from_slice(&head[8..])
            .map_err(|error| problem(format!("the safetensors header is not valid: {error}")))?;
        // It does not see names that come twice: the first would be read by nobody.
        let lengths = metadata
            .tensors()
            .values()
            .map(|info| info.data_offsets.1 - info.data_offsets.0)
            .sum::<usize>();
        if lengths != metadata.data_len() {
            return Err(problem("the safetensors header names a tensor twice".to_owned()));
        }
        let (start, described) = (head.len() as u64, metadata.data_len() as u64);
        if start.checked_add(described) != Some(length) {
            let found = length - start;
            let message = format!("truncated or damaged: its header describes {described} bytes, but {found} follow");
            return Err(problem(message));
        }
        Ok(Self {
            head: blake3::hash(&head),
            source: source.clone(),
            metadata,
            start,
            length,
        })
    }

    /// The file.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Reads the file from start to end and gives `take` the tensors that `wanted` numbers, in whole rows: the number,
    /// the first byte there and the bytes. Returns the file's digest if one is expected or `digest` asks for it; else
    /// passes over what is not wanted.
    ///
    /// # Errors
    /// The file is not what it was, or cannot be read; an error of `take`.
    pub fn stream(
        &self,
        wanted: impl Fn(&str) -> Option<usize>,
        digest: bool,
        mut take: impl FnMut(usize, usize, &[u8]) -> Result<(), LmError>,
    ) -> Result<Option<Digested>, LmError> {
        let (mut file, length) = self.source.open()?;
        let mut head = vec![0; self.start as usize];
        let same = length == self.length && file.read_exact(&mut head).is_ok() && blake3::hash(&head) == self.head;
        if !same {
            return Err(self.changed());
        }
        let hashed = digest || self.source.digest.is_some();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&head);
        let pieces = self.pieces(wanted, hashed);
        let (full, filled) = sync_channel(AHEAD);
        let (empty, emptied) = sync_channel(AHEAD + 2);
        let (read, taken) = std::thread::scope(|scope| {
            // The next pieces are read and hashed while the last one is taken.
            let reader = scope.spawn(|| read(&mut file, pieces, hashed.then_some(&mut hasher), full, emptied));
            let mut taken = Ok(());
            for Piece { bytes, of, .. } in filled {
                // Nothing is taken after an error, but the digest may still say that the file has changed.
                if let (Ok(()), Some((tensor, first))) = (&taken, of) {
                    taken = take(tensor, first, &bytes);
                }
                // Without room there, or without a reader, the memory is just freed.
                drop(empty.try_send(bytes));
            }
            let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (read, taken)
        });
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.changed(),
            _ => LmError::io("read", &self.source.path)(error),
        })?;
        let found = *hasher.finalize().as_bytes();
        if self.source.digest.is_some_and(|expected| expected != found) {
            return Err(self.changed());
        }
        taken?;
        Ok(hashed.then(|| Digested {
            name: self.source.name.clone(),
            digest: found,
            bytes: self.length,
        }))
    }

    fn changed(&self) -> LmError {
        LmError::Changed {
            path: self.source.path.clone(),
        }
    }

    /// What is to be read, in the order of the file: wanted tensors in whole rows and, if `everything` is hashed, the
    /// others too.
    fn pieces(&self, wanted: impl Fn(&str) -> Option<usize>, everything: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for name in self.metadata.offset_keys() {
            let Some(TensorInfo {
                shape, data_offsets, ..
            }) = self.metadata.info(&name)
            else {
                continue;
            };
            let number = wanted(&name);
            if number.is_none() && !everything {
                continue;
            }
            let (first, last) = *data_offsets;
            let row = (last - first) / shape.first().copied().unwrap_or(1).max(1);
            let step = match number {
                Some(_) => (PIECE / row.max(1)).max(1) * row.max(1),
                None => PIECE,
            };
            pieces.extend((first..last).step_by(step).map(|start| Piece {
                start: self.start + start as u64,
                bytes: vec![],
                length: step.min(last - start),
                of: number.map(|number| (number, start - first)),
            }));
        }
        pieces
    }
}

/// Reads `pieces` and hands them on until nobody takes them; memory comes back from `emptied`.
fn read(
    file: &mut File,
    pieces: Vec<Piece>,
    mut hasher: Option<&mut blake3::Hasher>,
    full: SyncSender<Piece>,
    emptied: Receiver<Vec<u8>>,
) -> io::Result<()> {
    let mut at = None;
    for mut piece in pieces {
        if at != Some(piece.start) {
            file.seek(SeekFrom::Start(piece.start))?;
        }
        piece.bytes = emptied.try_recv().unwrap_or_default();
        piece.bytes.resize(piece.length, 0);
        file.read_exact(&mut piece.bytes)?;
        at = Some(piece.start + piece.length as u64);
        if let Some(hasher) = &mut hasher {
            hasher.update(&piece.bytes);
        }
        if full.send(piece).is_err() {
            break;
        }
    }
    Ok(())
}
