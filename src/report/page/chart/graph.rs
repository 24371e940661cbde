//! Nodes and what they take from each other, in a grid.

use std::collections::BTreeMap;

use super::path::through;
use super::svg::{Anchor, Svg, place};

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Stands below its name.
    pub note: String,
    /// How it is drawn: `complete`, `missing`, `dropped` or `omitted`.
    pub state: &'static str,
    /// Column and row.
    pub at: (usize, usize),
    /// What a pointer shows that rests on it.
    pub title: String,
}

/// What one node takes from another, both by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Gives.
    pub from: usize,
    /// Takes.
    pub to: usize,
}

/// Nodes in a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphChart {
    /// Read out instead of the chart.
    pub name: String,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The links.
    pub links: Vec<Link>,
}

const BOX: (f64, f64) = (86.0, 36.0);
const GAP: (f64, f64) = (24.0, 26.0);

impl GraphChart {
    /// It, as SVG.
    pub fn svg(&self) -> String {
        let most = |pick: fn(&Node) -> usize| self.nodes.iter().map(pick).max().map_or(0, |most| most + 1) as f64;
        let (columns, rows) = (most(|node| node.at.0), most(|node| node.at.1));
        let size = (columns * (BOX.0 + GAP.0) + 4.0, rows * (BOX.1 + GAP.1) + 6.0);
        let mut svg = Svg::new(size.0, size.1, &self.name, "graph");
        let mut lanes: BTreeMap<usize, usize> = BTreeMap::new();
        for link in &self.links {
            if let (Some(from), Some(to)) = (self.nodes.get(link.from), self.nodes.get(link.to)) {
                // Links over several columns run above the boxes of their row.
                let lane = lanes.entry(from.at.1).or_insert(0);
                svg.path("link", &route(corner(from), corner(to), *lane));
                svg.path("arrow", &arrow(corner(from), corner(to)));
            }
        }
        for node in &self.nodes {
            let (x, y) = corner(node);
            svg.rect(&format!("node {}", node.state), (x, y), BOX, &node.title);
            svg.text("nodename", (x + BOX.0 / 2.0, y + 15.0), Anchor::Middle, &node.name);
            svg.text("nodenote", (x + BOX.0 / 2.0, y + 28.0), Anchor::Middle, &node.note);
        }
        svg.finish()
    }
}

fn corner(node: &Node) -> (f64, f64) {
    let (column, row) = (node.at.0 as f64, node.at.1 as f64);
    (
        2.0 + column * (BOX.0 + GAP.0),
        4.0 + GAP.1 / 2.0 + row * (BOX.1 + GAP.1),
    )
}

/// From the box at `from` to that at `to`.
fn route(from: (f64, f64), to: (f64, f64), lane: usize) -> String {
    let (middle, same) = (BOX.0 / 2.0, (to.0 - from.0).abs() < 1.0);
    if same {
        let (start, end) = if to.1 > from.1 {
            (from.1 + BOX.1, to.1)
        } else {
            (from.1, to.1 + BOX.1)
        };
        return through([Some((from.0 + middle, start)), Some((to.0 + middle, end))].into_iter());
    }
    let start = (from.0 + BOX.0, from.1 + BOX.1 / 2.0);
    let end = (to.0, to.1 + BOX.1 / 2.0);
    let next = to.0 - from.0 < BOX.0 + GAP.0 + 1.0;
    if next {
        let bend = (start.0 + end.0) / 2.0;
        let [a, b, c, d, e] = [start.0, start.1, bend, end.0, end.1].map(place);
        return format!("M{a} {b}C{c} {b} {c} {e} {d} {e}");
    }
    // Out of the box, up to the lane above its row, and down into the other one from above.
    let above = from.1 - 7.0 - 3.0 * lane as f64;
    let points = [
        (start.0, start.1),
        (start.0 + 8.0, start.1),
        (start.0 + 8.0, above),
        (to.0 + middle, above),
        (to.0 + middle, to.1),
    ];
    through(points.into_iter().map(Some))
}

/// The head of the arrow into the box at `to`: from the left if it stands in the next column, or else from above.
fn arrow(from: (f64, f64), to: (f64, f64)) -> String {
    let beside = to.0 > from.0 && to.0 - from.0 < BOX.0 + GAP.0 + 1.0;
    let (x, y) = if beside {
        (to.0, to.1 + BOX.1 / 2.0)
    } else {
        (to.0 + BOX.0 / 2.0, to.1)
    };
    let back = if beside {
        [(-6.0, -3.5), (-6.0, 3.5)]
    } else {
        [(-3.5, -6.0), (3.5, -6.0)]
    };
    let corners = [(0.0, 0.0), back[0], back[1]].map(|(dx, dy)| Some((x + dx, y + dy)));
    format!("{}Z", through(corners.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_and_links_are_drawn() {
        let node = |name: &str, at| Node {
            name: name.to_owned(),
            note: "1.0 s".to_owned(),
            state: "complete",
            at,
            title: String::new(),
        };
        let chart = GraphChart {
            name: "iteration 1".to_owned(),
            nodes: vec![node("a", (0, 0)), node("b", (1, 0)), node("<c>", (3, 1))],
            links: vec![
                Link { from: 0, to: 1 },
                Link { from: 0, to: 2 },
                Link { from: 1, to: 9 },
            ],
        };
        let svg = chart.svg();
        assert_eq!(svg.matches("class=\"link\"").count(), 2);
        assert_eq!(svg.matches("class=\"node complete\"").count(), 3);
        assert!(svg.contains("&lt;c&gt;"), "{svg}");
    }
}
