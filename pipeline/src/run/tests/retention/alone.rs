//! Dropped outputs, when every node runs alone.

use super::*;

fn exactly(id: &str) -> Selection {
    Selection::exactly(vec![NodeId::from(id)])
}

/// Runs each node alone, in order, as jobs of a cluster do.
fn one_by_one(place: &Project, nodes: &dyn Fn() -> Vec<NodeSpec>, options: &RunOptions) -> Vec<String> {
    let one = |node: NodeSpec| place.retaining(nodes(), &exactly(node.id.as_str()), &(), options);
    nodes().into_iter().flat_map(one).collect()
}

#[test]
fn nodes_one_by_one_drop_what_a_run_of_all_drops() {
    let options = named("test", all_but_last(3));
    let (alone, whole) = (Project::new(), Project::new());
    let nodes = || rounds(3, &[]);
    let ran = one_by_one(&alone, &nodes, &options);
    assert_eq!(ran, whole.everything(nodes(), &options));
    let dropped = alone.dropped("test", 3);
    assert!(!dropped.is_empty());
    assert_eq!(dropped, whole.dropped("test", 3));
    assert_eq!(alone.problems(), []);
    assert!(one_by_one(&alone, &nodes, &options).is_empty());
}

#[test]
fn what_later_nodes_need_again_is_made_again_by_its_own_node() {
    let options = named("test", all_but_last(3));
    let place = Project::new();
    place.everything(rounds(3, &[]), &options);
    let changed = || rounds(3, &["1/measure.1"]);
    let measure = exactly("1/measure.1");
    let graph = Graph::new(changed()).unwrap();
    let first = crate::missing(&place.store, &graph, &measure, &options.retention).unwrap();
    let names = |ids: &[NodeId]| ids.iter().map(NodeId::to_string).collect::<Vec<_>>();
    let back = ["1/start", "1/train.0", "1/train.1"];
    assert_eq!(names(&first), back);
    let planned: Vec<String> = place
        .will_run(changed(), &options)
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(planned, ["1/start", "1/train.0", "1/train.1", "1/measure.1"]);
    assert_eq!(one_by_one(&place, &changed, &options), planned);
    assert_eq!(place.problems(), []);
}
