//! Names of repositories: `org/name@revision`, and `hf://datasets/org/name@revision/file` as other tools write it.

use std::path::{Component, Path};

/// What a reference begins with.
pub(crate) const PREFIX: &str = "hf://";

/// Characters of a repository's name, at most, and of its organisation's.
const LONGEST: usize = 96;

/// The kind of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A model.
    Model,
    /// A data set.
    Dataset,
}

impl Kind {
    /// How the name of a repository's folder in a cache begins.
    const fn folder(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Dataset => "datasets",
        }
    }
}

/// A repository at a revision, and a file or pattern in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) kind: Kind,
    /// `org/name`; old models have no organisation.
    pub(super) name: String,
    /// A branch, tag or commit; none: the main branch.
    pub(super) revision: Option<String>,
    /// What is named in the repository; empty: all of it.
    pub(super) within: String,
}

impl Reference {
    /// Reads `hf://[datasets/]org/name[@revision][/within]`; a `/` in a revision is written `%2F`.
    ///
    /// # Errors
    /// What is wrong, to follow the text.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let rest = text.strip_prefix(PREFIX).unwrap_or(text);
        let (kind, rest) = match rest.strip_prefix("datasets/") {
            Some(rest) => (Kind::Dataset, rest),
            None => (Kind::Model, rest),
        };
        let mut parts = rest.splitn(3, '/');
        let (organisation, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let within = parts.next().unwrap_or_default().trim_end_matches('/');
        let (name, revision) = match second.split_once('@') {
            Some((name, revision)) => (name, Some(revision.replace("%2F", "/").replace("%2f", "/"))),
            None => (second, None),
        };
        if !is_part(organisation) || !is_part(name) {
            return Err("does not name a repository as `org/name`");
        }
        if revision.as_deref().is_some_and(|revision| !stays_inside(revision)) || !stays_inside_or_empty(within) {
            return Err("names nothing that is inside the repository");
        }
        Ok(Self {
            kind,
            name: format!("{organisation}/{name}"),
            revision,
            within: within.to_owned(),
        })
    }

    /// Reads a model's id, `org/name` or `org/name@revision`; none if it cannot be one.
    pub(super) fn id(text: &str) -> Option<Self> {
        let (name, revision) = match text.split_once('@') {
            Some((name, revision)) => (name, Some(revision.to_owned())),
            None => (text, None),
        };
        let parts: Vec<&str> = name.split('/').collect();
        let named = parts.len() <= 2 && parts.iter().all(|part| is_part(part));
        let dated = revision.as_deref().is_none_or(stays_inside);
        (named && dated).then(|| Self {
            kind: Kind::Model,
            name: name.to_owned(),
            revision,
            within: String::new(),
        })
    }

    /// The name of its folder in a cache.
    pub(super) fn folder(&self) -> String {
        format!("{}--{}", self.kind.folder(), self.name.replace('/', "--"))
    }
}

/// Whether a folder of this name is a repository in a cache.
pub(super) fn is_folder(name: &str) -> bool {
    let begins = |kind: Kind| {
        name.strip_prefix(kind.folder())
            .is_some_and(|rest| rest.starts_with("--"))
    };
    begins(Kind::Model) || begins(Kind::Dataset)
}

/// Whether an organisation or a repository can have this name.
fn is_part(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.len() <= LONGEST
        && name.chars().all(plain)
        && name.starts_with(ends)
        && name.ends_with(ends)
        && !name.contains("--")
        && !name.contains("..")
}

/// Whether `path` leads to something in a folder, and not out of it.
fn stays_inside(path: &str) -> bool {
    let parts = Path::new(path).components();
    !path.is_empty() && parts.into_iter().all(|part| matches!(part, Component::Normal(_)))
}

fn stays_inside_or_empty(path: &str) -> bool {
    path.is_empty() || stays_inside(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(kind: Kind, revision: Option<&str>, within: &str) -> Reference {
        Reference {
            kind,
            name: "org/name-1.5B".to_owned(),
            revision: revision.map(str::to_owned),
            within: within.to_owned(),
        }
    }

    #[test]
    fn references_are_taken_apart() {
        for (text, expected) in [
            ("hf://org/name-1.5B", reference(Kind::Model, None, "")),
            ("hf://org/name-1.5B@v1.0", reference(Kind::Model, Some("v1.0"), "")),
            ("hf://org/name-1.5B/sub", reference(Kind::Model, None, "sub")),
            (
                "hf://datasets/org/name-1.5B@refs%2Fconvert%2Fparquet/main/test-*.parquet",
                reference(Kind::Dataset, Some("refs/convert/parquet"), "main/test-*.parquet"),
            ),
        ] {
            assert_eq!(Reference::parse(text), Ok(expected), "{text}");
        }
        for text in [
            "hf://",
            "hf://one",
            "hf://a/b@",
            "hf://a/b@../c",
            "hf://a/b/../c",
            "hf://a b/c",
            "hf://datasets/a",
        ] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_are_told_from_paths() {
        assert_eq!(Reference::id("org/name-1.5B"), Some(reference(Kind::Model, None, "")));
        let dated = Reference::id("org/name-1.5B@refs/pr/1").unwrap();
        assert_eq!(dated, reference(Kind::Model, Some("refs/pr/1"), ""));
        assert_eq!(Reference::id("gpt2").unwrap().folder(), "models--gpt2");
        for path in [
            "", "a/b/c", "./a", "../a", "/a/b", "a/", "a//b", "a--b/c", "a/b@/c", "für/b",
        ] {
            assert_eq!(Reference::id(path), None, "{path}");
        }
    }

    #[test]
    fn folders_of_caches_have_their_names() {
        let folder = Reference::parse("hf://datasets/openai/gsm8k").unwrap().folder();
        assert_eq!(folder, "datasets--openai--gsm8k");
        assert!(is_folder(&folder) && is_folder("models--gpt2"));
        assert!(!is_folder("models") && !is_folder("models-of-mine"));
    }
}
