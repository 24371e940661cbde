//! What is dropped, and what brings it back.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{GcOptions, fsck, gc, live, pin, runs};

/// Per round `i` a `1/vote.i` that reads the policy before it, a `1/train.i` that reads both, and a `1/measure.i` that
/// reads what that makes; a `1/start` before all. `changed` are nodes with another configuration.
fn rounds(count: usize, changed: &[&str]) -> Vec<NodeSpec> {
    let output = |node: &str, output: &str| Input::Output {
        node: node.into(),
        output: output.to_owned(),
    };
    let made = |id: String, inputs: Vec<(&str, Input)>| {
        let text = if changed.contains(&id.as_str()) {
            "+"
        } else {
            ""
        };
        let mut made = node(&id, json!({ "text": format!("{id}{text}") }), None);
        made.inputs = inputs
            .into_iter()
            .map(|(name, input)| (name.to_owned(), input))
            .collect();
        made
    };
    let mut nodes = vec![made("1/start".to_owned(), Vec::new())];
    let mut policy = output("1/start", "policy");
    for i in 0..count {
        let vote = format!("1/vote.{i}");
        nodes.push(made(vote.clone(), vec![("policy", policy.clone())]));
        let inputs = vec![("policy", policy), ("votes", output(&vote, "out"))];
        let train = format!("1/train.{i}");
        nodes.push(made(train.clone(), inputs));
        policy = output(&train, "policy");
        nodes.push(made(
            format!("1/measure.{i}"),
            vec![("policy", policy.clone())],
        ));
    }
    nodes
}

fn trains(node: &NodeSpec) -> bool {
    node.stage == "start" || node.stage.starts_with("train")
}

/// Every policy but the last.
fn all_but_last(count: usize) -> Retention {
    let nodes = rounds(count, &[]);
    let trained = nodes.iter().filter(|node| trains(node));
    let ids: Vec<NodeId> = trained.map(|node| node.id.clone()).collect();
    let replaced = ids[..ids.len() - 1].iter();
    Retention::new(replaced.map(|id| (id.clone(), "policy".to_owned())))
}

fn work(node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
    let mut text = node.config["text"].as_str().unwrap().to_owned();
    for name in node.inputs.keys() {
        let input = ctx.input(name)?.clone();
        let path = match input.kind {
            Kind::Tree => input.path.join("weights"),
            Kind::Blob => input.path,
        };
        let read = std::fs::read(path).unwrap();
        text += &format!("[{}]", &Digest::of(&read).to_hex()[..8]);
    }
    if !trains(node) {
        return ctx.put_output("out", text.as_bytes(), None);
    }
    ctx.put_output("log", text.as_bytes(), None)?;
    let dir = ctx.work_dir().join("policy");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("weights"), format!("weights of {text}")).unwrap();
    std::fs::write(dir.join("tokenizer"), b"the same in all").unwrap();
    ctx.put_output_dir("policy", &dir, &["tokenizer", "weights"].map(str::to_owned))
}

fn named(name: &str, retention: Retention) -> RunOptions {
    RunOptions {
        name: name.to_owned(),
        retention,
        ..options()
    }
}

impl Place {
    /// Runs with `options` and gives what had to run.
    fn retaining(
        &self,
        nodes: Vec<NodeSpec>,
        selection: &Selection,
        observer: &dyn Observer,
        options: &RunOptions,
    ) -> Vec<String> {
        let graph = Graph::new(nodes).unwrap();
        let (mut fake, cancel) = (Fake::doing(work), CancelFlag::new());
        run(
            &self.store,
            &graph,
            selection,
            &mut fake,
            observer,
            &cancel,
            options,
        )
        .unwrap();
        fake.ran
    }

    fn everything(&self, nodes: Vec<NodeSpec>, options: &RunOptions) -> Vec<String> {
        self.retaining(nodes, &Selection::default(), &(), options)
    }

    fn will_run(&self, nodes: Vec<NodeSpec>, options: &RunOptions) -> Vec<(String, String)> {
        let (graph, all) = (Graph::new(nodes).unwrap(), Selection::default());
        let planned = plan(&self.store, &graph, &all, &options.name, &options.retention).unwrap();
        let planned = planned.iter().filter(|node| !node.reasons().is_empty());
        planned
            .map(|node| (node.id.to_string(), node.reasons()[0].to_string()))
            .collect()
    }

