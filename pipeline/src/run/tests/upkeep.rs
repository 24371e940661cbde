//! Checking, mending and collecting garbage of real stores.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::fsck::Fault;
use crate::{GcKind, GcOptions, GcReport, NodeKey, RunState, fsck, gc, pin, runs, unpin};

fn options(delete: bool) -> GcOptions {
    GcOptions {
        older_than: Duration::ZERO,
        quarantine: false,
        drop_runs: Vec::new(),
        delete,
    }
}

fn collect(place: &Place, delete: bool) -> GcReport {
    gc(&place.store, &options(delete)).unwrap()
}

fn kinds(report: &GcReport) -> Vec<(GcKind, usize)> {
    report
        .garbage
        .iter()
        .map(|(kind, tally)| (*kind, tally.count))
        .collect()
}

fn run_named(place: &Place, name: &str, nodes: Vec<NodeSpec>) {
    let graph = Graph::new(nodes).unwrap();
    let named = RunOptions {
        name: name.to_owned(),
        ..super::options()
    };
    let (all, cancel) = (Selection::default(), CancelFlag::new());
    run(
        &place.store,
        &graph,
        &all,
        &mut Fake::new(),
        &(),
        &cancel,
        &named,
    )
    .unwrap();
}

fn with_last(text: &str) -> Vec<NodeSpec> {
    let mut nodes = chain();
    nodes[2].config["text"] = json!(text);
    nodes
}

fn faults(place: &Place, repair: bool) -> Vec<Fault> {
    let report = fsck(&place.store, repair, &|_, _| ()).unwrap();
    report
        .problems
        .into_iter()
        .map(|problem| problem.fault)
        .collect()
}

fn manifest_of(place: &Place, id: &str) -> (NodeKey, PathBuf) {
    let record = place.store.run_record("test").unwrap().unwrap();
    let key = record.nodes[&NodeId::from(id)];
    (key, place.store.manifest_path(&key))
}

#[test]
fn a_whole_store_has_no_problems() {
    let place = Place::new();
    place.ran(chain());
    let report = fsck(&place.store, true, &|_, _| ()).unwrap();
    assert_eq!(report.problems, []);
    let counts = report.counts;
    assert_eq!(
        (
            counts.objects,
            counts.manifests,
            counts.records,
            counts.links
        ),
        (3, 3, 1, 3)
    );
}

#[test]
fn every_object_that_is_damaged_is_found_set_aside_and_made_again() {
    for content in ["m", "j[m]", "l[j[m]]"] {
        let place = Place::new();
        place.ran(chain());
        flip(&place.path(content));
        let digest = Digest::of(content.as_bytes());
        let report = fsck(&place.store, true, &|_, _| ()).unwrap();
        assert_eq!(report.run_again, BTreeSet::from(["test".to_owned()]));
        assert_eq!(report.problems[0].fault, Fault::DamagedObject { digest });
        assert!(matches!(
            report.problems[1].fault,
            Fault::IncompleteNode { .. }
        ));
        assert_eq!(report.quarantine.len(), 1);
        assert_eq!(place.ran(chain()).len(), 1, "{content}");
        assert_eq!(faults(&place, false), [], "{content}");
    }
}

#[test]
fn manifests_and_records_that_are_not_what_they_say_are_found() {
    let place = Place::new();
    place.ran(chain());
    let ((_, first), (key, second)) =
        (manifest_of(&place, "1/make"), manifest_of(&place, "1/join"));
    std::fs::copy(&first, &second).unwrap();
    assert!(
        matches!(&faults(&place, false)[..], [Fault::BadManifest { key: bad, .. }] if *bad == key)
    );
    assert!(place.plan(chain())[1].starts_with("its manifest cannot be read"));
    faults(&place, true);
    assert!(
        matches!(&faults(&place, false)[..], [Fault::MissingNode { node }] if node == "1/join")
    );
    assert_eq!(place.ran(chain()), ["1/join"]);

    std::fs::write(place.store.record_path("test"), b"{").unwrap();
    assert!(matches!(
        &faults(&place, false)[..],
        [Fault::BadRecord { .. }]
    ));
    let notes = Notes::default();
    place
        .run_with(
            chain(),
            &Selection::default(),
            &mut Fake::new(),
            &notes,
            &CancelFlag::new(),
        )
        .unwrap();
    assert_eq!(notes.0.take()[0], "set aside");
    assert_eq!(faults(&place, false), []);
}

