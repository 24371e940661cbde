//! Second names of stored files: symbolic links, hard links or copies, as the file system has them.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use crate::atomic::create_dir;
use crate::temporary::{Temporary, name};
use crate::{ArtifactError, fs};

/// How often to recreate a link that a sweeper removed.
const ATTEMPTS: usize = 16;

/// Makes `link` a name of the file `target`, replacing whatever is there: a symbolic link with a relative path, else a
/// hard link, else a copy. Creates the parents of `link`. Returns whether anything changed.
///
/// # Errors
/// The system refuses.
pub fn place(target: &Path, link: &Path) -> Result<bool, ArtifactError> {
    if is_link_to(target, link)? {
        return Ok(false);
    }
    create_dir(fs::parent(link))?;
    if place_symbolic(target, link)? {
        return Ok(true);
    }
    if !link.is_symlink() && (is_same(target, link) || has_same_content(target, link)) {
        return Ok(false);
    }
    clear(link)?;
    if !place_hard(target, link)? {
        copy(target, link)?;
    }
    Ok(true)
}

/// Makes `link` a name of the file `target` that is a file itself, so that copying it copies the content: a hard link,
/// else a copy. Creates the parents of `link`. Returns whether it is a hard link.
///
/// # Errors
/// The system refuses.
pub fn place_file(target: &Path, link: &Path) -> Result<bool, ArtifactError> {
    create_dir(fs::parent(link))?;
    let is_hard = place_hard(target, link)?;
    if !is_hard {
        copy(target, link)?;
    }
    Ok(is_hard)
}

/// Whether both names lead to the same file or folder.
pub fn is_same(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let id = |path: &Path| std::fs::metadata(path).map(|meta| (meta.dev(), meta.ino())).ok();
        id(one).is_some_and(|found| Some(found) == id(other))
    }
    #[cfg(not(unix))]
    {
        let at = |path: &Path| std::fs::canonicalize(path).ok();
        at(one).is_some_and(|found| Some(found) == at(other))
    }
}

fn is_link_to(target: &Path, link: &Path) -> Result<bool, ArtifactError> {
    let text = text(target, link)?;
    Ok(std::fs::read_link(link).is_ok_and(|found| found == text))
}

/// The target as `link` spells it.
fn text(target: &Path, link: &Path) -> Result<PathBuf, ArtifactError> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(ArtifactError::io("resolve", path));
    Ok(relative(&absolute(fs::parent(link))?, &absolute(target)?))
}

/// Returns false if the file system refuses symbolic links.
fn place_symbolic(target: &Path, link: &Path) -> Result<bool, ArtifactError> {
    let text = text(target, link)?;
    put(link, |path| fs::symlink(&text, path))
}

/// Returns false if the file system refuses hard links.
fn place_hard(target: &Path, link: &Path) -> Result<bool, ArtifactError> {
    put(link, |path| fs::hard_link(target, path))
}

/// Has `make` create `link`, under a temporary name first if something is there. Returns false if the file system
/// refuses to make such a thing.
fn put(link: &Path, make: impl Fn(&Path) -> io::Result<()>) -> Result<bool, ArtifactError> {
    match make(link) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) if is_refusal(&e) => return Ok(false),
        made => return made.map(|()| true).map_err(ArtifactError::io("link", link)),
    }
    for _ in 0..ATTEMPTS {
        let temporary = fs::parent(link).join(name());
        match make(&temporary) {
            Err(e) if is_refusal(&e) => return Ok(false),
            made => made.map_err(ArtifactError::io("link", link))?,
        }
        match clear(link).and_then(|()| {
            let renamed = fs::rename(&temporary, link);
            renamed.map_err(ArtifactError::io("replace", link))
        }) {
            // A sweeper considered it abandoned.
            Err(ArtifactError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            Err(e) => {
                let _ = fs::remove_file(&temporary);
                return Err(e);
            }
            Ok(()) => return Ok(true),
        }
    }
    let gone = ErrorKind::NotFound.into();
    Err(ArtifactError::io("replace", link)(gone))
}

/// Whether the file system cannot make such links: it says that this is not permitted, or not supported.
fn is_refusal(error: &io::Error) -> bool {
    use ErrorKind::{CrossesDevices, InvalidInput, PermissionDenied, TooManyLinks, Unsupported};
    let kinds = [
        CrossesDevices,
        InvalidInput,
        PermissionDenied,
        TooManyLinks,
        Unsupported,
    ];
    kinds.contains(&error.kind())
}

/// Removes a folder that is in the way; a file or link is replaced by a rename.
pub(crate) fn clear(link: &Path) -> Result<(), ArtifactError> {
    let is_folder = std::fs::symlink_metadata(link).is_ok_and(|meta| meta.is_dir());
    if !is_folder {
        return Ok(());
    }
    // Renamed first, so that nobody sees half of it.
    let aside = fs::parent(link).join(name());
    fs::rename(link, &aside).map_err(ArtifactError::io("replace", link))?;
    fs::remove_dir_all(&aside).map_err(ArtifactError::io("remove", &aside))
}

