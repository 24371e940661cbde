//! `[filter]`: which generated instructions are unfit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which instructions a candidate is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Seeds and every instruction kept so far, in earlier iterations too.
    All,
    /// Seeds and the current iteration's only, as the reference implementation of SeRL does.
    Batch,
}

/// The online filter of SeRL (arXiv 2505.20347, section 3.1).
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FilterConfig {
    /// An instruction whose ROUGE-L F-measure with any earlier one is at least this is dropped.
    pub rouge_l_max: f32,
    /// Which instructions it is compared with.
    pub scope: Scope,
    /// Fewest words of an instruction.
    pub min_words: u32,
    /// Most words of an instruction.
    pub max_words: u32,
    /// Words and phrases (whole words, any case) that an answerable text-only instruction does not contain.
    pub keywords: Vec<String>,
    /// Beginnings (any case) that mark an unfit instruction.
    pub prefixes: Vec<String>,
    /// Drop instructions that begin with a punctuation mark or a character outside ASCII.
    pub plain_start: bool,
    /// Most instructions to keep per iteration; 0: all that pass.
    pub max_kept: u32,
}

impl Default for FilterConfig {
    fn default() -> Self {
        Self {
            rouge_l_max: 0.7,
            scope: Scope::All,
            min_words: 3,
            max_words: 150,
            keywords: [
                "image",
                "images",
                "graph",
                "graphs",
                "picture",
                "pictures",
                "file",
                "files",
                "map",
                "maps",
                "draw",
                "plot",
                "go to",
                "video",
                "audio",
                "music",
                "flowchart",
                "diagram",
            ]
            .map(String::from)
            .to_vec(),
            prefixes: vec!["write a program".into()],
            plain_start: true,
            max_kept: 0,
        }
    }
}