#[test]
fn what_the_dead_left_is_found_and_removed() {
    let place = Place::new();
    place.ran(chain());
    let (key, _) = manifest_of(&place, "1/join");
    std::fs::create_dir_all(place.store.work_path(&key).join("parts")).unwrap();
    std::fs::write(place.dir.path().join("v1/objects/.tmp-x"), b"half").unwrap();
    std::fs::write(place.dir.path().join("v1/objects/readme"), b"?").unwrap();
    std::fs::remove_file(place.store.view_path("test").join("1/make/out")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", place.store.view_path("test").join("1/make/out"))
        .unwrap();
    let found = faults(&place, true);
    assert_eq!(
        found,
        [
            Fault::StrangeFile,
            Fault::DanglingLink,
            Fault::StaleTemporary,
            Fault::LeftoverWork
        ]
    );
    assert_eq!(faults(&place, false), []);
    assert!(place.ran(chain()).is_empty());
    assert_eq!(place.view("1/make/out"), "m");
}

#[test]
fn garbage_is_what_no_run_needs() {
    let place = Place::new();
    place.ran(chain());
    assert_eq!(kinds(&collect(&place, true)), []);
    place.ran(with_last("L"));
    let told = collect(&place, false);
    assert_eq!(kinds(&told), [(GcKind::Manifest, 1), (GcKind::Object, 1)]);
    assert!(place.path("l[j[m]]").exists(), "nothing is removed unasked");
    let young = GcOptions {
        older_than: Duration::from_secs(3600),
        ..options(true)
    };
    let report = gc(&place.store, &young).unwrap();
    assert_eq!((kinds(&report), report.young.count), (vec![], 1));
    let report = collect(&place, true);
    assert_eq!(report.pieces, told.pieces);
    assert!(!place.path("l[j[m]]").exists() && place.path("j[m]").exists());
    assert!(place.ran(with_last("L")).is_empty());
    assert_eq!(place.ran(chain()), ["1/last"]);
    assert_eq!(faults(&place, false), []);
}

#[test]
fn dropped_runs_go_with_what_only_they_need_and_pins_keep_it() {
    let place = Place::new();
    place.ran(chain());
    run_named(&place, "other", with_last("L"));
    pin(&place.store, "other").unwrap();
    let drop = GcOptions {
        drop_runs: vec!["other".to_owned()],
        ..options(true)
    };
    assert_eq!(
        kinds(&gc(&place.store, &drop).unwrap()),
        [(GcKind::Record, 1), (GcKind::View, 1)]
    );
    assert!(
        gc(&place.store, &drop)
            .unwrap_err()
            .to_string()
            .contains("there are `test`")
    );
    assert!(place.path("L[j[m]]").exists());
    unpin(&place.store, "other").unwrap();
    assert!(unpin(&place.store, "other").unwrap_err().is_user_error());
    collect(&place, true);
    assert!(!place.path("L[j[m]]").exists() && place.path("l[j[m]]").exists());
    assert_eq!(faults(&place, false), []);
}

#[test]
fn a_record_that_cannot_be_read_stops_the_collection() {
    let place = Place::new();
    place.ran(chain());
    std::fs::write(place.store.record_path("test"), b"{").unwrap();
    let error = gc(&place.store, &options(true)).unwrap_err();
    assert!(error.to_string().contains("fsck --repair"), "{error}");
    assert!(place.path("m").exists());
}

#[test]
fn saved_work_of_an_interrupted_run_stays_and_that_of_nobody_goes() {
    let place = Place::new();
    let mut fake = Fake::doing(|_, ctx| {
        ctx.parts("p")?.put(0, b"kept")?;
        Err(PipelineError::Interrupted)
    });
    place.try_run(chain(), &mut fake).unwrap_err();
    let node = "1/make".to_owned();
    let interrupted = RunState::Interrupted { node };
    assert_eq!(runs(&place.store).unwrap()[0].state, interrupted);
    assert_eq!(kinds(&collect(&place, true)), []);
    place.ran(with_last("L"));
    std::fs::create_dir_all(place.store.work_path(&manifest_of(&place, "1/make").0)).unwrap();
    assert_eq!(kinds(&collect(&place, true)), [(GcKind::Work, 1)]);
}

/// Collecting with no age floor, again and again, while runs come and go.
#[test]
fn collecting_beside_runs_takes_nothing_from_them() {
    let place = Place::new();
    let done = std::sync::atomic::AtomicBool::new(false);
    let order = std::sync::atomic::Ordering::SeqCst;
    std::thread::scope(|scope| {
        let collector = scope.spawn(|| {
            let mut times = 0;
            while !done.load(order) {
                collect(&place, true);
                times += 1;
            }
            times
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for round in 0..30 {
                let text = ["a", "b", "c"][round % 3];
                let mut fake = Fake::new();
                place.try_run(with_last(text), &mut fake).unwrap();
                assert!(fake.ran.len() <= 3, "nothing is made twice: {:?}", fake.ran);
                assert_eq!(place.view("1/last/out"), format!("{text}[j[m]]"));
            }
        }));
        done.store(true, order);
        result.unwrap();
        assert!(collector.join().unwrap() > 0);
    });
    collect(&place, true);
    assert_eq!(faults(&place, false), []);
}

