//! Curves by optimizer step.

use std::collections::BTreeMap;

use super::series::{text_line, told};
use crate::report::compare::pooled;
use crate::report::counts::mean;
use crate::report::page::block::{Block, Figure, Section};
use crate::report::page::chart::{Axis, Divider, Line, LineChart, Point, Unit};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;
use crate::report::steps::StepRow;

/// A figure of a step.
struct Curve {
    title: &'static str,
    axis: &'static str,
    unit: Unit,
    of: fn(&StepRow) -> Option<f64>,
}

const CURVES: [Curve; 7] = [
    Curve {
        title: "Reward",
        axis: "mean reward of the step's responses",
        unit: Unit::Number,
        of: |step| Some(step.log.reward_mean),
    },
    Curve {
        title: "KL from the reference policy",
        axis: "nats per token (k1)",
        unit: Unit::Number,
        of: |step| step.log.kl,
    },
    Curve {
        title: "Entropy of the policy",
        axis: "nats per token",
        unit: Unit::Number,
        of: |step| step.log.entropy,
    },
    Curve {
        title: "Clipped tokens",
        axis: "share of response tokens",
        unit: Unit::Share,
        of: |step| step.figures.get("clip_fraction").copied(),
    },
    Curve {
        title: "Gradient norm",
        axis: "before clipping",
        unit: Unit::Number,
        of: |step| Some(step.log.grad_norm),
    },
    Curve {
        title: "Loss",
        axis: "loss of the algorithm",
        unit: Unit::Number,
        of: |step| Some(step.log.loss),
    },
    Curve {
        title: "Mismatch of sampler and trainer",
        axis: "nats per token (k3)",
        unit: Unit::Number,
        of: |step| step.log.mismatch_kl,
    },
];

/// Pixels of a chart.
const SIZE: (f64, f64) = (340.0, 210.0);
/// Charts of more points than this show means of neighbours.
const MOST: usize = 300;

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let section = Section::new("training", "Training");
    let figures: Vec<Figure> = CURVES.iter().filter_map(|curve| figure(settings, curve)).collect();
    if figures.is_empty() {
        return section.noting("Missing: nothing was trained yet.");
    }
    let missing: Vec<&str> = CURVES
        .iter()
        .map(|curve| curve.title)
        .filter(|title| figures.iter().all(|figure| figure.title != *title))
        .collect();
    let section = section.with(Block::Figures { figures });
    if missing.is_empty() {
        section
    } else {
        section.noting(format!(
            "Missing, since the algorithm does not compute it: {}.",
            missing.join(", ")
        ))
    }
}

