//! Addresses of remotes, as users write them.

use std::path::{Path, PathBuf};

use crate::folder::Folder;
use crate::remote::Remote;

/// Why an address means no remote.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The address is of no known form.
    #[error("`{address}` is no remote: {reason}")]
    Unknown {
        /// The address.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// The address may be right, but not what the environment says of it.
    #[error("`{address}` cannot be used: {reason}")]
    Environment {
        /// The address.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// This program was built without what it takes.
    #[error("`{address}` needs a serl that was built with `--features remote-store`, which this one was not")]
    NotBuilt {
        /// The address.
        address: String,
    },
}

/// The remote that `address` means: `s3://BUCKET/PREFIX`, `file:///PATH`, or a path. Nothing is asked of it yet.
///
/// # Errors
/// The address means none, or one that this program was built without; or what the environment says of it is wrong.
pub fn open(address: &str) -> Result<Box<dyn Remote>, AddressError> {
    let unknown = |reason: &str| AddressError::Unknown {
        address: address.to_owned(),
        reason: reason.to_owned(),
    };
    match address.split_once("://") {
        None if address.is_empty() => Err(unknown("it is empty")),
        None => Ok(Box::new(Folder::new(Path::new(address)))),
        Some(("file", path)) => match PathBuf::from(path) {
            path if path.is_absolute() => Ok(Box::new(Folder::new(&path))),
            _ => Err(unknown("a path after `file://` begins with `/`")),
        },
        Some(("s3", rest)) => bucket(address, rest),
        Some((scheme, _)) => Err(unknown(&format!(
            "`{scheme}://` is not known; give `s3://BUCKET/PREFIX` or a folder"
        ))),
    }
}

#[cfg(feature = "s3")]
fn bucket(address: &str, rest: &str) -> Result<Box<dyn Remote>, AddressError> {
    let opened = crate::s3::S3::open(rest, |name| std::env::var(name).ok());
    opened
        .map(|remote| Box::new(remote) as Box<dyn Remote>)
        .map_err(|reason| AddressError::Environment {
            address: address.to_owned(),
            reason,
        })
}

#[cfg(not(feature = "s3"))]
fn bucket(address: &str, _rest: &str) -> Result<Box<dyn Remote>, AddressError> {
    Err(AddressError::NotBuilt {
        address: address.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_paths_with_or_without_a_scheme() {
        assert_eq!(open("shared/a").unwrap().place(), "shared/a");
        assert_eq!(open("file:///mnt/a").unwrap().place(), "/mnt/a");
        for (wrong, reason) in [
            ("file://mnt/a", "begins with `/`"),
            ("gs://a/b", "`gs://` is not known"),
            ("", "empty"),
        ] {
            let told = open(wrong).unwrap_err().to_string();
            assert!(told.contains(reason), "{wrong}: {told}");
        }
    }

    #[cfg(not(feature = "s3"))]
    #[test]
    fn what_it_was_built_without_is_told() {
        let told = open("s3://bucket/prefix").unwrap_err().to_string();
        assert!(told.contains("`--features remote-store`"), "{told}");
    }
}