#[test]
fn a_living_run_protects_what_it_has_made_and_cannot_be_dropped() {
    let place = Place::new();
    let mut fake = Fake::doing(|node, ctx| {
        if node.id.as_str() == "1/join" {
            ctx.put_output("early", b"put long before the end", None)?;
            assert_eq!(kinds(&collect(&place, true)), []);
            let drop = GcOptions {
                drop_runs: vec!["test".to_owned()],
                ..options(false)
            };
            assert!(
                gc(&place.store, &drop)
                    .unwrap_err()
                    .to_string()
                    .contains("is going on")
            );
            let usage = runs(&place.store).unwrap();
            assert!(
                matches!(&usage[0].state, RunState::Running { node: Some(node), .. } if node == "1/join")
            );
        }
        honest_work(node, ctx)
    });
    place.try_run(chain(), &mut fake).unwrap();
    assert_eq!(faults(&place, false), []);
}

#[test]
fn runs_tell_what_is_theirs_and_what_is_shared() {
    let place = Place::new();
    place.ran(chain());
    run_named(&place, "other", with_last("LL"));
    let mut usage = runs(&place.store).unwrap();
    usage.sort_by(|a, b| a.name.cmp(&b.name));
    let told: Vec<_> = usage
        .iter()
        .map(|run| {
            (
                run.name.as_str(),
                &run.state,
                run.nodes,
                run.own_bytes,
                run.shared_bytes,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("other", &RunState::Complete, 3, "LL[j[m]]".len() as u64, 5),
            ("test", &RunState::Complete, 3, "l[j[m]]".len() as u64, 5)
        ]
    );
}

#[test]
fn a_store_of_a_newer_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("v2")).unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(error.is_user_error());
    assert!(
        error
            .to_string()
            .contains("/v2 is of version 2 of the store"),
        "{error}"
    );
    assert!(!dir.path().join("v1").exists());

    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).unwrap();
    let format = dir.path().join("v1/format.json");
    assert_eq!(
        std::fs::read_to_string(&format).unwrap(),
        "{\n  \"version\": 1\n}\n"
    );
    std::fs::write(&format, r#"{"version": 7, "more": []}"#).unwrap();
    let error = Store::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("version 7"), "{error}");
    std::fs::remove_file(&format).unwrap();
    Store::open(dir.path()).unwrap();
}
