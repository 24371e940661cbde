//! A place that machines share: small things by key, with conditional writes.
//!
//! [`Remote`] is what a shared place can do. [`Folder`] is a folder of a shared disk, `S3` a bucket of S3-compatible
//! storage (feature `s3`); [`open`] finds out which one an address means. [`Link`] is a remote that may be out of reach
//! for a while.
//!
//! Knows keys and bytes. Does not know what a digest, a node or a run is, or what may be deleted.

mod address;
mod error;
#[cfg(any(test, feature = "fault-injection"))]
pub mod faulty;
mod folder;
mod link;
mod remote;
#[cfg(feature = "s3")]
mod s3;

pub use address::{AddressError, open};
pub use error::RemoteError;
pub use folder::Folder;
pub use link::Link;
pub use remote::{Entry, Found, Head, Remote, Version};
#[cfg(feature = "s3")]
pub use s3::S3;

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
