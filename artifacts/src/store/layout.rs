//! The layout of an object store, known only here.

use std::path::PathBuf;

use super::ObjectStore;
use crate::digest::Digest;

impl ObjectStore {
    /// The folder of all objects, each in a folder named by the first two digits of its digest.
    pub fn objects_folder(&self) -> PathBuf {
        self.root.join("objects")
    }

    /// The folder of all checked-out trees.
    pub fn trees_folder(&self) -> PathBuf {
        self.root.join("trees")
    }

    /// The folder of what was found damaged.
    pub fn quarantine_folder(&self) -> PathBuf {
        self.root.join("quarantine")
    }

    /// The path of the object, whether it exists or not: to link to it, name it in a message or remove it. To read
    /// it, use [`ObjectStore::local`].
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_hex();
        let (shard, rest) = hex.split_at(2);
        let mut path = self.objects_folder();
        path.push(shard);
        path.push(rest);
        path
    }

    /// The path of a tree's folder, whether it exists or not.
    pub fn checkout_path(&self, digest: &Digest) -> PathBuf {
        self.trees_folder().join(digest.to_hex())
    }
}