fn copy(target: &Path, link: &Path) -> Result<(), ArtifactError> {
    let mut from = File::open(target).map_err(ArtifactError::io("open", target))?;
    let length = from.metadata().map_or(0, |meta| meta.len());
    let mut file = Temporary::beside(link)?;
    let path = file.path().to_owned();
    let to = file.open_file().map_err(ArtifactError::io("write", link))?;
    fs::copy(&mut from, to, &path).map_err(ArtifactError::writing(link, length as usize))?;
    file.rename(link).map_err(ArtifactError::io("rename into", link))
}

/// Whether both are files with the same bytes.
fn has_same_content(one: &Path, other: &Path) -> bool {
    const PIECE: usize = 1 << 16;
    let open = |path: &Path| File::open(path).ok().zip(std::fs::metadata(path).ok());
    let (Some((mut one, meta)), Some((mut other, other_meta))) = (open(one), open(other)) else {
        return false;
    };
    if !other_meta.is_file() || meta.len() != other_meta.len() {
        return false;
    }
    let (mut a, mut b) = (vec![0; PIECE], vec![0; PIECE]);
    let mut left = meta.len();
    while left > 0 {
        let piece = PIECE.min(left as usize);
        let read = one
            .read_exact(&mut a[..piece])
            .and_then(|()| other.read_exact(&mut b[..piece]));
        if read.is_err() || a[..piece] != b[..piece] {
            return false;
        }
        left -= piece as u64;
    }
    true
}

/// The relative path from folder `from` to `to`.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to) = (plain_components(from), plain_components(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".into(), from.len() - common);
    up.chain(to.into_iter().skip(common)).collect()
}

fn plain_components(path: &Path) -> Vec<OsString> {
    path.components()
        .filter(|c| *c != Component::CurDir)
        .map(|c| c.as_os_str().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Lacking, lack};

    #[test]
    fn relative_paths_lead_through_the_common_folder() {
        let check = |from, to, want| assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(want));
        check("/s/runs/a/1", "/s/v1/objects/ab/c", "../../../v1/objects/ab/c");
        check("s/runs", "./s/v1", "../v1");
        check("/s", "/s/x", "x");
    }

    /// Every way to name a file: symbolic link, hard link, copy.
    const SYSTEMS: [&[Lacking]; 3] = [
        &[],
        &[Lacking::SymbolicLinks],
        &[Lacking::SymbolicLinks, Lacking::HardLinks],
    ];

    #[test]
    fn names_are_made_kept_and_moved_whatever_the_file_system_can_do() {
        for lacking in SYSTEMS {
            let _poor = lack(lacking);
            let dir = tempfile::tempdir().unwrap();
            let at = |name: &str| dir.path().join(name);
            std::fs::write(at("one"), b"1").unwrap();
            std::fs::write(at("two"), b"2").unwrap();
            let link = at("view/deep/x");
            assert!(place(&at("one"), &link).unwrap());
            assert!(!place(&at("one"), &link).unwrap(), "{lacking:?}");
            assert_eq!(std::fs::read(&link).unwrap(), b"1");
            assert!(place(&at("two"), &link).unwrap());
            assert_eq!(std::fs::read(&link).unwrap(), b"2");
            assert_eq!(link.is_symlink(), lacking.is_empty());
            assert_eq!(is_same(&at("two"), &link), lacking.len() < 2);

            std::fs::remove_file(&link).unwrap();
            std::fs::create_dir_all(link.join("a folder")).unwrap();
            assert!(place(&at("one"), &link).unwrap());
            assert_eq!(std::fs::read(&link).unwrap(), b"1");
            assert_eq!(std::fs::read_dir(at("view/deep")).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_copy_gives_way_to_a_link_where_there_are_links() {
        let dir = tempfile::tempdir().unwrap();
        let (target, link) = (dir.path().join("one"), dir.path().join("copy"));
        std::fs::write(&target, b"1").unwrap();
        std::fs::write(&link, b"1").unwrap();
        assert!(place(&target, &link).unwrap());
        assert!(link.is_symlink());
    }

    #[test]
    fn a_file_is_named_by_a_file() {
        for lacking in [&[][..], &[Lacking::HardLinks]] {
            let _poor = lack(lacking);
            let dir = tempfile::tempdir().unwrap();
            let (target, link) = (dir.path().join("one"), dir.path().join("view/one"));
            std::fs::write(&target, b"1").unwrap();
            assert_eq!(place_file(&target, &link).unwrap(), lacking.is_empty());
            assert!(!link.is_symlink());
            assert_eq!(std::fs::read(&link).unwrap(), b"1");
            assert_eq!(is_same(&target, &link), lacking.is_empty());
        }
    }
}
