//! What brings a dropped policy back.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[test]
fn what_is_needed_again_is_made_again_once_and_changes_nothing_else() {
    let (place, last) = (Project::new(), named("test", all_but_last(4)));
    place.everything(rounds(4, &[]), &last);
    let before = place.policy("test", "1/train.2");
    let changed = ["1/measure.0", "1/measure.2"];
    let planned = place.will_run(rounds(4, &changed), &last);
    let dropped =
        |needed_by: &str| format!("its policy was dropped (execution.keep_policies) and {needed_by} needs it again");
    let text = |id: &str| format!("`text` changed from \"{id}\" to \"{id}+\"");
    let wanted = [
        ("1/start", dropped("1/train.0")),
        ("1/train.0", dropped("1/measure.0")),
        ("1/measure.0", text("1/measure.0")),
        ("1/train.1", dropped("1/train.2")),
        ("1/train.2", dropped("1/measure.2")),
        ("1/measure.2", text("1/measure.2")),
    ];
    let wanted = wanted.map(|(id, why)| (id.to_owned(), why));
    assert_eq!(planned, wanted);
    let ran = place.everything(rounds(4, &changed), &last);
    assert_eq!(ran, wanted.map(|(id, _)| id));
    assert_eq!(place.policy("test", "1/train.2"), before);
    assert_eq!(
        place.dropped("test", 4),
        ["1/start", "1/train.0", "1/train.1", "1/train.2"]
    );
    assert_eq!(place.problems(), []);
}

#[test]
fn why_it_ran_again_is_noted_and_told() {
    let (place, last) = (Project::new(), named("test", all_but_last(1)));
    place.everything(rounds(1, &[]), &last);
    let (notes, changed) = (Notes::default(), rounds(1, &["1/vote.0"]));
    place.retaining(changed, &Selection::default(), &notes, &last);
    assert!(notes.0.take().contains(&"lost 1/start".to_owned()));
    let record = place.store.run_record("test").unwrap().unwrap();
    let manifest = place.store.manifest(&record.nodes[&"1/start".into()]);
    let reasons = manifest.unwrap().unwrap().because.unwrap().reasons;
    let reason = Reason::OutputDropped {
        name: "policy".to_owned(),
        needed_by: Some("1/vote.0".into()),
    };
    assert_eq!(reasons, [reason]);
}

#[test]
fn other_bytes_than_the_first_time_run_what_depends_on_them() {
    let (place, last) = (Project::new(), named("test", all_but_last(1)));
    place.everything(rounds(1, &[]), &last);
    let graph = Graph::new(rounds(1, &["1/vote.0"])).unwrap();
    let mut fake = Fake::doing(|node, ctx| {
        let mut other = node.clone();
        if node.id.as_str() == "1/start" {
            other.config["text"] = json!("rounded otherwise");
        }
        work(&other, ctx)
    });
    let (all, cancel) = (Selection::default(), CancelFlag::new());
    run(&place.store, &graph, &all, &mut fake, &(), &cancel, &last).unwrap();
    assert_eq!(fake.ran, ["1/start", "1/vote.0", "1/train.0", "1/measure.0"]);
    assert_eq!(place.problems(), []);
}

#[test]
fn a_policy_is_back_when_its_node_is_asked_for_by_name() {
    let place = Project::new();
    place.everything(rounds(2, &[]), &named("test", all_but_last(2)));
    let (keep, train) = (
        named("test", Retention::default()),
        Selection {
            stage: Some("train.0".to_owned()),
            ..Selection::default()
        },
    );
    let graph = Graph::new(rounds(2, &[])).unwrap();
    let planned = plan(&place.store, &graph, &train, "test", &keep.retention).unwrap();
    let why = planned.last().unwrap().reasons()[0].to_string();
    assert_eq!(why, "its policy was dropped (execution.keep_policies) and is requested");
    let ran = place.retaining(rounds(2, &[]), &train, &(), &keep);
    assert_eq!(ran, ["1/start", "1/train.0"]);
    assert_eq!(place.dropped("test", 2), Vec::<String>::new());
    // Who asks for it and does not keep it gets nothing.
    let last = named("test", all_but_last(2));
    place.everything(rounds(2, &[]), &last);
    assert!(place.retaining(rounds(2, &[]), &train, &(), &last).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever was dropped before: a plan says what a run does, the run ends with the policies of one that drops
    /// nothing, and then has nothing to do.
    #[test]
    fn plans_and_runs_agree_whatever_was_dropped(
        steps in prop::collection::vec((prop::collection::vec(0usize..10, 0..3), any::<u8>()), 1..4),
    ) {
        let place = Project::new();
        for (changed, temporary) in steps {
            let ids: Vec<String> = rounds(3, &[]).iter().map(|n| n.id.to_string()).collect();
            let changed: Vec<&str> = changed.iter().map(|at| ids[*at].as_str()).collect();
            let trained = rounds(3, &[]).into_iter().filter(trains).take(3).enumerate();
            let gone = trained.filter(|(i, _)| temporary >> i & 1 == 1);
            let gone = gone.map(|(_, node)| (node.id, "policy".to_owned()));
            let options = named("test", Retention::new(gone));
            let nodes = || rounds(3, &changed);

            let planned = place.will_run(nodes(), &options);
            let ran = place.everything(nodes(), &options);
            let planned: Vec<String> = planned.into_iter().map(|(id, _)| id).collect();
            prop_assert_eq!(planned.iter().collect::<BTreeSet<_>>().len(), planned.len());
            prop_assert_eq!(&planned, &ran);

            let fresh = Project::new();
            fresh.everything(nodes(), &named("test", Retention::default()));
            for node in nodes().iter().filter(|node| trains(node)) {
                let id = node.id.as_str();
                let digest = |place: &Project| place.policy("test", id).digest;
                prop_assert_eq!(digest(&place), digest(&fresh));
            }
            place.dropped("test", 3);
            prop_assert_eq!(place.problems(), []);
            prop_assert_eq!(place.will_run(nodes(), &options), []);
        }
    }
}
