//! All differences between two sides.

use serde::Serialize;

use super::effects::Effect;
use super::settings::Setting;
use super::table::TableDifference;
use super::tree::TreeDifference;

/// All differences.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// The one side, as named by the user.
    pub a: String,
    /// The other.
    pub b: String,
    /// Whether there is none.
    pub equal: bool,
    /// Nodes and outputs that only the one has.
    pub only_a: Vec<String>,
    /// Nodes and outputs that only the other has.
    pub only_b: Vec<String>,
    /// Configuration, seeds, code versions and inputs.
    pub settings: Vec<Setting>,
    /// What they did, by iteration; of two runs alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Tables with different content.
    pub tables: Vec<TableDifference>,
    /// Folders with different content.
    pub trees: Vec<TreeDifference>,
    /// Other files with different content.
    pub files: Vec<String>,
}

impl Difference {
    /// None yet, between sides of these names.
    pub(super) fn between(names: [&String; 2]) -> Self {
        Self {
            a: names[0].clone(),
            b: names[1].clone(),
            equal: false,
            only_a: Vec::new(),
            only_b: Vec::new(),
            settings: Vec::new(),
            effects: Vec::new(),
            tables: Vec::new(),
            trees: Vec::new(),
            files: Vec::new(),
        }
    }

    /// With all differences found: settings before their consequences, and whether there is any.
    pub(super) fn complete(mut self) -> Self {
        self.settings.sort_by_key(|setting| (setting.follows, setting.is_input));
        self.equal = self.only_a.is_empty()
            && self.only_b.is_empty()
            && self.settings.is_empty()
            && self.tables.is_empty()
            && self.trees.is_empty()
            && self.files.is_empty();
        self
    }
}
