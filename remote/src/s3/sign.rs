//! Signatures of requests: AWS Signature Version 4.

use ring::{digest, hmac};

/// Who signs, and for which region.
#[derive(Clone)]
pub(super) struct Signer {
    pub(super) key_id: String,
    pub(super) secret: String,
    pub(super) region: String,
}

/// The secret is nobody's business.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.key_id)
    }
}

/// What is signed.
pub(super) struct Signed<'r> {
    pub(super) method: &'r str,
    /// [`encoded`], with the leading slash.
    pub(super) path: &'r str,
    /// [`query`].
    pub(super) query: &'r str,
    /// All headers, in lower case and sorted.
    pub(super) headers: &'r [(String, String)],
    /// [`sha256`] of the content.
    pub(super) content: &'r str,
    /// As in `20130524T000000Z`.
    pub(super) stamp: &'r str,
}

impl Signer {
    /// The header `authorization` of a request.
    pub(super) fn authorization(&self, request: &Signed<'_>) -> String {
        let headers = request.headers.iter();
        let canonical: String = headers
            .map(|(name, value)| format!("{name}:{}\n", value.trim()))
            .collect();
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let whole = format!(
            "{}\n{}\n{}\n{canonical}\n{names}\n{}",
            request.method, request.path, request.query, request.content
        );
        let day = &request.stamp[..8];
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
            request.stamp,
            sha256(whole.as_bytes())
        );
        let parts = [day, &self.region, "s3", "aws4_request", &text];
        let secret = format!("AWS4{}", self.secret).into_bytes();
        let signature = parts.iter().fold(secret, |key, part| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
            hmac::sign(&key, part.as_bytes()).as_ref().to_vec()
        });
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={}",
            self.key_id,
            hex(&signature)
        )
    }
}

/// The digest of a content, in hexadecimal.
pub(super) fn sha256(content: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, content).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text in the encoding of addresses; slashes stay if it is a path.
pub(super) fn encoded(text: &str, is_path: bool) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        b'/' if is_path => "/".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The query of an address, in the order in which it is signed.
pub(super) fn query(parameters: &[(&str, String)]) -> String {
    let pair = |(name, value): &(&str, String)| format!("{}={}", encoded(name, false), encoded(value, false));
    let mut pairs: Vec<String> = parameters.iter().map(pair).collect();
    pairs.sort_unstable();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the documentation of Amazon S3, "Signature calculations for the Authorization header".
    #[test]
    fn signatures_are_those_of_the_documentation() {
        let signer = Signer {
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            region: "us-east-1".to_owned(),
        };
        let empty = sha256(b"");
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let host = header("host", "examplebucket.s3.amazonaws.com");
        let common = [
            header("x-amz-content-sha256", &empty),
            header("x-amz-date", "20130524T000000Z"),
        ];
        let plain = [&[host.clone()][..], &common].concat();
        let ranged = [&[host, header("range", "bytes=0-9")][..], &common].concat();
        let list = query(&[("prefix", "J".to_owned()), ("max-keys", "2".to_owned())]);
        for (path, query, headers, signature) in [
            (
                "/test.txt",
                "",
                &ranged,
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
            (
                "/",
                "lifecycle=",
                &plain,
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            ),
            (
                "/",
                list.as_str(),
                &plain,
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            ),
        ] {
            let told = signer.authorization(&Signed {
                method: "GET",
                path,
                query,
                headers,
                content: &empty,
                stamp: "20130524T000000Z",
            });
            assert!(told.ends_with(signature), "{path}?{query}: {told}");
            assert!(told.contains("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"));
        }
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(encoded("v1/a b/ü.json", true), "v1/a%20b/%C3%BC.json");
        assert_eq!(query(&[("b", "x/y".to_owned()), ("a", String::new())]), "a=&b=x%2Fy");
    }
}
