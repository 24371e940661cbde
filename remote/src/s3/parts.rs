//! Contents of any size: small ones in one request, large ones in parts.

use std::io::{self, Read};

use super::answer::{bytes, header, refusal};
use super::connection::{Connection, Request};
use super::xml;

/// The size of parts, and the largest content that is sent in one request.
const PART: u64 = 16 << 20;
/// S3 takes 10,000 parts at most.
const PARTS: u64 = 9_000;

/// Writes what `content` gives, which must be `length` bytes.
pub(super) fn send(connection: &Connection, key: &str, content: &mut dyn Read, length: u64) -> io::Result<()> {
    if length <= PART {
        return in_one(connection, key, content, length);
    }
    let upload = begin(connection, key)?;
    let sent = in_parts(connection, key, &upload, content, length);
    if sent.is_err() {
        let request = Request::of("DELETE", key.to_owned()).asking("uploadId", &upload);
        // The parts of an upload that is neither completed nor aborted cost money until a rule of the bucket ends it.
        let _ = connection.send(&request);
    }
    sent
}

fn in_one(connection: &Connection, key: &str, content: &mut dyn Read, length: u64) -> io::Result<()> {
    let mut all = Vec::with_capacity(length as usize);
    content.read_to_end(&mut all)?;
    refuse_another_length(all.len() as u64, length)?;
    let response = connection.send(&Request::of("PUT", key.to_owned()).content(&all))?;
    match response.status().is_success() {
        true => Ok(()),
        false => Err(refusal(response)),
    }
}

fn begin(connection: &Connection, key: &str) -> io::Result<String> {
    let mut response = connection.send(&Request::of("POST", key.to_owned()).asking("uploads", ""))?;
    if !response.status().is_success() {
        return Err(refusal(response));
    }
    let told = bytes(&mut response)?;
    let told = String::from_utf8_lossy(&told);
    let upload = xml::element(&told, "UploadId");
    upload
        .map(str::to_owned)
        .ok_or_else(|| io::Error::other("the server begins no upload in parts"))
}

fn in_parts(connection: &Connection, key: &str, upload: &str, content: &mut dyn Read, length: u64) -> io::Result<()> {
    let size = PART.max(length.div_ceil(PARTS));
    let (mut tags, mut sent) = (Vec::new(), 0);
    loop {
        let mut part = Vec::with_capacity(size as usize);
        (&mut *content).take(size).read_to_end(&mut part)?;
        sent += part.len() as u64;
        if part.is_empty() {
            break;
        }
        let number = (tags.len() + 1).to_string();
        let request = Request::of("PUT", key.to_owned())
            .asking("partNumber", &number)
            .asking("uploadId", upload)
            .content(&part);
        let response = connection.send(&request)?;
        match header(&response, "etag").map(str::to_owned) {
            Some(tag) if response.status().is_success() => tags.push(tag),
            _ => return Err(refusal(response)),
        }
    }
    refuse_another_length(sent, length)?;
    complete(connection, key, upload, &tags)
}

fn complete(connection: &Connection, key: &str, upload: &str, tags: &[String]) -> io::Result<()> {
    let part = |(index, tag): (usize, &String)| {
        let number = index + 1;
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>")
    };
    let parts: String = tags.iter().enumerate().map(part).collect();
    let whole = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let request = Request::of("POST", key.to_owned())
        .asking("uploadId", upload)
        .content(whole.as_bytes());
    let mut response = connection.send(&request)?;
    if !response.status().is_success() {
        return Err(refusal(response));
    }
    // This answer begins before the server knows how it ends.
    let told = bytes(&mut response)?;
    let told = String::from_utf8_lossy(&told);
    match xml::element(&told, "Code") {
        None => Ok(()),
        Some(code) => Err(io::Error::other(format!(
            "the server cannot put the parts together: {code}"
        ))),
    }
}

fn refuse_another_length(found: u64, expected: u64) -> io::Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(io::Error::other(format!("it has {found} bytes, not {expected}"))),
    }
}
