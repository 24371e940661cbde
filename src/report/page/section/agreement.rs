//! Histograms of r_mean by iteration, with the part that is trained on.

use serde_json::Value;
use serl_stages::{Stage, Train};

use super::series::told;
use crate::report::page::block::{Block, Figure, Section, TextLine};
use crate::report::page::chart::{COLOURS, Histogram, Unit, sparkline};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;
use crate::report::r_mean::BINS;

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let section = Section::new("r-mean", "Agreement of the responses");
    let all: Vec<Vec<Binned>> = settings.iter().map(of_setting).collect();
    let most = all
        .iter()
        .flatten()
        .flat_map(|(_, bins)| bins)
        .copied()
        .fold(1.0, f64::max);
    if all.iter().all(Vec::is_empty) {
        return section.noting("Missing: nothing was voted on yet.");
    }
    let mut section = section.noting(
        "Instructions by r_mean, the share of their responses that are rewarded. Those within the shaded band are \
         trained on (`train.bounds`).",
    );
    for (setting, binned) in settings.iter().zip(all).filter(|(_, binned)| !binned.is_empty()) {
        let figure = |(iteration, bins)| figure(setting, iteration, bins, most);
        section = section.with(Block::Figures {
            figures: binned.into_iter().map(figure).collect(),
        });
    }
    section
}

/// An iteration, and how many instructions each bin has.
type Binned = (u32, Vec<f64>);

/// The mean histogram of the runs of a setting in each iteration, all rounds together.
fn of_setting(setting: &Setting) -> Vec<Binned> {
    let of = |iteration: u32| {
        let rows = |run: &Run| {
            let rows = run.r_mean.iter().filter(|row| row.iteration == iteration);
            rows.map(|row| row.histogram).collect::<Vec<_>>()
        };
        let bin = |bin: usize| {
            let count = |run: &Run| {
                let rows = rows(run);
                (!rows.is_empty()).then(|| rows.iter().map(|bins| bins[bin] as f64).sum())
            };
            setting.pooled(count).map(|of| of.mean)
        };
        let bins: Option<Vec<f64>> = (0..BINS).map(bin).collect();
        Some((iteration, bins?))
    };
    setting.iterations().into_iter().filter_map(of).collect()
}

fn figure(setting: &Setting, iteration: u32, bins: Vec<f64>, most: f64) -> Figure {
    let selected = setting.pooled(|run| {
        let row = run.iterations.iter().find(|row| row.iteration == iteration)?;
        row.selected_share
    });
    let median = setting.pooled(|run| {
        let row = run.iterations.iter().find(|row| row.iteration == iteration)?;
        row.r_mean.map(|quartiles| quartiles.median)
    });
    let mut facts = Vec::new();
    facts.extend(selected.map(|of| format!("{} trained on", told(Unit::Share, of.mean))));
    facts.extend(median.map(|of| format!("median {:.2}", of.mean)));
    let title = format!("{} iteration {iteration}", setting.letter).trim().to_owned();
    let line = TextLine {
        name: title.clone(),
        spark: sparkline(&bins),
        values: facts.join(", "),
    };
    let histogram = Histogram {
        name: format!("{title}: {}", facts.join(", ")),
        bins,
        most,
        band: setting.first().and_then(|run| bounds(run, iteration)),
        colour: setting.colour % COLOURS,
    };
    Figure {
        title,
        caption: facts.into_iter().next().unwrap_or_default(),
        svg: histogram.svg(),
        lines: vec![line],
        width: Some(histogram.width() as u32),
    }
}

/// The r_mean between which an instruction is trained on, as the node that trains has it; before that, as configured.
fn bounds(run: &Run, iteration: u32) -> Option<(f64, f64)> {
    let mut nodes = run
        .stored
        .nodes_of(Train::NAME)
        .filter(|node| node.place.iteration == iteration);
    let trained = nodes
        .next()
        .and_then(|node| node.manifest().material.config.pointer("/train/bounds"));
    let bounds = trained.or_else(|| run.setting("/train/bounds"))?.as_array()?;
    // A single precision 0.2 counts as what it says.
    let end = |at: usize| {
        bounds
            .get(at)
            .and_then(Value::as_f64)
            .map(|end| f64::from(end as f32))
            .map(rounded)
    };
    Some((end(0)?, end(1)?))
}

fn rounded(end: f64) -> f64 {
    (end * 1e6).round() / 1e6
}
