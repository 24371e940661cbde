//! The report of one or several runs as a page: HTML or Markdown.
//!
//! `run` reads the rows that other commands print, `setting` groups runs by their seeds, `section` turns rows into
//! blocks, `chart` draws, and a template per format writes. `card` takes some of the sections for the model card of an
//! exported policy. A page has no clock in it: the same run gives the same bytes.

mod block;
mod card;
mod chart;
mod html;
mod markdown;
mod run;
mod section;
mod setting;
mod templating;

pub use block::Page;
pub use card::{About, card};
pub use html::html;
pub use markdown::markdown;

use std::path::Path;

use anyhow::Result;

use crate::lookup::Archive;
use run::Run;
use setting::group;

/// The page of these runs of the store under `root`, or of the most recent one if there is no name.
///
/// # Errors
/// There is no such run, or a table cannot be read.
pub fn of(root: &Path, names: &[String]) -> Result<Page> {
    let archive = Archive::open(root)?;
    let runs = if names.is_empty() {
        vec![Run::read(&archive, None)?]
    } else {
        names
            .iter()
            .map(|name| Run::read(&archive, Some(name)))
            .collect::<Result<_>>()?
    };
    let settings = group(runs);
    Ok(Page {
        title: section::title(&settings),
        facts: section::facts(&settings)?,
        legend: section::legend(&settings),
        single: settings.iter().map(|setting| setting.runs.len()).sum::<usize>() == 1,
        sections: section::all(&settings, root)?,
        version: env!("CARGO_PKG_VERSION"),
    })
}
