//! The nodes of one iteration: which are complete, and how long they took.

use std::collections::{BTreeMap, BTreeSet};

use serl_pipeline::NodeSpec;
use serl_stages::{Drift, Evaluate, Filter, Generate, Respond, Solve, Stage, Train, Vote};

use crate::progress::duration;
use crate::report::outline;
use crate::report::page::block::{Block, Figure, Section, TextLine};
use crate::report::page::chart::{GraphChart, Link, Node};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;
use crate::report::show::bytes;
use crate::report::stored::StoredNode;

/// Rounds that are shown; of more, those in the middle are left out.
const ROUNDS: u32 = 8;

/// The section.
pub fn section(settings: &[Setting]) -> Section {
    let mut section = Section::new("nodes", "Nodes of an iteration");
    for run in settings.iter().filter_map(Setting::first) {
        let Some(outline) = outline::of(&run.record.config) else {
            section = section.noting(format!(
                "Missing: this version of serl cannot read the configuration of run {}.",
                run.name()
            ));
            continue;
        };
        let Some(iteration) = iteration(run, &outline) else {
            section = section.noting(format!("Missing: run {} has only its first measurement.", run.name()));
            continue;
        };
        section = section.with(Block::Figures {
            figures: vec![figure(run, &outline, iteration)],
        });
    }
    section
}

/// The first iteration that is not complete, or else the last one.
fn iteration(run: &Run, outline: &[NodeSpec]) -> Option<u32> {
    let missing = outline
        .iter()
        .find(|node| node.iteration > 0 && found(run, node).is_none());
    missing
        .or(outline.last())
        .map(|node| node.iteration)
        .filter(|&iteration| iteration > 0)
}

/// The complete node at the place of `node`.
fn found<'r>(run: &'r Run, node: &NodeSpec) -> Option<&'r StoredNode> {
    let mut nodes = run.stored.nodes().iter();
    nodes.find(|stored| stored.place.to_string() == node.id.as_str())
}

fn figure(run: &Run, outline: &[NodeSpec], iteration: u32) -> Figure {
    let of: Vec<&NodeSpec> = outline.iter().filter(|node| node.iteration == iteration).collect();
    let rounds = of.iter().filter_map(|node| node.round).max().map_or(0, |last| last + 1);
    let has = |stage: &str| of.iter().any(|node| node.stage == stage);
    let first_round = usize::from(has(Generate::NAME)) * 2;
    let shown: Vec<usize> = (0..of.len()).filter(|&at| is_shown(of[at], rounds)).collect();
    let mut nodes: Vec<Node> = shown
        .iter()
        .map(|&at| drawn(run, of[at], first_round, rounds))
        .collect();
    let place = |at: usize| shown.iter().position(|&known| known == at);
    let among_shown = |link: Link| {
        Some(Link {
            from: place(link.from)?,
            to: place(link.to)?,
        })
    };
    // What is not drawn implies links, too.
    let links = essential(&links(&of), of.len());
    let links = links.into_iter().filter_map(among_shown).collect();
    if rounds > ROUNDS {
        nodes.push(Node {
            name: format!("… {} rounds …", rounds + 1 - ROUNDS),
            note: String::new(),
            state: "omitted",
            at: (first_round + ROUNDS as usize - 2, 1),
            title: String::new(),
        });
    }
    let chart = GraphChart {
        name: format!("nodes of iteration {iteration}"),
        nodes,
        links,
    };
    Figure {
        title: format!("{}, iteration {iteration}", run.name()),
        caption: caption(run, &of),
        svg: chart.svg(),
        lines: by_stage(run, &of),
        width: None,
    }
}

/// What the nodes take from each other.
fn links(nodes: &[&NodeSpec]) -> BTreeSet<Link> {
    let places: BTreeMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| (node.id.as_str(), at))
        .collect();
    let mut links = BTreeSet::new();
    for (to, node) in nodes.iter().enumerate() {
        for &from in node.upstream().filter_map(|id| places.get(id.as_str())) {
            links.insert(Link { from, to });
        }
    }
    links
}

/// Of many rounds, the first and the last ones.
fn is_shown(node: &NodeSpec, rounds: u32) -> bool {
    let last = ROUNDS - 2;
    node.round
        .is_none_or(|round| rounds <= ROUNDS || round < last || round + 1 == rounds)
}