    fn policy(&self, run: &str, node: &str) -> Output {
        let record = self.store.run_record(run).unwrap().unwrap();
        let manifest = self.store.manifest(&record.nodes[&node.into()]);
        manifest.unwrap().unwrap().outputs["policy"].clone()
    }

    /// The file that no two policies share.
    fn weights(&self, policy: &Output) -> std::path::PathBuf {
        let objects = self.store.objects();
        objects.path(&objects.tree(&policy.digest).unwrap().files["weights"].digest)
    }

    /// Nodes whose policy was dropped; each is gone, and all others are there.
    fn dropped(&self, run: &str, count: usize) -> Vec<String> {
        let trained = rounds(count, &[]).into_iter().filter(trains);
        let gone = |node: &NodeSpec| {
            let policy = self.policy(run, node.id.as_str());
            let view = self
                .store
                .view_path(run)
                .join(node.id.as_str())
                .join("policy");
            assert_eq!(
                self.weights(&policy).exists(),
                !policy.dropped,
                "{}",
                node.id
            );
            assert_eq!(view.is_symlink(), !policy.dropped, "{}", node.id);
            assert_eq!(
                view.join("weights").exists(),
                !policy.dropped,
                "{}",
                node.id
            );
            policy.dropped
        };
        trained
            .filter(gone)
            .map(|node| node.id.to_string())
            .collect()
    }

    fn problems(&self) -> Vec<crate::Problem> {
        fsck(&self.store, false, &|_, _| ()).unwrap().problems
    }

    fn collected(&self, delete: bool) -> Vec<crate::Garbage> {
        let options = GcOptions {
            older_than: Duration::ZERO,
            quarantine: false,
            drop_runs: Vec::new(),
            delete,
        };
        gc(&self.store, &options).unwrap().pieces
    }
}

#[test]
fn what_everything_has_read_is_dropped_and_nothing_runs_again_for_it() {
    let (place, last) = (Place::new(), named("test", all_but_last(2)));
    let notes = Notes::default();
    place.retaining(rounds(2, &[]), &Selection::default(), &notes, &last);
    assert_eq!(place.dropped("test", 2), ["1/start", "1/train.0"]);
    let told = notes.0.take();
    let at = |note: &str| told.iter().position(|told| told == note).unwrap();
    assert_eq!(
        at("dropped 1/start policy"),
        at("finished 1/train.0") + 1,
        "{told:?}"
    );
    assert_eq!(place.problems(), []);
    assert_eq!(place.collected(false), []);
    assert_eq!(runs(&place.store).unwrap()[0].dropped, 2);

    assert_eq!(place.will_run(rounds(2, &[]), &last), []);
    assert!(place.everything(rounds(2, &[]), &last).is_empty());
    let keep = named("test", Retention::default());
    assert!(place.everything(rounds(2, &[]), &keep).is_empty());
    assert_eq!(place.dropped("test", 2), ["1/start", "1/train.0"]);
}

#[test]
fn what_was_kept_is_dropped_by_a_later_run_that_does_nothing_else() {
    let place = Place::new();
    place.everything(rounds(2, &[]), &named("test", Retention::default()));
    assert!(place.dropped("test", 2).is_empty());
    let last = named("test", all_but_last(2));
    assert!(place.everything(rounds(2, &[]), &last).is_empty());
    assert_eq!(place.dropped("test", 2), ["1/start", "1/train.0"]);
    assert_eq!(place.problems(), []);
}

#[test]
fn what_is_needed_again_is_made_again_once_and_changes_nothing_else() {
    let (place, last) = (Place::new(), named("test", all_but_last(4)));
    place.everything(rounds(4, &[]), &last);
    let before = place.policy("test", "1/train.2");
    let changed = ["1/measure.0", "1/measure.2"];
    let planned = place.will_run(rounds(4, &changed), &last);
    let dropped = |needed_by: &str| {
        format!("its policy was dropped (execution.keep_policies) and {needed_by} needs it again")
    };
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
    let (place, last) = (Place::new(), named("test", all_but_last(1)));
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
    let (place, last) = (Place::new(), named("test", all_but_last(1)));
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
    assert_eq!(
        fake.ran,
        ["1/start", "1/vote.0", "1/train.0", "1/measure.0"]
    );
    assert_eq!(place.problems(), []);
}

