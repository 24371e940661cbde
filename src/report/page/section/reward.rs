//! What the policy is rewarded for against what it can do.

use super::accuracy::row;
use super::series::{figure, line, text_line, told};
use crate::report::page::block::{Block, Figure, Section};
use crate::report::page::chart::{Axis, Line, LineChart, Point, Unit};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;

/// Pixels of a chart.
const SIZE: (f64, f64) = (440.0, 280.0);

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let section = Section::new("reward", "Reward against accuracy");
    let figures: Vec<Figure> = match settings {
        [one] => by_iteration(one).into_iter().chain(course(settings)).collect(),
        _ => course(settings).into_iter().collect(),
    };
    if figures.is_empty() {
        return section.noting("Missing: it takes an iteration that was both voted on and measured.");
    }
    let section = section.noting(
        "The reward of an iteration is the mean r_mean of its instructions, accuracy that of the policy at its end. \
         Reward that rises while accuracy falls is agreement on wrong answers.",
    );
    section.with(Block::Figures { figures })
}

/// Mean r_mean of an iteration.
fn reward(run: &Run, iteration: u32) -> Option<f64> {
    run.funnel.iter().find(|row| row.iteration == iteration)?.agreement
}

fn accuracy(run: &Run, iteration: u32) -> Option<f64> {
    Some(row(run, None, iteration, false)?.pass_at_1)
}

fn majority(run: &Run, iteration: u32) -> Option<f64> {
    Some(row(run, None, iteration, true)?.maj_at_k)
}

fn by_iteration(setting: &Setting) -> Option<Figure> {
    let of = |name: &str, colour: usize, figure: fn(&Run, u32) -> Option<f64>| {
        line(setting, name, colour, Unit::Share, |run, iteration| {
            Some((figure(run, iteration)?, None))
        })
    };
    let k = setting
        .runs
        .iter()
        .flat_map(|run| &run.eval)
        .map(|row| row.k)
        .find(|&k| k > 0);
    let maj = k.map_or_else(|| "Maj@k".to_owned(), |k| format!("Maj@{k}"));
    let lines = [
        of("reward", 4, reward),
        of("Pass@1", 0, accuracy),
        of(&maj, 2, majority),
    ];
    let lines: Vec<Line> = lines.into_iter().flatten().collect();
    figure(
        "Reward and accuracy by iteration",
        String::new(),
        lines,
        Axis::share("share"),
        SIZE,
    )
}

/// Accuracy by reward, joined in the order of iterations.
fn course(settings: &[Setting]) -> Option<Figure> {
    let of = |setting: &Setting| {
        let point = |iteration: u32| {
            let reward = setting.pooled(|run| reward(run, iteration))?.mean;
            let accuracy = setting.pooled(|run| accuracy(run, iteration))?.mean;
            Some(Point {
                x: reward,
                y: accuracy,
                ends: None,
                note: format!(
                    "{} iteration {iteration}: reward {}, Pass@1 {}",
                    setting.letter,
                    told(Unit::Share, reward),
                    told(Unit::Share, accuracy)
                ),
                tag: iteration.to_string(),
            })
        };
        let iterations: Vec<u32> = setting.iterations().into_iter().collect();
        let points: Vec<Point> = iterations.iter().filter_map(|&iteration| point(iteration)).collect();
        let last = points.last().map(|point| point.tag.clone()).unwrap_or_default();
        let label = format!("{} iteration {last}", setting.letter);
        (!points.is_empty()).then(|| Line {
            label: label.trim().to_owned(),
            colour: setting.colour,
            points,
        })
    };
    let lines: Vec<Line> = settings.iter().filter_map(of).collect();
    if lines.is_empty() {
        return None;
    }
    let text = lines.iter().map(|line| text_line(line, Unit::Share)).collect();
    let title = "Pass@1 by reward, iteration after iteration".to_owned();
    let chart = LineChart {
        name: title.clone(),
        size: SIZE,
        x: Axis::share("mean r_mean"),
        y: Axis::share("Pass@1"),
        lines,
        dividers: Vec::new(),
    };
    Some(Figure {
        title,
        caption: String::new(),
        svg: chart.svg(),
        lines: text,
        width: Some(SIZE.0 as u32),
    })
}
