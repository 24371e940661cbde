//! Why nodes run: what a plan says before, what a manifest says after, and that both agree.

use super::*;

/// The reasons noted in the manifest of a node of the run `test`.
fn noted(place: &Project, id: &str) -> Vec<String> {
    let record = place.store.run_record("test").unwrap().unwrap();
    let manifest = place.store.manifest(&record.nodes[&id.into()]);
    let because = manifest.unwrap().unwrap().because.unwrap();
    assert_eq!((because.run.as_str(), because.node), ("test", id.into()));
    because.reasons.iter().map(Reason::to_string).collect()
}

#[test]
fn the_first_time_nothing_like_it_ran() {
    let place = Project::new();
    place.ran(chain());
    for id in ["1/make", "1/join", "1/last"] {
        assert_eq!(noted(&place, id), ["never ran, nor anything like it"]);
    }
}

#[test]
fn a_change_is_noted_where_it_was_made_and_where_it_came_out() {
    let place = Project::new();
    place.ran(chain());
    let mut other = chain();
    other[0].config["text"] = json!("M");
    other[0].seed = 8;
    other[2].code_version = 3;
    assert_eq!(
        place.plan(other.clone()),
        [
            "`text` changed from \"m\" to \"M\"; seed changed from 7 to 8",
            "after 1/make",
            "code version of the stage changed from 1 to 3; after 1/join, because of 1/make",
        ]
    );
    place.ran(other);
    assert_eq!(
        noted(&place, "1/make"),
        ["`text` changed from \"m\" to \"M\"", "seed changed from 7 to 8"]
    );
    assert_eq!(
        noted(&place, "1/join"),
        ["input `in` has different content (from 1/make)"]
    );
    assert_eq!(
        noted(&place, "1/last"),
        [
            "code version of the stage changed from 1 to 3",
            "input `in` has different content (from 1/join)"
        ]
    );
}

#[test]
fn roots_are_the_nodes_with_reasons_of_their_own() {
    let place = Project::new();
    place.ran(chain());
    let mut other = chain();
    other[0].seed = 8;
    other[1].seed = 8;
    let graph = Graph::new(other).unwrap();
    let planned = place.planned(&graph, "test");
    let Some(Reason::UpstreamWillRun { node, roots }) = planned[2].reasons().last() else {
        panic!("{planned:?}");
    };
    assert_eq!(*node, "1/join".into());
    assert_eq!(*roots, ["1/join".into(), "1/make".into()]);
    assert_eq!(planned[1].own_reasons().count(), 1);
    assert_eq!(planned[2].own_reasons().count(), 0);
}

#[test]
fn another_run_is_compared_with_the_most_similar_node_of_that_id() {
    let place = Project::new();
    place.ran(chain());
    let mut far = chain();
    far[0].config = json!({"text": "x", "more": 1});
    far[0].seed = 9;
    place.ran(far);
    let mut near = chain();
    near[0].seed = 8;
    assert_eq!(place.plan_as("another", near.clone())[0], "seed changed from 7 to 8");
    // The run's own node comes first, however different.
    assert!(place.plan(near)[0].contains("seed changed from 9 to 8"));
}

#[test]
fn a_node_of_another_id_is_nothing_like_it() {
    let place = Project::new();
    place.ran(chain());
    let next = vec![node("2/make", json!({"text": "n"}), None)];
    assert_eq!(place.plan(next), ["never ran, nor anything like it"]);
}

#[test]
fn what_was_lost_is_the_reason_even_if_the_rest_is_the_same() {
    let place = Project::new();
    place.ran(chain());
    std::fs::remove_file(place.path("j[m]")).unwrap();
    place.ran(chain());
    assert_eq!(noted(&place, "1/join"), ["its output out is missing or damaged"]);
}

#[test]
fn manifests_without_reasons_are_read_and_compared_with() {
    let place = Project::new();
    place.ran(chain());
    for key in place.store.manifest_keys().unwrap() {
        let mut manifest = place.store.manifest(&key).unwrap().unwrap();
        manifest.because = None;
        crate::store::commit::publish(&place.store, &manifest).unwrap();
        let text = std::fs::read_to_string(place.store.manifest_path(&key)).unwrap();
        assert!(!text.contains("because"));
    }
    assert_eq!(place.plan(chain()), ["", "", ""]);
    let mut other = chain();
    other[0].seed = 8;
    assert_eq!(place.plan_as("another", other)[0], "seed changed from 7 to 8");
}
