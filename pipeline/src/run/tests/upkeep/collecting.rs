//! What is garbage, and what runs have.

use super::*;

#[test]
fn garbage_is_what_no_run_needs() {
    let place = Project::new();
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
    let place = Project::new();
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
    let place = Project::new();
    place.ran(chain());
    std::fs::write(place.store.record_path("test"), b"{").unwrap();
    let error = gc(&place.store, &options(true)).unwrap_err();
    assert!(error.to_string().contains("fsck --repair"), "{error}");
    assert!(place.path("m").exists());
}

#[test]
fn saved_work_of_an_interrupted_run_stays_and_that_of_nobody_goes() {
    let place = Project::new();
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
    let place = Project::new();
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
    let place = Project::new();
    let mut fake = Fake::doing(|node, ctx| {
        if node.id.as_str() == "1/join" {
            ctx.put_output("early", b"put long before the end", None)?;
            assert_eq!(kinds(&collect(&place, true)), []);
            let drop = GcOptions {
                drop_runs: vec!["test".to_owned()],
                ..options(false)
            };
            assert!(gc(&place.store, &drop).unwrap_err().to_string().contains("is going on"));
            let usage = runs(&place.store).unwrap();
            assert!(matches!(&usage[0].state, RunState::Running { node: Some(node), .. } if node == "1/join"));
        }
        honest_work(node, ctx)
    });
    place.try_run(chain(), &mut fake).unwrap();
    assert_eq!(faults(&place, false), []);
}

#[test]
fn what_a_run_imports_before_its_first_node_stays() {
    let place = Project::new();
    let mut importing = place.store.clone();
    importing.announce("test").unwrap();
    let digest = importing.objects().put_bytes(b"seeds").unwrap();
    assert_eq!(kinds(&collect(&place, true)), []);
    assert!(importing.objects().contains(&digest));
    drop(importing);
    assert_eq!(kinds(&collect(&place, true)), [(GcKind::Object, 1)]);
}

#[test]
fn runs_tell_what_is_theirs_and_what_is_shared() {
    let place = Project::new();
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
