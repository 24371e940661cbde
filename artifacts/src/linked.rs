//! Folders of links to objects of a store, as runs make them for users: a link says which content it must lead to.

use std::path::{Path, PathBuf};

use crate::{ArtifactError, Digest};

/// Refuses the files `names` of `dir` if one is a link to an object of a store whose content does not match its name.
///
/// # Errors
/// [`ArtifactError::Damaged`], or the object cannot be read.
pub fn verify(dir: &Path, names: &[String]) -> Result<(), ArtifactError> {
    for name in names {
        if let Some((path, expected)) = object(&dir.join(name)) {
            let (found, _) = Digest::of_file(&path)?;
            if found != expected {
                return Err(ArtifactError::Damaged { path, expected, found });
            }
        }
    }
    Ok(())
}

/// The object of a store that `link` points to, and the digest in its name.
fn object(link: &Path) -> Option<(PathBuf, Digest)> {
    let path = std::fs::canonicalize(link).ok()?;
    let name = |path: &Path| path.file_name()?.to_str().map(str::to_owned);
    let shard = path.parent()?;
    if name(shard.parent()?)? != "objects" {
        return None;
    }
    let digest = (name(shard)? + &name(&path)?).parse().ok()?;
    Some((path, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_damaged_objects_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::ObjectStore::open(dir.path()).unwrap();
        let made = dir.path().join("made");
        std::fs::create_dir(&made).unwrap();
        std::fs::write(made.join("config.json"), "{}").unwrap();
        let names = ["config.json".to_owned()];
        let (tree, _) = store.put_tree(&made, &names).unwrap();
        let folder = store.checkout(&tree).unwrap();
        verify(&folder, &names).unwrap();
        let object = store.path(&Digest::of(b"{}"));
        std::fs::remove_file(&object).unwrap();
        std::fs::write(&object, "[]").unwrap();
        assert!(matches!(verify(&folder, &names), Err(ArtifactError::Damaged { .. })));
        verify(&made, &names).unwrap();
    }
}
