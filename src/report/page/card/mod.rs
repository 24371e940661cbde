//! The model card of an exported policy: what it is, how to use it, how good it is, and how it was made.

mod front_matter;
mod results;
mod usage;

use std::path::Path;

use anyhow::Result;
use serl_artifacts::Tree;
use serl_stages::config::DEFAULT_STORE;
use serl_stages::{Stage, Train};

use super::block::{Block, Cell, Page, Section, Table};
use super::markdown::markdown;
use super::run::Run;
use super::section;
use super::setting::group;
use crate::lookup::Archive;
use crate::place::Place;

/// What the card says that the tables of the run do not.
#[derive(Debug)]
pub struct About<'a> {
    /// The node that trained the policy.
    pub place: &'a Place,
    /// The files that it was exported from.
    pub tree: &'a Tree,
    /// The precision of its weights, as PyTorch calls it.
    pub dtype: &'a str,
    /// Number of weights.
    pub parameters: usize,
    /// The model that the run began with, as the Hugging Face Hub calls it.
    pub base: Option<&'a str>,
    /// The licence, as the Hub calls it.
    pub licence: Option<&'a str>,
}

/// The card of a policy of run `name`: front matter as the Hugging Face Hub reads it, then Markdown.
///
/// # Errors
/// There is no such run, or a table cannot be read.
pub fn card(archive: &Archive, name: &str, about: &About) -> Result<String> {
    let run = Run::read(archive, Some(name))?;
    let base = about
        .base
        .map_or_else(|| front_matter::hub_id(&run), |base| Some(base.to_owned()));
    // Only the policy that an iteration ends with is measured.
    let is_measured = ends_its_iteration(&run, about.place);
    let results = match is_measured {
        true => results::of(&run, about.place.iteration),
        false => Vec::new(),
    };
    let front = front_matter::written(&run, base.as_deref(), about.licence, &results);
    let last = run.stored.iterations().last().copied();
    let introduction = introduction(&run, base.as_deref(), about);
    let title = format!("{name}, iteration {}", about.place.iteration);
    let usage = usage::section(&run);
    let files = files(about);

    let settings = group(vec![run]);
    let mut sections = vec![introduction, usage, results::section(&results)];
    if is_measured && last == Some(about.place.iteration) {
        sections.push(section::findings(&settings));
    }
    // The folder of the store means nothing where the card is read.
    sections.push(section::settings(&settings, Path::new(DEFAULT_STORE))?);
    sections.push(files);
    let page = Page {
        title,
        facts: section::facts(&settings)?,
        legend: Vec::new(),
        single: true,
        sections,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(front + "\n" + &markdown(&page)?)
}

/// Whether no later round of the iteration has trained.
fn ends_its_iteration(run: &Run, place: &Place) -> bool {
    let trained = run.stored.nodes_of(Train::NAME).map(|node| &node.place);
    trained.filter(|other| other.iteration == place.iteration).last() == Some(place)
}

fn introduction(run: &Run, base: Option<&str>, about: &About) -> Section {
    let began = match base {
        Some(base) => format!("{base} was"),
        None => "A language model was".to_owned(),
    };
    let kind = run.setting("/reward/kind").and_then(serde_json::Value::as_str);
    let labels = match kind {
        Some("majority" | "consensus") => {
            " No answer of anybody's was used for training: a response is rewarded for agreeing with the majority of \
             the policy's own."
        }
        _ => "",
    };
    Section::new("model", "Model").noting(format!(
        "{began} trained by self-play reinforcement learning on instructions that it wrote itself (SeRL, arXiv \
         2505.20347). These are the weights after {} of run {}.{labels}",
        about.place,
        run.name()
    ))
}

/// What it was exported from, so that anyone can tell that it is this.
fn files(about: &About) -> Section {
    let mut table = Table::new(["file", "#bytes", "BLAKE3"]);
    for (name, file) in &about.tree.files {
        table.push(vec![
            Cell::toned(name, "code"),
            Cell::text(file.bytes.to_string()),
            Cell::toned(file.digest.to_string(), "code"),
        ]);
    }
    Section::new("digests", "Digests")
        .noting(format!(
            "The weights here, {} in {}, are those of these files in the store of the run.",
            about.parameters, about.dtype
        ))
        .with(Block::Fold {
            summary: format!("Files of the policy of {}", about.place),
            blocks: vec![table.block()],
        })
}