#[test]
fn a_policy_is_back_when_its_node_is_asked_for_by_name() {
    let place = Place::new();
    place.everything(rounds(2, &[]), &named("test", all_but_last(2)));
    let (keep, train) = (
        named("test", Retention::default()),
        Selection {
            stage: Some("train.0".to_owned()),
            iteration: None,
        },
    );
    let graph = Graph::new(rounds(2, &[])).unwrap();
    let planned = plan(&place.store, &graph, &train, "test", &keep.retention).unwrap();
    let why = planned.last().unwrap().reasons()[0].to_string();
    assert_eq!(
        why,
        "its policy was dropped (execution.keep_policies) and is asked for"
    );
    let ran = place.retaining(rounds(2, &[]), &train, &(), &keep);
    assert_eq!(ran, ["1/start", "1/train.0"]);
    assert_eq!(place.dropped("test", 2), Vec::<String>::new());
    // Who asks for it and does not keep it gets nothing.
    let last = named("test", all_but_last(2));
    place.everything(rounds(2, &[]), &last);
    assert!(
        place
            .retaining(rounds(2, &[]), &train, &(), &last)
            .is_empty()
    );
}

#[test]
fn what_another_run_or_a_pin_has_is_not_dropped() {
    let (place, count) = (Place::new(), 2);
    place.everything(rounds(count, &[]), &named("other", Retention::default()));
    let last = named("test", all_but_last(count));
    assert!(place.everything(rounds(count, &[]), &last).is_empty());
    assert!(place.dropped("test", count).is_empty());
    // Its own nodes are: the other run does not have them.
    place.everything(rounds(count, &["1/train.0"]), &last);
    assert_eq!(place.dropped("test", count), ["1/train.0"]);

    let place = Place::new();
    place.everything(rounds(count, &[]), &named("test", Retention::default()));
    pin(&place.store, "test").unwrap();
    place.everything(rounds(count, &[]), &last);
    assert!(place.dropped("test", count).is_empty());
    crate::unpin(&place.store, "test").unwrap();
    place.everything(rounds(count, &[]), &last);
    assert_eq!(place.dropped("test", count).len(), 2);
    std::fs::write(place.store.record_path("broken"), b"{").unwrap();
    place.everything(rounds(count, &["1/vote.1"]), &last);
    assert!(
        place.dropped("test", count).is_empty(),
        "nobody knows what the broken record needs"
    );
}

#[test]
fn files_stay_while_another_run_may_rely_on_them() {
    let (place, last) = (Place::new(), named("test", all_but_last(1)));
    let other = live::announce(&place.store, "other").unwrap();
    place.everything(rounds(1, &[]), &last);
    let policy = place.policy("test", "1/start");
    assert!(policy.dropped && place.weights(&policy).exists());
    assert_eq!(place.problems(), []);
    drop(other);
    let garbage = place.collected(true);
    assert_eq!(garbage.len(), 1, "{garbage:?}");
    assert!(!place.weights(&policy).exists());
    assert!(place.everything(rounds(1, &[]), &last).is_empty());
}

#[test]
fn files_that_a_dead_run_left_are_removed_by_the_next() {
    let (place, last) = (Place::new(), named("test", all_but_last(1)));
    place.everything(rounds(1, &[]), &named("test", Retention::default()));
    let record = place.store.run_record("test").unwrap().unwrap();
    let key = record.nodes[&"1/start".into()];
    crate::dropping::mark(&place.store, &key, &["policy".to_owned()]).unwrap();
    let policy = place.policy("test", "1/start");
    assert!(policy.dropped && place.weights(&policy).exists());
    assert_eq!(place.problems(), []);
    assert!(place.everything(rounds(1, &[]), &last).is_empty());
    assert_eq!(place.dropped("test", 1), ["1/start"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever was dropped before: a plan says what a run does, the run ends with the policies of one that drops nothing,
    /// and then has nothing to do.
    #[test]
    fn plans_and_runs_agree_whatever_was_dropped(
        steps in prop::collection::vec((prop::collection::vec(0usize..10, 0..3), any::<u8>()), 1..4),
    ) {
        let place = Place::new();
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

            let fresh = Place::new();
            fresh.everything(nodes(), &named("test", Retention::default()));
            for node in nodes().iter().filter(|node| trains(node)) {
                let id = node.id.as_str();
                let digest = |place: &Place| place.policy("test", id).digest;
                prop_assert_eq!(digest(&place), digest(&fresh));
            }
            place.dropped("test", 3);
            prop_assert_eq!(place.problems(), []);
            prop_assert_eq!(place.will_run(nodes(), &options), []);
        }
    }
}
