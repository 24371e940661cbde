//! The sections of a report, one file each, in their order.

mod accuracy;
mod agreement;
mod configuration;
mod drifted;
mod flipped;
mod funnelled;
mod groups;
mod head;
mod judged;
mod node_graph;
mod overview;
mod parameters;
mod reward;
mod samples;
mod series;
mod timing;
mod training;

pub use accuracy::{METRICS, Metric, row};
pub use configuration::section as settings;
pub use head::{facts, legend, title};
pub use judged::section as findings;

use std::path::Path;

use anyhow::Result;

use super::block::Section;
use super::setting::Setting;

/// All sections of a report on `settings`, whose runs are in the store under `root`.
///
/// # Errors
/// A table that cannot be read.
pub fn all(settings: &[Setting], root: &Path) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = overview::section(settings)?.into_iter().collect();
    sections.extend([
        accuracy::section(settings),
        judged::section(settings),
        funnelled::section(settings),
        agreement::section(settings),
        training::section(settings),
        reward::section(settings),
        samples::section(settings)?,
        flipped::section(settings)?,
        drifted::section(settings),
    ]);
    sections.extend(groups::section(settings));
    sections.extend([
        node_graph::section(settings),
        timing::section(settings),
        configuration::section(settings, root)?,
    ]);
    Ok(sections)
}
