//! What servers answer.

use std::io;
use std::time::SystemTime;

use ureq::Body;
use ureq::http::Response;

use super::{clock, xml};
use crate::remote::{Head, Version};

/// At most so many bytes of an answer are read where something small is expected.
const MOST: u64 = 64 << 20;

pub(super) fn bytes(response: &mut Response<Body>) -> io::Result<Vec<u8>> {
    let read = response.body_mut().with_config().limit(MOST).read_to_vec();
    read.map_err(io::Error::other)
}

pub(super) fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

pub(super) fn version(response: &Response<Body>) -> io::Result<Version> {
    let tag = header(response, "etag").ok_or_else(|| io::Error::other("the server gives no entity tag"))?;
    Ok(Version(tag.to_owned()))
}

pub(super) fn head(response: &Response<Body>) -> io::Result<Head> {
    let lacking = |what: &str| io::Error::other(format!("the server gives no {what}"));
    let bytes = header(response, "content-length").and_then(|length| length.parse().ok());
    let modified: Option<SystemTime> = header(response, "last-modified").and_then(clock::parse);
    Ok(Head {
        bytes: bytes.ok_or_else(|| lacking("length"))?,
        modified: modified.ok_or_else(|| lacking("time"))?,
    })
}

/// The error of an answer that is none.
pub(super) fn refusal(mut response: Response<Body>) -> io::Error {
    let status = response.status();
    let told = bytes(&mut response).unwrap_or_default();
    let told = String::from_utf8_lossy(&told);
    let told = [xml::element(&told, "Code"), xml::element(&told, "Message")];
    let told: Vec<&str> = told.into_iter().flatten().collect();
    match told.is_empty() {
        true => io::Error::other(format!("the server answers {status}")),
        false => io::Error::other(format!("the server answers {status}: {}", told.join(", "))),
    }
}
