//! A remote in a bucket of S3-compatible storage.
//!
//! What is written appears whole, since S3 has it so: a large content is uploaded in parts, and appears when the last
//! request names them all. A key is created by `If-None-Match: *`, and a version replaced by `If-Match` with its entity
//! tag.

mod answer;
mod clock;
mod connection;
mod parts;
mod settings;
mod sign;
mod xml;

use std::io::{self, Read};

use crate::error::RemoteError;
use crate::remote::{Entry, Found, Head, Remote, Version};
use answer::{bytes, head, refusal, version};
use connection::{Connection, Request};
use settings::Settings;

/// A bucket, or a folder in it.
#[derive(Debug)]
pub struct S3 {
    place: String,
    /// Before all keys; ends with `/` unless it is empty.
    prefix: String,
    connection: Connection,
}

impl S3 {
    /// The remote at `s3://` and `place`; `variable` gives the variables of the environment.
    ///
    /// # Errors
    /// What is wrong with the address or the environment, in words.
    pub fn open(place: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err("it names no bucket".to_owned());
        }
        let prefix = prefix.trim_matches('/');
        let connection = Connection::new(Settings::of(bucket, variable)?)?;
        Ok(Self {
            place: format!("s3://{}", place.trim_end_matches('/')),
            prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("{prefix}/")
            },
            connection,
        })
    }

    fn request<'r>(&self, method: &'static str, key: &str) -> Request<'r> {
        Request::of(method, format!("{}{key}", self.prefix))
    }

    fn failed<E: Into<io::Error>>(&self, action: &'static str, key: &str) -> impl FnOnce(E) -> RemoteError {
        RemoteError::failed(action, &self.place, key)
    }

    /// A write on a condition; none if it does not hold.
    fn conditional(
        &self,
        key: &str,
        condition: (&'static str, &str),
        content: &[u8],
    ) -> Result<Option<Version>, RemoteError> {
        let request = self.request("PUT", key).with(condition.0, condition.1).content(content);
        let response = self.connection.send(&request).map_err(self.failed("write", key))?;
        match response.status().as_u16() {
            200..300 => Ok(Some(version(&response).map_err(self.failed("write", key))?)),
            404 | 409 | 412 => Ok(None),
            _ => Err(self.failed("write", key)(refusal(response))),
        }
    }
}

impl Remote for S3 {
    fn place(&self) -> &str {
        &self.place
    }

    fn head(&self, key: &str) -> Result<Option<Head>, RemoteError> {
        let response = self.connection.send(&self.request("HEAD", key));
        let response = response.map_err(self.failed("look up", key))?;
        match response.status().as_u16() {
            200 => head(&response).map(Some).map_err(self.failed("look up", key)),
            404 => Ok(None),
            _ => Err(self.failed("look up", key)(refusal(response))),
        }
    }

    fn get(&self, key: &str) -> Result<Option<Found>, RemoteError> {
        let response = self.connection.send(&self.request("GET", key));
        let mut response = response.map_err(self.failed("read", key))?;
        match response.status().as_u16() {
            200 => {
                let version = version(&response).map_err(self.failed("read", key))?;
                let bytes = bytes(&mut response).map_err(self.failed("read", key))?;
                Ok(Some(Found { bytes, version }))
            }
            404 => Ok(None),
            _ => Err(self.failed("read", key)(refusal(response))),
        }
    }

    fn read(&self, key: &str) -> Result<Option<Box<dyn Read + '_>>, RemoteError> {
        let response = self.connection.send(&self.request("GET", key));
        let response = response.map_err(self.failed("read", key))?;
        match response.status().as_u16() {
            200 => Ok(Some(Box::new(response.into_body().into_reader()))),
            404 => Ok(None),
            _ => Err(self.failed("read", key)(refusal(response))),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, RemoteError> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut request = Request::of("GET", String::new())
                .asking("encoding-type", "url")
                .asking("list-type", "2")
                .asking("prefix", &format!("{}{folder}/", self.prefix));
            if let Some(token) = &token {
                request = request.asking("continuation-token", token);
            }
            let response = self.connection.send(&request);
            let mut response = response.map_err(self.failed("list", folder))?;
            if response.status() != 200 {
                return Err(self.failed("list", folder)(refusal(response)));
            }
            let page = bytes(&mut response).map_err(self.failed("list", folder))?;
            let page = xml::Listing::of(&String::from_utf8_lossy(&page));
            let page = page.map_err(|reason| self.failed("list", folder)(io::Error::other(reason)))?;
            found.extend(page.entries.into_iter().filter_map(|mut entry| {
                entry.key = entry.key.strip_prefix(&self.prefix)?.to_owned();
                Some(entry)
            }));
            token = page.next;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    fn send(&self, key: &str, content: &mut dyn Read, bytes: u64) -> Result<(), RemoteError> {
        let whole = format!("{}{key}", self.prefix);
        parts::send(&self.connection, &whole, content, bytes).map_err(self.failed("write", key))
    }

    fn create(&self, key: &str, content: &[u8]) -> Result<Option<Version>, RemoteError> {
        self.conditional(key, ("if-none-match", "*"), content)
    }

    fn swap(&self, key: &str, from: &Version, content: &[u8]) -> Result<Option<Version>, RemoteError> {
        self.conditional(key, ("if-match", &from.0), content)
    }

    fn delete(&self, key: &str) -> Result<(), RemoteError> {
        let response = self.connection.send(&self.request("DELETE", key));
        let response = response.map_err(self.failed("remove", key))?;
        match response.status().as_u16() {
            200..300 | 404 => Ok(()),
            _ => Err(self.failed("remove", key)(refusal(response))),
        }
    }
}

#[cfg(test)]
mod tests;