fn figure(settings: &[Setting], curve: &Curve) -> Option<Figure> {
    let single = matches!(settings, [one] if one.runs.len() == 1);
    let lines: Vec<Line> = settings
        .iter()
        .filter_map(|setting| {
            if single {
                by_step(setting, curve)
            } else {
                by_part(setting, curve)
            }
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let text = lines.iter().map(|line| text_line(line, curve.unit)).collect();
    let (x, dividers) = match settings {
        [one] if single => (
            Axis::count("optimizer step").tightly(),
            one.first().map(begins).unwrap_or_default(),
        ),
        _ => (Axis::count("iterations trained"), Vec::new()),
    };
    let chart = LineChart {
        name: curve.title.to_owned(),
        size: SIZE,
        x,
        y: match curve.unit {
            Unit::Share => Axis::share(curve.axis),
            Unit::Number => Axis::number(curve.axis),
        },
        lines,
        dividers,
    };
    Some(Figure {
        title: curve.title.to_owned(),
        caption: String::new(),
        svg: chart.svg(),
        lines: text,
        width: Some(SIZE.0 as u32),
    })
}

/// The steps with which iterations begin.
fn begins(run: &Run) -> Vec<Divider> {
    let mut dividers: Vec<Divider> = Vec::new();
    let mut before = None;
    for (at, step) in run.steps.iter().enumerate() {
        if before != Some(step.log.iteration) {
            dividers.push(Divider {
                x: (at + 1) as f64,
                label: step.log.iteration.to_string(),
            });
        }
        before = Some(step.log.iteration);
    }
    // With many iterations, the numbers would overlap.
    let (count, every) = (dividers.len(), dividers.len().div_ceil(12).max(1));
    for (at, divider) in dividers.iter_mut().enumerate() {
        if at % every > 0 {
            divider.label.clear();
        } else if at == 0 && count <= 4 {
            divider.label = format!("iteration {}", divider.label);
        }
    }
    dividers
}

/// Every step of a single run.
fn by_step(setting: &Setting, curve: &Curve) -> Option<Line> {
    let run = setting.first()?;
    let values: Vec<(f64, f64, &StepRow)> = run
        .steps
        .iter()
        .enumerate()
        .filter_map(|(at, step)| Some(((at + 1) as f64, (curve.of)(step)?, step)))
        .collect();
    let every = values.len().div_ceil(MOST).max(1);
    let point = |steps: &[(f64, f64, &StepRow)]| {
        let y = mean(steps.iter().map(|step| step.1))?;
        let (x, _, first) = steps.first()?;
        let of = if steps.len() > 1 {
            format!("mean of {} steps from ", steps.len())
        } else {
            String::new()
        };
        Some(Point {
            x: *x,
            y,
            ends: None,
            note: format!(
                "{of}iteration {}, round {}, step {}: {}",
                first.log.iteration,
                first.log.round,
                first.log.step,
                told(curve.unit, y)
            ),
            tag: String::new(),
        })
    };
    let points: Vec<Point> = values.chunks(every).filter_map(point).collect();
    let last = points.last()?.y;
    Some(Line {
        label: told(curve.unit, last),
        colour: setting.colour,
        points,
    })
}

/// The runs of a setting need not take equally many steps, so that rounds, or equal parts of one, are pooled.
fn by_part(setting: &Setting, curve: &Curve) -> Option<Line> {
    let parts: Vec<BTreeMap<(u32, u32, usize), f64>> = setting
        .runs
        .iter()
        .map(|run| in_parts(run, parts_of_round(setting), curve))
        .collect();
    let mut places: Vec<(u32, u32, usize)> = parts.iter().flat_map(|parts| parts.keys().copied()).collect();
    places.sort_unstable();
    places.dedup();
    let rounds = setting
        .runs
        .iter()
        .flat_map(|run| &run.steps)
        .map(|step| step.log.round + 1)
        .max()?;
    let count = parts_of_round(setting);
    let point = |place: (u32, u32, usize)| {
        let values: Vec<f64> = parts.iter().filter_map(|parts| parts.get(&place).copied()).collect();
        let of = pooled(&values)?;
        let (iteration, round, part) = place;
        let within = (f64::from(round) + (part as f64 + 1.0) / count as f64) / f64::from(rounds);
        let sd = of
            .sd
            .map(|sd| format!(" ± {} (sd of {} runs)", told(curve.unit, sd), values.len()));
        Some(Point {
            x: f64::from(iteration - 1) + within,
            y: of.mean,
            ends: of.sd.map(|sd| (of.mean - sd, of.mean + sd)),
            note: format!(
                "{} iteration {iteration}, round {round}: {}{}",
                setting.letter,
                told(curve.unit, of.mean),
                sd.unwrap_or_default()
            ),
            tag: String::new(),
        })
    };
    let points: Vec<Point> = places.into_iter().filter_map(point).collect();
    let last = points.last()?.y;
    Some(Line {
        label: format!("{} {}", setting.letter, told(curve.unit, last))
            .trim()
            .to_owned(),
        colour: setting.colour,
        points,
    })
}

/// Parts of a round that every round of every run has steps for: 8 in an iteration, if there are as many steps.
fn parts_of_round(setting: &Setting) -> usize {
    let mut steps: BTreeMap<(&str, u32, u32), usize> = BTreeMap::new();
    for run in &setting.runs {
        for step in &run.steps {
            *steps
                .entry((run.name(), step.log.iteration, step.log.round))
                .or_default() += 1;
        }
    }
    let rounds = steps.keys().map(|(_, _, round)| *round as usize + 1).max().unwrap_or(1);
    let fewest = steps.values().copied().min().unwrap_or(1);
    (8 / rounds).clamp(1, fewest.max(1))
}

/// The mean of a figure in each part of each round.
fn in_parts(run: &Run, count: usize, curve: &Curve) -> BTreeMap<(u32, u32, usize), f64> {
    let mut of_round: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for step in &run.steps {
        *of_round.entry((step.log.iteration, step.log.round)).or_default() += 1;
    }
    let mut values: BTreeMap<(u32, u32, usize), Vec<f64>> = BTreeMap::new();
    for step in &run.steps {
        let steps = of_round
            .get(&(step.log.iteration, step.log.round))
            .copied()
            .unwrap_or(1);
        let part = step.log.step as usize * count / steps;
        if let Some(value) = (curve.of)(step) {
            values
                .entry((step.log.iteration, step.log.round, part))
                .or_default()
                .push(value);
        }
    }
    let means = values
        .into_iter()
        .filter_map(|(place, values)| Some((place, mean(values.into_iter())?)));
    means.collect()
}
