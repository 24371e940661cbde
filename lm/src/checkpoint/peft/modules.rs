//! PEFT's rules about which modules a description means. Patterns are Python's regular expressions.

use fancy_regex::Regex;

/// Modules that a key names.
pub(super) enum Modules {
    /// A regular expression for the whole path.
    Pattern(Regex),
    /// Paths, or ends of paths: `q_proj`, `self_attn.q_proj`, `model.layers.0.self_attn.q_proj`.
    Names(Vec<String>),
    /// All matrices of the blocks: `all-linear`.
    AllLinear,
}

/// Whether a pattern matches; the error is a match that takes too long.
pub(super) type Matched = Result<bool, Box<fancy_regex::Error>>;

impl Modules {
    /// The modules that a regular expression for whole paths means.
    pub fn pattern(pattern: &str) -> Result<Self, Box<fancy_regex::Error>> {
        if pattern.eq_ignore_ascii_case("all-linear") {
            return Ok(Self::AllLinear);
        }
        Ok(Self::Pattern(regex(&format!(r"^(?:{pattern})\z"))?))
    }

    /// Whether the module at `path` is one of them; `linear` says that it is a matrix of a block.
    pub fn matches(&self, path: &str, linear: bool) -> Matched {
        match self {
            Self::Pattern(regex) => is_match(regex, path),
            Self::Names(names) => Ok(names.iter().any(|name| ends_with(path, name))),
            Self::AllLinear => Ok(linear),
        }
    }
}

/// Whether `path` is `name` or ends with it after a dot.
fn ends_with(path: &str, name: &str) -> bool {
    let before = path.strip_suffix(name);
    before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The layers that are adapted.
pub(super) struct Layers {
    indices: Vec<u64>,
    /// Each finds the index of a layer in a path.
    patterns: Vec<Regex>,
}

impl Layers {
    /// Of layers in the list of modules that one of `lists` names; without any, in the first list on the path.
    pub fn new(indices: Vec<u64>, lists: &[String]) -> Result<Self, Box<fancy_regex::Error>> {
        let patterns = match lists {
            [] => vec![regex(r"^.*?\.[^.]*\.(?P<index>\d+)\.")?],
            lists => lists
                .iter()
                .map(|list| regex(&format!(r"^(?:^|.*?\.){list}\.(?P<index>\d+)\.")))
                .collect::<Result<_, _>>()?,
        };
        Ok(Self { indices, patterns })
    }

    /// Whether the module at `path` is in one of them.
    pub fn contain(&self, path: &str) -> Matched {
        for pattern in &self.patterns {
            if let Some(found) = pattern.captures(path).map_err(Box::new)? {
                let index = found.name("index").and_then(|index| index.as_str().parse().ok());
                return Ok(index.is_some_and(|index| self.indices.contains(&index)));
            }
        }
        Ok(false)
    }
}

/// Values for some modules: the first pattern that matches the end of a path from a dot on decides.
pub(super) struct Patterns<T>(Vec<(Regex, T)>);

impl<T: Copy> Patterns<T> {
    /// From patterns in the order of the file.
    pub fn new(patterns: impl Iterator<Item = (String, T)>) -> Result<Self, Box<fancy_regex::Error>> {
        let compiled = patterns.map(|(pattern, value)| Ok((regex(&format!(r"^(?:.*\.)?(?:{pattern})\z"))?, value)));
        compiled.collect::<Result<_, _>>().map(Self)
    }

    /// The value for the module at `path`, if any pattern matches it.
    pub fn of(&self, path: &str) -> Result<Option<T>, Box<fancy_regex::Error>> {
        for (regex, value) in &self.0 {
            if is_match(regex, path)? {
                return Ok(Some(*value));
            }
        }
        Ok(None)
    }
}

/// Whether `path` is the module `name` or lies in it.
pub(super) fn lies_in(path: &str, name: &str) -> bool {
    let mut ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
    ends.any(|end| path[..end].ends_with(name))
}

fn regex(pattern: &str) -> Result<Regex, Box<fancy_regex::Error>> {
    Regex::new(pattern).map_err(Box::new)
}

fn is_match(regex: &Regex, path: &str) -> Matched {
    regex.is_match(path).map_err(Box::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "model.layers.12.self_attn.q_proj";

    #[test]
    fn names_are_ends_of_paths_from_a_dot_on() {
        let names = |names: &[&str]| Modules::Names(names.iter().map(|name| (*name).to_owned()).collect());
        for name in ["q_proj", "self_attn.q_proj", PATH] {
            assert!(names(&[name]).matches(PATH, true).unwrap(), "{name}");
        }
        for name in [
            "proj",
            "attn.q_proj",
            "layers.12",
            "x.model.layers.12.self_attn.q_proj",
            ".q_proj",
        ] {
            assert!(!names(&["v_proj", name]).matches(PATH, true).unwrap(), "{name}");
        }
    }

    #[test]
    fn a_regular_expression_covers_the_whole_path() {
        let pattern = |pattern: &str| Modules::pattern(pattern).unwrap().matches(PATH, true).unwrap();
        assert!(pattern(r".*\.(q_proj|v_proj)") && pattern(r"model\.layers\.\d{1,}\.self_attn\.[qk]_proj$"));
        assert!(pattern(r"^(?!.*vision).*(?:q_proj|v_proj)$") && pattern("ALL-linear"));
        assert!(!pattern("q_proj") && !pattern(r".*\.q_") && !pattern(r"layers.*q_proj"));
        assert!(!pattern("x|y.*"), "the ends hold for every alternative");
        assert!(Modules::pattern("((").is_err());
    }

    #[test]
    fn layers_are_those_of_the_named_list_or_of_the_first() {
        let layers = |lists: &[&str], path: &str| {
            let lists: Vec<String> = lists.iter().map(|list| (*list).to_owned()).collect();
            Layers::new(vec![3, 12], &lists).unwrap().contain(path).unwrap()
        };
        assert!(layers(&[], PATH) && layers(&["layers"], PATH) && layers(&["h", "layers"], PATH));
        assert!(!layers(&["h"], PATH) && !layers(&[], "model.layers.2.mlp.experts.3.up_proj"));
        assert!(layers(&["experts"], "model.layers.2.mlp.experts.3.up_proj") && !layers(&[], "lm_head"));
    }

    #[test]
    fn the_first_pattern_that_matches_gives_the_value() {
        let patterns = [("^k_proj", 1), (r"layers\.1[0-9]\..*q_proj", 2), ("q_proj", 3)];
        let patterns = Patterns::new(patterns.into_iter().map(|(key, value)| (key.to_owned(), value))).unwrap();
        assert_eq!(patterns.of(PATH).unwrap(), Some(2));
        assert_eq!(patterns.of("model.layers.2.self_attn.q_proj").unwrap(), Some(3));
        assert_eq!(patterns.of("model.layers.2.self_attn.xq_proj").unwrap(), None);
    }

    #[test]
    fn what_lies_in_a_module_is_saved_with_it() {
        assert!(lies_in("lm_head", "lm_head") && lies_in(PATH, "self_attn") && lies_in("model.norm", "norm"));
        assert!(
            lies_in("model.layers.0.input_layernorm", "layernorm"),
            "as PEFT, from any letter on"
        );
        assert!(!lies_in(PATH, "mlp") && !lies_in("model.embed_tokens", "embed"));
    }
}
