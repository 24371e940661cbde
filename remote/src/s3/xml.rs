//! The few answers of S3 that are XML. What is read of them has neither attributes nor children, and keys are asked for
//! in the encoding of addresses, so that none has a character that XML would change.

use std::time::SystemTime;

use super::clock;
use crate::remote::{Entry, Head};

/// The content of the first element `name`.
pub(super) fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

/// A page of a listing.
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
}

impl Listing {
    pub(super) fn of(xml: &str) -> Result<Self, String> {
        if !xml.contains("<ListBucketResult") {
            return Err("the server answers with no listing".to_owned());
        }
        let entries = xml.split("<Contents>").skip(1).map(|entry| {
            let listed = listed(entry);
            listed.ok_or_else(|| format!("the server lists `{}`", entry.chars().take(80).collect::<String>()))
        });
        let next = match element(xml, "IsTruncated") {
            Some("true") => element(xml, "NextContinuationToken").map(str::to_owned),
            _ => None,
        };
        Ok(Self {
            entries: entries.collect::<Result<_, _>>()?,
            next,
        })
    }
}

fn listed(xml: &str) -> Option<Entry> {
    let modified: SystemTime = clock::parse(element(xml, "LastModified")?)?;
    Some(Entry {
        key: decoded(element(xml, "Key")?)?,
        head: Head {
            bytes: element(xml, "Size")?.parse().ok()?,
            modified,
        },
    })
}

/// A key without the encoding of addresses.
fn decoded(key: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_the_place_of_the_next() {
        let entry = |key: &str| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>\
                 <ETag>&quot;x&quot;</ETag><Size>7</Size></Contents>"
            )
        };
        let head = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
        let more = "<IsTruncated>true</IsTruncated><NextContinuationToken>a+/=</NextContinuationToken>";
        let page = format!(
            "{head}{more}{}{}</ListBucketResult>",
            entry("v1/a"),
            entry("v1/%C3%BC%2Fb")
        );
        let page = Listing::of(&page).unwrap();
        let keys: Vec<&str> = page.entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["v1/a", "v1/ü/b"]);
        assert_eq!(page.entries[0].head.bytes, 7);
        assert_eq!(page.next.as_deref(), Some("a+/="));
        let last = format!("{head}<IsTruncated>false</IsTruncated></ListBucketResult>");
        let last = Listing::of(&last).unwrap();
        assert!(last.entries.is_empty() && last.next.is_none());
        assert!(Listing::of("<html>").is_err());
        assert!(Listing::of(&format!("{head}<Contents><Key>a</Key></Contents>")).is_err());
    }
}
