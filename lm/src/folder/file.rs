//! Regular files: nothing else in a model folder is opened, since a pipe or a device may never end, or do something.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use crate::LmError;

/// Most bytes of a file that is read at once. The largest tokenizers have half of it.
const MOST: u64 = 64 << 20;

/// The beginning of the file that Git leaves in place of a large one.
const LFS: &[u8] = b"version https://git-lfs";

/// Whether there is a regular file; links are followed.
pub(super) fn exists(path: &Path) -> Result<bool, LmError> {
    match std::fs::metadata(path) {
        Ok(found) => regular(path, &found).map(|()| true),
        Err(error) if is_absence(&error) => Ok(false),
        Err(error) => Err(LmError::io("read", path)(error)),
    }
}

/// Opens a regular file, if there is one; with its length in bytes.
pub(super) fn open(path: &Path) -> Result<Option<(File, u64)>, LmError> {
    // Looked at before it is opened: opening can wait for ever, or already do something.
    if !exists(path)? {
        return Ok(None);
    }
    let file = match without_waiting().open(path) {
        Err(error) if is_absence(&error) => return Ok(None),
        opened => opened.map_err(LmError::io("open", path))?,
    };
    let found = file.metadata().map_err(LmError::io("read", path))?;
    // Another one may have taken its place in between.
    regular(path, &found)?;
    Ok(Some((file, found.len())))
}

/// The bytes of a file, if there is one.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, LmError> {
    let Some((file, length)) = open(path)? else {
        return Ok(None);
    };
    if length > MOST {
        return Err(LmError::Config {
            path: path.to_path_buf(),
            message: format!("{length} bytes are too many: files beside the weights have at most {MOST}"),
        });
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(MOST)
        .read_to_end(&mut bytes)
        .map_err(LmError::io("read", path))?;
    if bytes.starts_with(LFS) {
        return Err(LmError::Config {
            path: path.to_path_buf(),
            message: "this is a pointer of Git LFS, not the file itself: fetch it with `git lfs pull`".to_owned(),
        });
    }
    Ok(Some(bytes))
}

fn regular(path: &Path, found: &Metadata) -> Result<(), LmError> {
    if found.is_file() {
        return Ok(());
    }
    Err(LmError::NotAFile {
        path: path.to_path_buf(),
        what: if found.is_dir() {
            "a folder"
        } else {
            "a pipe, socket or device"
        },
    })
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Options of opening that never wait for the other end of a pipe.
fn without_waiting() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options
}
