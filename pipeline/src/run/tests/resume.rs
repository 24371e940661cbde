//! Crashes and interruptions.

use super::*;

/// Makes `total` parts, one at a time, each from its number alone, and joins them.
fn by_parts(total: usize, made: &mut Vec<usize>, ctx: &mut NodeContext) -> Result<(), PipelineError> {
    let parts = ctx.parts("letters")?;
    let mut all = Vec::new();
    for index in 0..total {
        let part = match parts.get(index)? {
            Some(part) => part,
            None => {
                ctx.check_cancelled()?;
                let part = vec![b'a' + index as u8];
                parts.put(index, &part)?;
                made.push(index);
                part
            }
        };
        ctx.progress(&Headway::of(index as u64 + 1, total as u64, "letters"));
        all.extend(part);
    }
    ctx.put_output("out", &all, None)
}

fn single() -> Vec<NodeSpec> {
    vec![node("1/make", json!({}), None)]
}

#[test]
fn an_interrupted_node_goes_on_from_its_parts() {
    let place = Project::new();
    let cancel = CancelFlag::new();
    let mut made = Vec::new();
    let mut fake = Fake::doing(|_, ctx| {
        by_parts(2, &mut made, ctx)?;
        cancel.cancel();
        by_parts(4, &mut made, ctx)
    });
    let error = place
        .run_with(single(), &Selection::default(), &mut fake, &(), &cancel)
        .unwrap_err();
    assert!(
        matches!(&error, RunError::Interrupted { node } if node.as_str() == "1/make"),
        "{error}"
    );
    drop(fake);
    assert_eq!(made, [0, 1]);
    assert_eq!(place.plan(single()), ["never ran, nor anything like it"]);

    // One of the parts is damaged meanwhile: it is made again, the other is not.
    let key = single()[0].material(BTreeMap::new()).key();
    let part = place.store.work_path(&key).join("parts/letters/00000001.part");
    flip(&part);
    let (notes, mut made) = (Notes::default(), Vec::new());
    let mut fake = Fake::doing(|_, ctx| by_parts(4, &mut made, ctx));
    let run = place.run_with(single(), &Selection::default(), &mut fake, &notes, &CancelFlag::new());
    run.unwrap();
    drop(fake);
    assert_eq!(made, [1, 2, 3]);
    assert_eq!(place.view("1/make/out"), "abcd");
    assert_eq!(notes.0.borrow()[0], "started 1/make again");
    assert!(!place.store.work_path(&key).exists());
}

#[test]
fn a_failed_node_keeps_its_work_and_the_run_what_came_before() {
    let place = Project::new();
    let mut fake = Fake::doing(|node, ctx| {
        if node.id.as_str() != "1/join" {
            return honest_work(node, ctx);
        }
        ctx.parts("p")?.put(0, b"kept")?;
        std::fs::write(ctx.work_dir().join("half"), b"").unwrap();
        ctx.put_output("out", b"not yet", None)?;
        Err(PipelineError::Name {
            name: "x".to_owned(),
            what: "a test",
        })
    });
    let error = place.try_run(chain(), &mut fake).unwrap_err();
    assert!(matches!(&error, RunError::Node { node, .. } if node.as_str() == "1/join"));
    let record = place.store.run_record("test").unwrap().unwrap();
    assert_eq!(record.nodes.keys().map(NodeId::as_str).collect::<Vec<_>>(), ["1/make"]);

    let mut fake = Fake::doing(|node, ctx| {
        if node.id.as_str() == "1/join" {
            assert_eq!(ctx.parts("p")?.get(0)?.unwrap(), b"kept");
            assert_eq!(std::fs::read_dir(ctx.work_dir()).unwrap().count(), 0);
        }
        honest_work(node, ctx)
    });
    place.try_run(chain(), &mut fake).unwrap();
    assert_eq!(fake.ran, ["1/join", "1/last"]);
    assert_eq!(place.view("1/last/out"), "l[j[m]]");
}

#[test]
fn checkpoints_outlive_the_attempt_that_made_them() {
    let place = Project::new();
    let train = |steps: std::ops::Range<u64>, fails: bool| {
        move |_: &NodeSpec, ctx: &mut NodeContext| {
            let (begin, mut state) = match ctx.latest_checkpoint()? {
                Some(found) => (found.step, std::fs::read_to_string(found.folder.join("state")).unwrap()),
                None => (0, String::new()),
            };
            assert_eq!(begin, steps.start);
            let mut last = None;
            for step in begin..steps.end {
                state += &step.to_string();
                let made = ctx.work_dir().join("checkpoint");
                std::fs::create_dir(&made).unwrap();
                std::fs::write(made.join("state"), &state).unwrap();
                last = Some(ctx.commit_checkpoint(step + 1, &made)?);
            }
            if fails {
                return Err(PipelineError::Name {
                    name: "x".to_owned(),
                    what: "a test",
                });
            }
            ctx.put_output_dir("out", &last.unwrap(), &["state".to_owned()])?;
            assert!(
                ctx.latest_checkpoint()?.is_some(),
                "a checkpoint is copied, not moved, into an output"
            );
            Ok(())
        }
    };
    place
        .try_run(single(), &mut Fake::doing(train(0..3, true)))
        .unwrap_err();
    place.try_run(single(), &mut Fake::doing(train(3..5, false))).unwrap();
    assert_eq!(place.view("1/make/out/state"), "01234");
}

#[test]
fn crashes_around_the_commit_are_harmless() {
    let place = Project::new();
    let report = place.try_run(chain(), &mut Fake::new()).unwrap();
    let key = report.nodes[1].key;

    // After the manifest, before the sweep: the node is complete and its work is swept.
    std::fs::create_dir_all(place.store.work_path(&key).join("scratch")).unwrap();
    assert!(place.ran(chain()).is_empty());
    assert!(!place.store.work_path(&key).exists());

    // Before the manifest's rename: objects and a temporary are there, the node is not complete.
    let manifest = place.store.manifest_path(&key);
    std::fs::rename(&manifest, manifest.with_file_name(".tmp-abc")).unwrap();
    std::fs::write(place.dir.path().join("v1/objects/.tmp-def"), b"half").unwrap();
    assert_eq!(
        place.plan(chain())[1],
        "ran before, but its manifest is no longer there"
    );
    assert_eq!(place.ran(chain()), ["1/join"]);

    // After the manifest, before the run's record: the next run claims the node.
    std::fs::remove_file(place.store.record_path("test")).unwrap();
    assert!(place.ran(chain()).is_empty());
    assert_eq!(place.store.run_record("test").unwrap().unwrap().nodes.len(), 3);
}

#[test]
fn a_raised_flag_stops_before_the_next_node_but_not_a_cached_one() {
    let place = Project::new();
    let cancel = CancelFlag::new();
    let mut fake = Fake::doing(|node, ctx| {
        cancel.cancel();
        honest_work(node, ctx)
    });
    let error = place
        .run_with(chain(), &Selection::default(), &mut fake, &(), &cancel)
        .unwrap_err();
    assert!(matches!(error, RunError::Interrupted { node } if node.as_str() == "1/join"));
    assert_eq!(fake.ran, ["1/make"]);
    place.ran(chain());
    place
        .run_with(chain(), &Selection::default(), &mut Fake::new(), &(), &cancel)
        .unwrap();
}
