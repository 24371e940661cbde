//! What runs again and what does not.

use super::*;

const ALL: [&str; 3] = ["1/make", "1/join", "1/last"];

#[test]
fn what_is_complete_does_not_run_again() {
    let place = Project::new();
    let mut fake = Fake::new();
    let first = place.try_run(chain(), &mut fake).unwrap();
    assert_eq!(fake.ran, ALL);
    assert_eq!((first.count(Status::Ran), first.count(Status::Cached)), (3, 0));
    assert_eq!(first.nodes[2].metrics, json!({"length": 7}));

    let notes = Notes::default();
    let mut fake = Fake::new();
    let second = place
        .run_with(chain(), &Selection::default(), &mut fake, &notes, &CancelFlag::new())
        .unwrap();
    assert!(fake.ran.is_empty());
    assert_eq!(second.count(Status::Cached), 3);
    assert_eq!(notes.0.take(), ["cached 1/make", "cached 1/join", "cached 1/last"]);
    for (first, second) in first.nodes.iter().zip(&second.nodes) {
        assert_eq!((first.key, &first.outputs), (second.key, &second.outputs));
    }
    assert_eq!(std::fs::read_dir(place.dir.path().join("v1/work")).unwrap().count(), 0);
}

#[test]
fn a_cached_run_looks_at_no_content() {
    let place = Project::new();
    place.ran(chain());
    for content in ["m", "j[m]", "l[j[m]]"] {
        flip(&place.path(content));
    }
    assert!(place.ran(chain()).is_empty());
}

#[test]
fn changes_reach_as_far_as_contents_change() {
    let place = Project::new();
    place.ran(chain());

    let mut other = chain();
    other[1].config["text"] = json!("J");
    assert_eq!(place.ran(other), ["1/join", "1/last"]);

    // The node has another key and gives the same bytes: nodes after it are complete already.
    let mut same_bytes = chain();
    same_bytes[0].config["unused"] = json!(1);
    assert_eq!(place.ran(same_bytes), ["1/make"]);

    let mut newer = chain();
    newer[2].code_version = 2;
    assert_eq!(place.ran(newer), ["1/last"]);

    let mut reseeded = chain();
    reseeded[0].seed = 8;
    assert_eq!(place.ran(reseeded), ["1/make"]);

    assert!(place.ran(chain()).is_empty());
}

#[test]
fn names_places_and_rounds_are_not_in_the_key() {
    let place = Project::new();
    place.ran(chain());
    let mut moved = chain();
    moved[0].id = "5/make".into();
    moved[0].iteration = 5;
    moved[0].round = Some(3);
    moved[1].inputs = node("x", json!({}), Some("5/make")).inputs;
    assert!(place.ran(moved).is_empty());
    assert_eq!(place.view("5/make.3/out"), "m");
}

#[test]
fn a_plan_says_what_the_run_then_does() {
    let place = Project::new();
    assert_eq!(
        place.plan(chain()),
        [
            "never ran, nor anything like it",
            "after 1/make",
            "after 1/join, because of 1/make"
        ]
    );
    place.ran(chain());
    assert_eq!(place.plan(chain()), ["", "", ""]);

    let mut other = chain();
    other[1].config["text"] = json!("J");
    assert_eq!(
        place.plan(other),
        ["", "`text` changed from \"j\" to \"J\"", "after 1/join"]
    );

    std::fs::remove_file(place.path("j[m]")).unwrap();
    assert_eq!(
        place.plan(chain()),
        ["", "its output out is missing or damaged", "after 1/join"]
    );
    assert_eq!(place.ran(chain()), ["1/join"]);
}

#[test]
fn selected_nodes_run_and_others_stay_claimed() {
    let place = Project::new();
    let select = |stage: &str| Selection {
        stage: Some(stage.to_owned()),
        ..Selection::default()
    };
    let run = |nodes, selection: &Selection| {
        let mut fake = Fake::new();
        place
            .run_with(nodes, selection, &mut fake, &(), &CancelFlag::new())
            .unwrap();
        fake.ran
    };
    assert_eq!(run(chain(), &select("join")), ["1/make", "1/join"]);
    assert_eq!(run(chain(), &Selection::default()), ["1/last"]);
    let before = place.store.run_record("test").unwrap().unwrap();
    assert_eq!(before.nodes.len(), 3);
    assert_eq!(before.config, options().config);

    assert!(run(chain(), &select("make")).is_empty());
    assert_eq!(place.store.run_record("test").unwrap().unwrap(), before);

    let mut shorter = chain();
    shorter.truncate(2);
    run(shorter, &Selection::default());
    assert_eq!(place.store.run_record("test").unwrap().unwrap().nodes.len(), 2);
}

#[test]
fn the_view_leads_to_what_the_last_run_made() {
    let place = Project::new();
    place.ran(chain());
    assert_eq!(place.view("1/last/out"), "l[j[m]]");
    let mut other = chain();
    other[0].config["text"] = json!("M");
    place.ran(other);
    assert_eq!(place.view("1/last/out"), "l[j[M]]");
    std::fs::remove_dir_all(place.dir.path().join("runs")).unwrap();
    place.ran(chain());
    assert_eq!(place.view("1/last/out"), "l[j[m]]");
}

#[test]
fn manifests_tell_what_was_made_of_what() {
    let place = Project::new();
    let mut fake = Fake::new();
    let report = place.try_run(chain(), &mut fake).unwrap();
    let manifest = place.store.manifest(&report.nodes[1].key).unwrap().unwrap();
    assert_eq!(manifest.material.key(), report.nodes[1].key);
    assert_eq!(manifest.material.inputs["in"], Digest::of(b"m"));
    assert_eq!(manifest.outputs["out"].bytes, 4);
    assert_eq!((manifest.device.as_str(), manifest.started_unix > 0), ("none", true));
}

#[test]
fn inputs_and_outputs_that_are_not_there_are_named() {
    let place = Project::new();
    let mut wrong = chain();
    wrong[1].inputs = [(
        "in".to_owned(),
        Input::Output {
            node: "1/make".into(),
            output: "votes".to_owned(),
        },
    )]
    .into();
    let error = place.try_run(wrong, &mut Fake::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "node `1/make` wrote no output `votes`; it wrote `out`"
    );

    let mut fake = Fake::doing(|_, ctx| ctx.read_input("pool").map(drop));
    let error = place.try_run(chain(), &mut fake).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("node `1/join` has no input `pool`; it has `in`"),
        "{error}"
    );

    let mut fake = Fake::doing(|_, ctx| ctx.put_output("../out", b"", None));
    let mut fresh = chain();
    fresh[0].seed = 99;
    assert!(
        place
            .try_run(fresh, &mut fake)
            .unwrap_err()
            .to_string()
            .contains("`../out` cannot be the name")
    );
}
