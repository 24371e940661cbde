//! Files that a user names: what they hold appears there whole or not at all, where that is possible.
//!
//! A link is followed, as a shell does. What is no regular file, such as `/dev/null` or a named pipe, is written to and
//! never replaced.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::atomic::publish;
use crate::temporary::Temporary;
use crate::{ArtifactError, fs};

/// A file that is written piece by piece and gets its name when it is complete. Dropped before that, it leaves nothing.
pub struct UserFile {
    path: PathBuf,
    file: Target,
}

enum Target {
    /// Beside the place where it will be.
    Beside(Temporary),
    /// What is there already, a device or a pipe.
    There(File),
}

impl UserFile {
    /// Starts the file that will be named `path`.
    ///
    /// # Errors
    /// The folder does not exist, or the system refuses.
    pub fn create(path: &Path) -> Result<Self, ArtifactError> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let is_special = path.metadata().is_ok_and(|found| !found.is_file());
        let file = match is_special {
            true => Target::There(
                File::options()
                    .write(true)
                    .open(&path)
                    .map_err(ArtifactError::io("open", &path))?,
            ),
            false => Target::Beside(Temporary::beside(&path)?),
        };
        Ok(Self { path, file })
    }

    /// Gives the file its name, replacing any old file.
    ///
    /// # Errors
    /// The system refuses.
    pub fn publish(self) -> Result<(), ArtifactError> {
        match self.file {
            Target::Beside(file) => publish(file, &self.path),
            Target::There(mut file) => file.flush().map_err(ArtifactError::io("write", &self.path)),
        }
    }
}

impl Write for UserFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Target::There(file) => file.write(bytes),
            Target::Beside(file) => {
                let path = file.path().to_owned();
                fs::write_all(file.open_file()?, &path, bytes)?;
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Target::There(file) => file.flush(),
            Target::Beside(file) => file.open_file()?.flush(),
        }
    }
}

/// Writes all of a file that a user named.
///
/// # Errors
/// Those of [`UserFile::create`], a full disk.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), ArtifactError> {
    let mut file = UserFile::create(path)?;
    file.write_all(bytes)
        .map_err(ArtifactError::writing(path, bytes.len()))?;
    file.publish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_appears_when_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        let mut file = UserFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        file.flush().unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        write(&path, b"whole").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_stay() {
        use std::os::unix::fs::FileTypeExt;
        let dir = tempfile::tempdir().unwrap();
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        std::fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        assert!(link.symlink_metadata().unwrap().is_symlink());

        let null = dir.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        write(&null, b"gone").unwrap();
        assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
