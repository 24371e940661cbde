//! What is drawn, at the sizes of small terminals.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serl_pipeline::NodeId;

use super::page::{Colours, text};
use super::screen::{View, draw};
use super::snapshot::{AtRow, Curves, NodeRow, NodeState, Remaining, RunState, Snapshot};
use crate::events::{Metrics, Reached};
use crate::place::Place;

fn node(id: &str, state: NodeState) -> NodeRow {
    let place = Place::of(&NodeId::new(id)).unwrap();
    let metrics = match (state, place.stage.as_str()) {
        (NodeState::Complete, "vote") => Metrics::from([("r_mean".to_owned(), 0.523)]),
        (NodeState::Complete, "evaluate") => Metrics::from([("eval/pass@1".to_owned(), 0.426)]),
        (NodeState::Complete, "respond") => Metrics::from([("tokens_per_second".to_owned(), 12_345.6)]),
        _ => Metrics::new(),
    };
    NodeRow {
        id: NodeId::new(id),
        place,
        state,
        seconds: (state == NodeState::Complete).then_some(2.25),
        metrics,
    }
}

/// Two iterations of `rounds` rounds, amid the first responses of the second iteration.
fn snapshot(rounds: u32) -> Snapshot {
    let mut ids = vec!["0/solve".to_owned(), "0/evaluate".to_owned()];
    for iteration in 1..=2 {
        ids.extend(["generate", "filter", "drift"].map(|stage| format!("{iteration}/{stage}")));
        for round in 0..rounds {
            ids.extend(["respond", "vote", "train"].map(|stage| format!("{iteration}/{stage}.{round}")));
        }
        ids.extend(["solve", "evaluate"].map(|stage| format!("{iteration}/{stage}")));
    }
    let at = ids.iter().position(|id| id == "2/respond.0").unwrap();
    let state = |place: usize| match place.cmp(&at) {
        std::cmp::Ordering::Less => NodeState::Complete,
        std::cmp::Ordering::Equal => NodeState::Running,
        std::cmp::Ordering::Greater => NodeState::Waiting,
    };
    let curve = |of: fn(f64) -> f64| (0..40).map(|step| (f64::from(step), of(f64::from(step)))).collect();
    Snapshot {
        run: "quickstart".to_owned(),
        state: RunState::Running {
            process: "4711".to_owned(),
        },
        device: "flex".to_owned(),
        seconds: 83.0,
        remaining: Some(Remaining {
            seconds: 61.0,
            at_least: false,
        }),
        nodes: ids
            .iter()
            .enumerate()
            .map(|(place, id)| node(id, state(place)))
            .collect(),
        at: Some(AtRow {
            id: NodeId::new("2/respond.0"),
            seconds: 3.0,
            reached: Some(Reached {
                done: 240,
                total: 512,
                unit: "samples".to_owned(),
                tokens_per_second: Some(12_300.0),
                seconds_left: Some(4.0),
            }),
            metrics: Metrics::new(),
        }),
        curves: Curves {
            reward: curve(|step| 0.4 + step / 200.0),
            r_mean: curve(|step| 0.5 + step / 100.0),
            kl: curve(|step| step * step / 40_000.0),
            entropy: curve(|step| 0.3 - step / 200.0),
            pass_at_1: vec![(0.0, 0.426), (1.0, 0.79)],
        },
        findings: Vec::new(),
        messages: vec!["1/train.0: waiting for another process, which is computing the same node".to_owned()],
    }
}

fn drawn(run: &Snapshot, pages: usize, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let view = View::FIRST.turned(pages);
    terminal
        .draw(|frame| {
            draw(frame, run, view, Colours::Some);
        })
        .unwrap();
    terminal.backend().to_string()
}

#[test]
fn pages_fit_80_columns() {
    let run = snapshot(5);
    let pages: Vec<String> = (0..4).map(|page| drawn(&run, page, (80, 24))).collect();
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn pages_fit_60_columns() {
    let run = snapshot(16);
    let pages: Vec<String> = (0..4).map(|page| drawn(&run, page, (60, 20))).collect();
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn a_pipe_gets_the_overview_as_text() {
    let mut run = snapshot(2);
    run.state = RunState::Failed {
        error: "node `2/respond.0`: no space left on device".to_owned(),
    };
    run.remaining = None;
    let shown = text(&run, 72);
    assert!(shown.lines().all(|line| line.chars().count() <= 72), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn any_size_can_be_drawn() {
    let mut run = snapshot(9);
    for (width, height) in [(1, 1), (10, 3), (200, 60)] {
        (0..4).for_each(|page| drop(drawn(&run, page, (width, height))));
    }
    (run.curves, run.nodes, run.at) = (Curves::default(), Vec::new(), None);
    assert!(drawn(&run, 1, (80, 24)).contains("nothing was measured yet"));
    (0..4).for_each(|page| drop(drawn(&run, page, (80, 24))));
}
