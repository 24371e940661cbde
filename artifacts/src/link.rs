//! Names for something stored elsewhere: symbolic links where the system has them, copies otherwise.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::atomic::create_dir;
use crate::temporary::name;
use crate::{ArtifactError, fs};

/// How often to recreate a link that a sweeper removed.
const ATTEMPTS: usize = 16;

/// Makes `link` point to `target` by a relative path, replacing a link that points elsewhere. Creates the parents of
/// `link`. Returns whether anything changed.
///
/// # Errors
/// `link` is a folder, or the system refuses.
pub fn place(target: &Path, link: &Path) -> Result<bool, ArtifactError> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(ArtifactError::io("resolve", path));
    let text = relative(&absolute(fs::parent(link))?, &absolute(target)?);
    if leads_to(link, &text) {
        return Ok(false);
    }
    create_dir(fs::parent(link))?;
    match make(&text, target, link) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => replace(&text, target, link)?,
        made => made.map_err(ArtifactError::io("link", link))?,
    }
    Ok(true)
}

/// Creates a link under a temporary name and renames it to `link`, replacing what is there.
fn replace(text: &Path, target: &Path, link: &Path) -> Result<(), ArtifactError> {
    for _ in 0..ATTEMPTS {
        let temporary = fs::parent(link).join(name());
        make(text, target, &temporary).map_err(ArtifactError::io("link", link))?;
        match fs::rename(&temporary, link) {
            // A sweeper considered it abandoned.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => {
                let _ = fs::remove_file(&temporary);
                return Err(ArtifactError::io("replace", link)(e));
            }
            Ok(()) => return Ok(()),
        }
    }
    let gone = io::ErrorKind::NotFound.into();
    Err(ArtifactError::io("replace", link)(gone))
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

#[cfg(unix)]
fn leads_to(link: &Path, text: &Path) -> bool {
    std::fs::read_link(link).is_ok_and(|found| found == text)
}

#[cfg(unix)]
fn make(text: &Path, _target: &Path, link: &Path) -> io::Result<()> {
    fs::symlink(text, link)
}

#[cfg(not(unix))]
fn leads_to(_link: &Path, _text: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn make(text: &Path, target: &Path, link: &Path) -> io::Result<()> {
    if !target.is_dir() {
        return std::fs::copy(target, link).map(drop);
    }
    std::fs::create_dir(link)?;
    for entry in std::fs::read_dir(target)? {
        let entry = entry?;
        make(text, &entry.path(), &link.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_lead_through_the_common_folder() {
        let check = |from, to, want| assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(want));
        check("/s/runs/a/1", "/s/v1/objects/ab/c", "../../../v1/objects/ab/c");
        check("s/runs", "./s/v1", "../v1");
        check("/s", "/s/x", "x");
    }

    #[test]
    fn links_are_made_kept_and_moved() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("one"), b"1").unwrap();
        std::fs::write(at("two"), b"2").unwrap();
        let link = at("view/deep/x");
        assert!(place(&at("one"), &link).unwrap());
        assert!(!place(&at("one"), &link).unwrap());
        assert_eq!(std::fs::read(&link).unwrap(), b"1");
        assert!(place(&at("two"), &link).unwrap());
        assert_eq!(std::fs::read(&link).unwrap(), b"2");
    }
}
