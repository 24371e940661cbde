//! A remote in a folder of a shared disk.
//!
//! A key is created by a hard link, which fails if the name exists: the one way to create a file with its content in
//! one step that NFS has, too. Where there are no hard links, and to replace a version, a lock of the operating system
//! on `.lock` keeps others out; without locks either, the remote cannot do it, and says so. The version of a key is the
//! digest of its content.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use serl_artifacts::atomic::{create_dir, publish, sync_dir, write_atomic};
use serl_artifacts::lock::{Attempt, Lockable};
use serl_artifacts::temporary::{self, Temporary, is_temporary};
use serl_artifacts::{ArtifactError, Digest, fs};

use crate::error::RemoteError;
use crate::remote::{Entry, Found, Head, Remote, Version};

/// How much is copied at once.
const CHUNK: usize = 1 << 20;

/// A folder.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    place: String,
}

impl Folder {
    /// The remote in `root`, which somebody must have made: one that is not there may be a disk that is not mounted.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            place: root.display().to_string(),
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    fn failed<E: Into<io::Error>>(&self, action: &'static str, key: &str) -> impl FnOnce(E) -> RemoteError {
        RemoteError::failed(action, &self.place, key)
    }

    /// Tells what is not there from a folder that is not there.
    fn absent<T>(&self, action: &'static str, key: &str) -> Result<Option<T>, RemoteError> {
        if self.root.is_dir() {
            return Ok(None);
        }
        let gone = io::Error::new(
            ErrorKind::NotFound,
            "there is no such folder: make it, or mount its disk",
        );
        Err(self.failed(action, key)(gone))
    }

    /// Makes the folder that a key is in, but not the remote itself.
    fn make_room(&self, key: &str) -> Result<PathBuf, RemoteError> {
        self.absent::<()>("write", key)?;
        let path = self.path(key);
        create_dir(path.parent().unwrap_or(&self.root)).map_err(|e| self.failed("write", key)(plain(e)))?;
        Ok(path)
    }

    /// A temporary beside the place of a key, with its content.
    fn prepared(&self, key: &str, content: &[u8]) -> Result<(Temporary, PathBuf), RemoteError> {
        let path = self.make_room(key)?;
        let prepare = || {
            let mut file = Temporary::beside(&path)?;
            file.write_all(content, &path)?;
            file.sync(&path)?;
            Ok(file)
        };
        let file = prepare().map_err(|e| self.failed("write", key)(plain(e)))?;
        Ok((file, path))
    }

    /// The lock that keeps other writers out.
    fn lock(&self, key: &str, what: &'static str) -> Result<Lockable, RemoteError> {
        let path = self.root.join(".lock");
        let taken = Lockable::create(&path).and_then(|lock| Ok((lock.exclusive()?, lock)));
        match taken.map_err(self.failed("lock", key))? {
            (Attempt::Taken, lock) => Ok(lock),
            _ => Err(RemoteError::Unsupported {
                place: self.place.clone(),
                what,
            }),
        }
    }

    fn create_without_links(&self, key: &str, file: Temporary, path: &Path) -> Result<bool, RemoteError> {
        let what = "create a file in one step: its file system has neither hard links nor locks";
        let _alone = self.lock(key, what)?;
        if path.exists() {
            return Ok(false);
        }
        file.rename(path).map_err(self.failed("write", key))?;
        Ok(true)
    }

    /// Removes the temporaries of dead processes in `folder` and below.
    fn sweep_in(folder: &Path) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if is_temporary(&path) {
                temporary::sweep(&path).map_err(plain)?;
            } else if path.is_dir() {
                Self::sweep_in(&path)?;
            }
        }
        Ok(())
    }

    fn collect(&self, folder: &str, found: &mut Vec<Entry>) -> io::Result<()> {
        let entries = match std::fs::read_dir(self.path(folder)) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let name = entry?.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
                continue;
            };
            let key = format!("{folder}/{name}");
            // What somebody has removed meanwhile is not there.
            let Ok(meta) = std::fs::metadata(self.path(&key)) else {
                continue;
            };
            if meta.is_dir() {
                self.collect(&key, found)?;
            } else {
                let head = head(&meta)?;
                found.push(Entry { key, head });
            }
        }
        Ok(())
    }
}

