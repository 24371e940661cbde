//! The remote that a configuration or a command names.

use anyhow::Result;
use serl_pipeline::Store;
use serl_remote::{AddressError, Link};

use crate::failure::Mistake;
use crate::settings::project;

/// The remote at `address`; none if that is empty. Nothing is asked of it yet.
///
/// # Errors
/// The address means none, or this program was built without what it takes.
pub fn of(address: &str) -> Result<Option<Link>> {
    if address.is_empty() {
        return Ok(None);
    }
    let opened = serl_remote::open(address).map_err(|error| {
        let hint = match &error {
            AddressError::NotBuilt { .. } => {
                Some("build one with `cargo install --path . --features remote-store` in a checkout of serl")
            }
            AddressError::Unknown { .. } => Some("set `execution.remote` to `s3://BUCKET/PREFIX` or a folder"),
            AddressError::Environment { .. } => None,
        };
        Mistake {
            text: error.to_string(),
            hint: hint.map(str::to_owned),
        }
    });
    Ok(Some(Link::new(opened?)))
}

/// The remote that was `given`, that of the environment, or that of the project.
///
/// # Errors
/// None of them names one, or as for [`of`].
pub fn named(given: Option<&str>) -> Result<Link> {
    let of_environment = || std::env::var("SERL_REMOTE").ok().filter(|address| !address.is_empty());
    let address = match given.map(str::to_owned).or_else(of_environment) {
        Some(address) => address,
        None => project::remote()?.unwrap_or_default(),
    };
    of(&address)?.ok_or_else(|| {
        let hint = "name it with `--remote`, `SERL_REMOTE` or `execution.remote` of `serl.toml`: `s3://BUCKET/PREFIX` \
                    or a folder";
        Mistake::new("there is no remote", hint).into()
    })
}

/// What to tell a user of a remote that could not be reached.
pub fn trouble(store: &Store) -> Option<String> {
    let link = store.remote()?;
    let reason = link.trouble()?;
    Some(format!("the remote {} is left out: {reason}", link.remote().place()))
}