fn drawn(run: &Run, node: &NodeSpec, first_round: usize, rounds: u32) -> Node {
    let stored = found(run, node);
    let dropped = stored.is_some_and(|node| node.manifest().outputs.values().any(|output| output.dropped));
    let (state, note) = match stored {
        Some(stored) => (if dropped { "dropped" } else { "complete" }, duration(stored.seconds)),
        None => ("missing", "missing".to_owned()),
    };
    let title = stored.map_or_else(
        || format!("{}: not complete", node.id),
        |stored| {
            let outputs = stored.manifest().outputs.iter().map(|(name, output)| {
                let rows = output.rows.map(|rows| format!("{rows} rows, ")).unwrap_or_default();
                let gone = if output.dropped { ", dropped" } else { "" };
                format!("{name}: {rows}{}{gone}", bytes(output.bytes))
            });
            format!("{} ({state})\n{}", node.id, outputs.collect::<Vec<_>>().join("\n"))
        },
    );
    let name = node
        .id
        .as_str()
        .split_once('/')
        .map_or(node.id.as_str(), |(_, name)| name);
    Node {
        name: name.to_owned(),
        note,
        state,
        at: at(node, first_round, rounds),
        title,
    }
}

/// The place of a node in the grid: a column per round.
fn at(node: &NodeSpec, first_round: usize, rounds: u32) -> (usize, usize) {
    let column = |round: u32| match round {
        last if rounds > ROUNDS && last + 1 == rounds => ROUNDS as usize - 1,
        round => round as usize,
    };
    let round = first_round + node.round.map_or(0, column);
    let after = first_round + rounds.min(ROUNDS) as usize;
    match node.stage.as_str() {
        Generate::NAME => (0, 0),
        Filter::NAME => (1, 0),
        Drift::NAME => (1, 1),
        Respond::NAME => (round, 0),
        Vote::NAME => (round, 1),
        Train::NAME => (round, 2),
        Solve::NAME => (after, 2),
        Evaluate::NAME => (after + 1, 2),
        _ => (after + 1, 0),
    }
}

/// The links without those that others imply: what a node takes from a node before the one that it waits for.
fn essential(links: &BTreeSet<Link>, nodes: usize) -> Vec<Link> {
    let mut reached: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); nodes];
    // Nodes stand after those that they take from.
    for to in 0..nodes {
        let direct = links.iter().filter(|link| link.to == to).map(|link| link.from);
        let all: BTreeSet<usize> = direct
            .flat_map(|from| reached[from].iter().copied().chain([from]))
            .collect();
        reached[to] = all;
    }
    let implied = |link: &&Link| {
        links
            .iter()
            .any(|other| other.to == link.to && other.from != link.from && reached[other.from].contains(&link.from))
    };
    links.iter().filter(|link| !implied(link)).copied().collect()
}

fn caption(run: &Run, nodes: &[&NodeSpec]) -> String {
    let complete = nodes.iter().filter(|node| found(run, node).is_some()).count();
    let dropped = nodes
        .iter()
        .filter_map(|node| found(run, node))
        .filter(|node| node.manifest().outputs.values().any(|output| output.dropped));
    let dropped = match dropped.count() {
        0 => String::new(),
        n => format!(" {n} (dotted) have dropped an output that nothing reads any more."),
    };
    let missing = if complete < nodes.len() {
        " Missing ones are dashed."
    } else {
        ""
    };
    format!(
        "{complete} of {} nodes are complete.{missing}{dropped} Links that others imply are left out.",
        nodes.len()
    )
}

/// The stages as text: how many nodes are complete, and their seconds.
fn by_stage(run: &Run, nodes: &[&NodeSpec]) -> Vec<TextLine> {
    let mut stages: Vec<&str> = nodes.iter().map(|node| node.stage.as_str()).collect();
    stages.dedup();
    let mut seen = BTreeSet::new();
    stages.retain(|stage| seen.insert(*stage));
    let line = |stage: &str| {
        let of: Vec<Option<&StoredNode>> = nodes
            .iter()
            .filter(|node| node.stage == stage)
            .map(|node| found(run, node))
            .collect();
        let complete: String = of.iter().map(|node| if node.is_some() { '■' } else { '□' }).collect();
        let seconds = of.iter().flatten().map(|node| node.seconds).sum();
        TextLine {
            name: stage.to_owned(),
            spark: complete,
            values: duration(seconds),
        }
    };
    stages.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implied_links_are_left_out() {
        let link = |from, to| Link { from, to };
        let links = BTreeSet::from([link(0, 1), link(1, 2), link(0, 2), link(0, 3)]);
        assert_eq!(essential(&links, 4), [link(0, 1), link(0, 3), link(1, 2)]);
    }
}