fn head(meta: &std::fs::Metadata) -> io::Result<Head> {
    Ok(Head {
        bytes: meta.len(),
        modified: meta.modified()?,
    })
}

fn version(content: &[u8]) -> Version {
    Version(Digest::of(content).to_hex())
}

/// The error of the system, with what it says of the file.
fn plain(error: ArtifactError) -> io::Error {
    let kind = match &error {
        ArtifactError::Io { source, .. } | ArtifactError::Full { source, .. } => source.kind(),
        _ => ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

impl Remote for Folder {
    fn place(&self) -> &str {
        &self.place
    }

    fn head(&self, key: &str) -> Result<Option<Head>, RemoteError> {
        match std::fs::metadata(self.path(key)) {
            Err(e) if e.kind() == ErrorKind::NotFound => self.absent("look up", key),
            found => found
                .and_then(|meta| head(&meta))
                .map(Some)
                .map_err(self.failed("look up", key)),
        }
    }

    fn get(&self, key: &str) -> Result<Option<Found>, RemoteError> {
        match std::fs::read(self.path(key)) {
            Err(e) if e.kind() == ErrorKind::NotFound => self.absent("read", key),
            read => {
                let bytes = read.map_err(self.failed("read", key))?;
                let version = version(&bytes);
                Ok(Some(Found { bytes, version }))
            }
        }
    }

    fn read(&self, key: &str) -> Result<Option<Box<dyn Read + '_>>, RemoteError> {
        match std::fs::File::open(self.path(key)) {
            Err(e) if e.kind() == ErrorKind::NotFound => self.absent("read", key),
            opened => Ok(Some(Box::new(opened.map_err(self.failed("read", key))?))),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, RemoteError> {
        let mut found = Vec::new();
        self.collect(folder, &mut found).map_err(self.failed("list", folder))?;
        if found.is_empty() {
            self.absent::<()>("list", folder)?;
        }
        Ok(found)
    }

    fn send(&self, key: &str, content: &mut dyn Read, bytes: u64) -> Result<(), RemoteError> {
        let path = self.make_room(key)?;
        let mut written = || {
            let mut file = Temporary::beside(&path).map_err(plain)?;
            let (mut chunk, mut length) = (vec![0; CHUNK], 0);
            loop {
                let read = content.read(&mut chunk)?;
                if read == 0 {
                    break;
                }
                file.write_all(&chunk[..read], &path).map_err(plain)?;
                length += read as u64;
            }
            if length != bytes {
                return Err(io::Error::other(format!("it has {length} bytes, not {bytes}")));
            }
            publish(file, &path).map_err(plain)
        };
        written().map_err(self.failed("write", key))
    }

    fn create(&self, key: &str, content: &[u8]) -> Result<Option<Version>, RemoteError> {
        let (file, path) = self.prepared(key, content)?;
        match fs::hard_link(file.path(), &path) {
            Ok(()) => drop(file),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(None),
            Err(_) if path.exists() => return Ok(None),
            Err(_) => {
                if !self.create_without_links(key, file, &path)? {
                    return Ok(None);
                }
            }
        }
        sync_dir(path.parent().unwrap_or(&self.root)).map_err(|e| self.failed("write", key)(plain(e)))?;
        Ok(Some(version(content)))
    }

    fn swap(&self, key: &str, from: &Version, content: &[u8]) -> Result<Option<Version>, RemoteError> {
        let _alone = self.lock(key, "replace a file on a condition: its file system has no locks")?;
        match self.get(key)? {
            Some(found) if found.version == *from => {}
            _ => return Ok(None),
        }
        write_atomic(&self.path(key), content).map_err(|e| self.failed("write", key)(plain(e)))?;
        Ok(Some(version(content)))
    }

    fn delete(&self, key: &str) -> Result<(), RemoteError> {
        match fs::remove_file(&self.path(key)) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            done => done.map_err(self.failed("remove", key)),
        }
    }

    fn sweep(&self) -> Result<(), RemoteError> {
        Self::sweep_in(&self.root).map_err(self.failed("sweep", ""))
    }
}

#[cfg(test)]
mod tests {
    use serl_artifacts::fault::{self, Failure, Fault, Lacking, lack};

    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path());
        (dir, folder)
    }

    #[test]
    fn one_of_many_creates_a_key_whatever_the_file_system_lacks() {
        for lacking in [&[][..], &[Lacking::HardLinks]] {
            let (_dir, folder) = folder();
            let wins: Vec<bool> = std::thread::scope(|scope| {
                let create = |index: u8| {
                    let folder = &folder;
                    scope.spawn(move || {
                        let _poor = lack(lacking);
                        folder.create("a/b", &[index; 100]).unwrap().is_some()
                    })
                };
                let all: Vec<_> = (0..8).map(create).collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!(wins.iter().filter(|won| **won).count(), 1, "{lacking:?}");
            let winner = wins.iter().position(|won| *won).unwrap() as u8;
            assert_eq!(folder.get("a/b").unwrap().unwrap().bytes, [winner; 100]);
        }
    }

    #[test]
    fn a_version_is_replaced_once() {
        let (_dir, folder) = folder();
        let first = folder.create("lease", b"one").unwrap().unwrap();
        assert_eq!(folder.create("lease", b"two").unwrap(), None);
        let second = folder.swap("lease", &first, b"two").unwrap().unwrap();
        assert_eq!(folder.swap("lease", &first, b"three").unwrap(), None);
        assert_eq!(folder.get("lease").unwrap().unwrap().version, second);
        folder.delete("lease").unwrap();
        folder.delete("lease").unwrap();
        assert_eq!(folder.swap("lease", &second, b"four").unwrap(), None);
        let _poor = lack(&[Lacking::Locks, Lacking::HardLinks]);
        for refused in [folder.swap("lease", &second, b""), folder.create("lease", b"")] {
            assert!(matches!(refused, Err(RemoteError::Unsupported { .. })), "{refused:?}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_no_empty_remote() {
        let (dir, folder) = folder();
        assert_eq!(folder.get("a").unwrap(), None);
        assert_eq!(folder.list("a").unwrap(), []);
        dir.close().unwrap();
        assert!(folder.get("a").is_err());
        assert!(folder.head("a").is_err());
        assert!(folder.list("a").is_err());
        let told = folder.put("a/b", b"").unwrap_err().to_string();
        assert!(told.contains("make it, or mount its disk"), "{told}");
    }

    #[test]
    fn nothing_half_written_has_a_key() {
        let (_dir, folder) = folder();
        assert!(folder.send("a/short", &mut &b"ab"[..], 3).is_err());
        for kind in Failure::ALL {
            for at in 0.. {
                let armed = fault::arm(Some(Fault { kind, at }));
                let key = format!("a/{kind:?}-{at}");
                let sent = folder.put(&key, b"whole");
                let reached = armed.calls().len() > at;
                drop(armed);
                let found = folder.get(&key).unwrap().map(|found| found.bytes);
                assert!(found.is_none() || found.as_deref() == Some(b"whole"), "{key}");
                assert!(sent.is_err() || found.is_some(), "{key}");
                if !reached {
                    break;
                }
            }
        }
        let listed = folder.list("a").unwrap();
        assert!(listed.iter().all(|entry| entry.head.bytes == 5), "{listed:?}");
    }

    #[test]
    fn keys_are_listed_with_those_within() {
        let (dir, folder) = folder();
        for key in ["v1/nodes/a.json", "v1/objects/ab/c", "v1/objects/ab/d"] {
            folder.put(key, key.as_bytes()).unwrap();
        }
        std::fs::write(dir.path().join("v1/objects/ab/.tmp-x"), b"").unwrap();
        let mut keys: Vec<String> = folder.list("v1/objects").unwrap().into_iter().map(|e| e.key).collect();
        keys.sort();
        assert_eq!(keys, ["v1/objects/ab/c", "v1/objects/ab/d"]);
        folder.sweep().unwrap();
        assert!(!dir.path().join("v1/objects/ab/.tmp-x").exists());
        let head = folder.head("v1/nodes/a.json").unwrap().unwrap();
        assert_eq!(head.bytes, 15);
        let mut text = String::new();
        let mut reader = folder.read("v1/objects/ab/c").unwrap().unwrap();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "v1/objects/ab/c");
    }
}
