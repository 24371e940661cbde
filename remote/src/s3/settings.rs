//! What the environment says of the storage, under the names that AWS tools use.

use std::path::Path;

use super::sign::{Signer, encoded};

/// Where the bucket is, and who asks.
#[derive(Debug)]
pub(super) struct Settings {
    /// The address of the server, without a slash at its end.
    pub(super) server: String,
    /// What addresses of keys begin with: `/` or, where the server serves all buckets, `/BUCKET/`.
    pub(super) path: String,
    pub(super) signer: Signer,
    /// Goes with temporary credentials.
    pub(super) token: Option<String>,
    /// A file of certificates to trust, instead of those of the public authorities.
    pub(super) certificates: Option<String>,
}

impl Settings {
    pub(super) fn of(bucket: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let endpoint = set("AWS_ENDPOINT_URL_S3").or_else(|| set("AWS_ENDPOINT_URL"));
        let (server, path) = match endpoint {
            Some(endpoint) => {
                let is_address = endpoint.starts_with("http://") || endpoint.starts_with("https://");
                if !is_address {
                    return Err(format!(
                        "`AWS_ENDPOINT_URL` is `{endpoint}`, and not an address such as `https://…`"
                    ));
                }
                (endpoint, format!("/{}/", encoded(bucket, false)))
            }
            // A name with dots would not match the certificate.
            None if bucket.contains('.') => (format!("https://s3.{region}.amazonaws.com"), format!("/{bucket}/")),
            None => (format!("https://{bucket}.s3.{region}.amazonaws.com"), "/".to_owned()),
        };
        let credentials = Credentials::of(&set)?;
        Ok(Self {
            server: server.trim_end_matches('/').to_owned(),
            path,
            signer: Signer {
                key_id: credentials.key_id,
                secret: credentials.secret,
                region,
            },
            token: credentials.token,
            certificates: set("AWS_CA_BUNDLE"),
        })
    }
}

struct Credentials {
    key_id: String,
    secret: String,
    token: Option<String>,
}

impl Credentials {
    /// Those of the environment, or of the file that AWS tools keep them in.
    fn of(set: &impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        if let (Some(key_id), Some(secret)) = (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) {
            let token = set("AWS_SESSION_TOKEN");
            return Ok(Self { key_id, secret, token });
        }
        let file = set("AWS_SHARED_CREDENTIALS_FILE")
            .or_else(|| set("HOME").map(|home| format!("{home}/.aws/credentials")))
            .unwrap_or_default();
        let profile = set("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
        let text = std::fs::read_to_string(Path::new(&file)).unwrap_or_default();
        Self::in_file(&text, &profile).ok_or_else(|| {
            format!(
                "there are no credentials: set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or write them into \
                 the profile `{profile}` of {file}"
            )
        })
    }

    fn in_file(text: &str, profile: &str) -> Option<Self> {
        let (mut is_ours, mut key_id, mut secret, mut token) = (false, None, None, None);
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                is_ours = name.trim() == profile;
            } else if let Some((name, value)) = line.split_once('=').filter(|_| is_ours) {
                let value = Some(value.trim().to_owned());
                match name.trim() {
                    "aws_access_key_id" => key_id = value,
                    "aws_secret_access_key" => secret = value,
                    "aws_session_token" => token = value,
                    _ => {}
                }
            }
        }
        Some(Self {
            key_id: key_id?,
            secret: secret?,
            token,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(bucket: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::of(bucket, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];

    #[test]
    fn the_environment_says_where_and_who() {
        let of_aws = settings("serl", &[KEYS[0], KEYS[1], ("AWS_REGION", "eu-west-1")]).unwrap();
        assert_eq!(
            (of_aws.server.as_str(), of_aws.path.as_str()),
            ("https://serl.s3.eu-west-1.amazonaws.com", "/")
        );
        let dotted = settings("a.b", &KEYS).unwrap();
        assert_eq!(
            (dotted.server.as_str(), dotted.path.as_str()),
            ("https://s3.us-east-1.amazonaws.com", "/a.b/")
        );
        let own = [
            KEYS[0],
            KEYS[1],
            ("AWS_ENDPOINT_URL", "http://host:8333/"),
            ("AWS_SESSION_TOKEN", "t"),
        ];
        let own = settings("serl", &own).unwrap();
        assert_eq!((own.server.as_str(), own.path.as_str()), ("http://host:8333", "/serl/"));
        assert_eq!(own.token.as_deref(), Some("t"));
        assert!(!format!("{own:?}").contains("secret"));
        let wrong = settings("serl", &[KEYS[0], KEYS[1], ("AWS_ENDPOINT_URL", "host:8333")]);
        assert!(wrong.unwrap_err().contains("`AWS_ENDPOINT_URL` is `host:8333`"));
    }

    #[test]
    fn credentials_are_those_of_the_profile() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("credentials");
        let text = "[default]\naws_access_key_id = a\naws_secret_access_key = b\n\n[other]\naws_access_key_id=c\n\
                    aws_secret_access_key=d\naws_session_token=e\n[half]\naws_access_key_id=f\n";
        std::fs::write(&file, text).unwrap();
        let file = ("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap());
        let signer = |variables: &[(&str, &str)]| settings("serl", variables).map(|s| (s.signer.key_id, s.token));
        assert_eq!(signer(&[file]).unwrap(), ("a".to_owned(), None));
        let other = signer(&[file, ("AWS_PROFILE", "other")]).unwrap();
        assert_eq!(other, ("c".to_owned(), Some("e".to_owned())));
        let none = signer(&[file, ("AWS_PROFILE", "half")]).unwrap_err();
        assert!(none.contains("profile `half`"), "{none}");
    }
}
