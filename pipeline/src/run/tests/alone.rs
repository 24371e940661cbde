//! Nodes that are requested alone.

use super::*;
use crate::plan::{PlannedStatus, missing};

fn exactly(ids: &[&str]) -> Selection {
    Selection::exactly(ids.iter().map(|id| NodeId::from(*id)).collect())
}

/// `1/make` and two nodes that read it.
fn fork() -> Vec<NodeSpec> {
    vec![
        node("1/make", json!({"text": "m"}), None),
        node("1/left", json!({"text": "l"}), Some("1/make")),
        node("1/right", json!({"text": "r"}), Some("1/make")),
    ]
}

impl Project {
    /// What ran, or what must run first.
    fn alone(&self, nodes: Vec<NodeSpec>, ids: &[&str]) -> Result<Vec<String>, Vec<String>> {
        let mut fake = Fake::new();
        let ended = self.run_with(nodes, &exactly(ids), &mut fake, &(), &CancelFlag::new());
        match ended {
            Ok(_) => Ok(fake.ran),
            Err(RunError::Pipeline(PipelineError::NotReady { first })) => {
                assert!(fake.ran.is_empty(), "nothing runs in vain");
                Err(first.iter().map(NodeId::to_string).collect())
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn claimed(&self) -> Vec<String> {
        let record = self.store.run_record("test").unwrap().unwrap();
        record.nodes.keys().map(NodeId::to_string).collect()
    }
}

#[test]
fn only_the_named_node_runs_and_what_must_run_first_is_named() {
    let place = Project::new();
    let alone = |ids: &[&str]| place.alone(chain(), ids);
    assert_eq!(alone(&["1/last"]), Err(vec!["1/make".to_owned(), "1/join".to_owned()]));
    assert_eq!(alone(&["1/make"]), Ok(vec!["1/make".to_owned()]));
    assert_eq!(alone(&["1/make"]), Ok(vec![]));
    assert_eq!(alone(&["1/last"]), Err(vec!["1/join".to_owned()]));
    assert_eq!(alone(&["1/make", "1/last"]), Err(vec!["1/join".to_owned()]));
    let both = vec!["1/join".to_owned(), "1/last".to_owned()];
    assert_eq!(alone(&["1/last", "1/join"]), Ok(both));
    assert_eq!(place.view("1/last/out"), "l[j[m]]");
    assert_eq!(place.claimed(), ["1/join", "1/last", "1/make"]);
}

#[test]
fn a_plan_of_single_nodes_says_what_the_run_does() {
    let place = Project::new();
    let graph = Graph::new(chain()).unwrap();
    let (keep, last) = (Retention::default(), exactly(&["1/last"]));
    let planned = || plan(&place.store, &graph, &last, "test", &keep);
    let told = planned().unwrap_err().to_string();
    assert_eq!(told, "1/make, 1/join must run first");
    assert_eq!(missing(&place.store, &graph, &last, &keep).unwrap().len(), 2);
    place.alone(chain(), &["1/make", "1/join"]).unwrap();
    let nodes = planned().unwrap();
    assert_eq!(nodes.len(), 1);
    assert!(nodes[0].key.is_some() && nodes[0].status != PlannedStatus::Cached);
    place.alone(chain(), &["1/last"]).unwrap();
    assert_eq!(planned().unwrap()[0].status, PlannedStatus::Cached);
}

#[test]
fn an_input_that_is_lost_is_not_made_again() {
    let place = Project::new();
    place.alone(chain(), &["1/make", "1/join"]).unwrap();
    std::fs::remove_file(place.path("j[m]")).unwrap();
    assert_eq!(place.alone(chain(), &["1/last"]), Err(vec!["1/join".to_owned()]));
    place.alone(chain(), &["1/join"]).unwrap();
    // Damage shows only when the node reads it.
    flip(&place.path("j[m]"));
    assert_eq!(place.alone(chain(), &["1/last"]), Err(vec!["1/join".to_owned()]));
    assert_eq!(place.alone(chain(), &["1/join", "1/last"]).unwrap().len(), 2);
}

/// While one process runs the left node, another one runs the right one, from beginning to end.
#[test]
fn what_another_process_claims_meanwhile_stays_claimed() {
    let place = Project::new();
    place.alone(fork(), &["1/make"]).unwrap();
    let mut left = Fake::doing(|node, ctx| {
        place.alone(fork(), &["1/right"]).unwrap();
        let at = place.store.run_record("test").unwrap().unwrap().at;
        assert_eq!(at.map(|at| at.node.to_string()).as_deref(), Some("1/left"));
        honest_work(node, ctx)
    });
    place
        .run_with(fork(), &exactly(&["1/left"]), &mut left, &(), &CancelFlag::new())
        .unwrap();
    assert_eq!(place.claimed(), ["1/left", "1/make", "1/right"]);
    let record = place.store.run_record("test").unwrap().unwrap();
    assert_eq!((record.at, record.stale.len(), record.progress.nodes), (None, 0, 3));
    assert!(place.ran(fork()).is_empty());
}
