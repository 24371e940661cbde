//! Machines that share a remote: each has a store of its own.

use std::time::{Duration, SystemTime};

use serl_artifacts::fault::{self, Fault};
use serl_remote::faulty::{Failure, Faulty, Memory};
use serl_remote::{Folder, Link, Remote};

use super::faults::scratch;
use super::*;
use crate::remote::keys;
use crate::{collect, fsck, pull, push, remote_runs};

/// A machine with a store of its own.
struct Machine {
    place: Project,
}

impl Machine {
    fn with(remote: impl Remote + 'static) -> Self {
        let dir = scratch();
        let store = Store::open(dir.path()).unwrap();
        let mut place = Project { dir, store };
        place.store.share(Link::pausing(Box::new(remote), Duration::ZERO));
        Self { place }
    }

    fn of(memory: &Memory) -> Self {
        Self::with(memory.remote())
    }

    fn report(&self, nodes: Vec<NodeSpec>, fake: &mut Fake<'_>) -> RunReport {
        self.place.try_run(nodes, fake).unwrap()
    }

    fn notes(&self, nodes: Vec<NodeSpec>, fake: &mut Fake<'_>) -> Vec<String> {
        let notes = Notes::default();
        let (all, cancel) = (Selection::default(), CancelFlag::new());
        self.place.run_with(nodes, &all, fake, &notes, &cancel).unwrap();
        notes.0.into_inner()
    }

    fn link(&self) -> &Link {
        self.place.store.remote().unwrap()
    }
}

/// Digests of all outputs, by node.
fn digests(report: &RunReport) -> Vec<(String, Vec<Digest>)> {
    let digests = |node: &NodeReport| node.outputs.values().map(|output| output.digest).collect();
    report
        .nodes
        .iter()
        .map(|node| (node.id.to_string(), digests(node)))
        .collect()
}

/// Works as machines do that round differently: what `make` writes tells them apart.
fn rounding(own: &'static str) -> impl FnMut(&NodeSpec, &mut NodeContext) -> Result<(), PipelineError> {
    move |node, ctx| match node.stage.as_str() {
        "make" => ctx.put_output("out", own.as_bytes(), None),
        _ => honest_work(node, ctx),
    }
}

/// Everything that a manifest in the remote names is there and whole.
fn is_whole(memory: &Memory) {
    let everything = memory.everything();
    for (key, bytes) in &everything {
        if let Some(digest) = keys::digest(key) {
            assert_eq!(Digest::of(bytes), digest, "{key}");
        }
        if key.starts_with(keys::MANIFESTS) {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let manifest: crate::Manifest = serde_json::from_str(&text.replace(",\n  \"checksum\"", ",\"x\"")).unwrap();
            for output in manifest.outputs.values() {
                assert!(everything.contains_key(&keys::object(&output.digest)), "{key}");
            }
        }
    }
}

#[test]
fn a_second_machine_computes_nothing() {
    let memory = Memory::new();
    let first = Machine::of(&memory).report(chain(), &mut Fake::new());
    is_whole(&memory);
    let second = Machine::of(&memory);
    let graph = Graph::new(chain()).unwrap();
    let planned = second.place.planned(&graph, "test");
    assert!(planned.iter().all(|node| node.status == crate::PlannedStatus::Remote));
    let mut fake = Fake::new();
    let notes = second.notes(chain(), &mut fake);
    assert_eq!(fake.ran, [""; 0]);
    assert_eq!(notes[..2], ["fetched 1/make", "cached 1/make"]);
    let report = second.report(chain(), &mut fake);
    assert_eq!(digests(&report), digests(&first));
    assert_eq!(fsck(&second.place.store, false, &|_, _| ()).unwrap().problems, []);
    assert_eq!(second.place.view("1/last/out"), "l[j[m]]");
    // One that changes its last node shares the rest.
    let mut changed = chain();
    changed[2].config = json!({"text": "other"});
    let third = Machine::of(&memory);
    let mut fake = Fake::new();
    third.report(changed, &mut fake);
    assert_eq!(fake.ran, ["1/last"]);
}

#[test]
fn the_first_manifest_wins_and_the_second_machine_goes_on_with_it() {
    let memory = Memory::new();
    let (one, two) = (Machine::of(&memory), Machine::of(&memory));
    // The second completes the first node while the first machine is computing it, without a lease.
    let mut late = Fake::doing(|node, ctx| {
        if node.stage == "make" {
            memory.damage(&keys::lease(&make_key()), None);
            one.report(chain(), &mut Fake::doing(rounding("one")));
        }
        rounding("two")(node, ctx)
    });
    let notes = two.notes(chain(), &mut late);
    assert!(notes.contains(&"superseded 1/make".to_owned()), "{notes:?}");
    assert_eq!(late.ran, ["1/make"], "what comes after the first node is shared");
    let report = |machine: &Machine| digests(&machine.report(chain(), &mut Fake::new()));
    assert_eq!(report(&one), report(&two));
    assert_eq!(two.place.view("1/last/out"), "l[j[one]]");
    is_whole(&memory);
}

fn make_key() -> crate::NodeKey {
    chain()[0].material(BTreeMap::new()).key()
}

#[test]
fn without_a_network_a_run_goes_on_and_the_next_one_shares_it() {
    let memory = Memory::new();
    let remote = memory.remote();
    let machine = Machine::with(remote.clone());
    remote.cut(true);
    let mut fake = Fake::new();
    let notes = machine.notes(chain(), &mut fake);
    assert_eq!(fake.ran.len(), 3);
    let told = notes.iter().filter(|note| *note == "unreachable").count();
    assert_eq!(told, 1, "{notes:?}");
    assert_eq!(notes.last().unwrap(), "unshared 3");
    assert!(memory.everything().is_empty());
    remote.cut(false);
    let mut fake = Fake::new();
    let notes = machine.notes(chain(), &mut fake);
    assert_eq!(notes, ["cached 1/make", "cached 1/join", "cached 1/last"]);
    let other = Machine::of(&memory);
    assert!(other.place.ran(chain()).is_empty());
}

#[test]
fn a_run_that_was_made_elsewhere_meanwhile_is_taken_over() {
    let memory = Memory::new();
    let remote = memory.remote();
    let away = Machine::with(remote.clone());
    remote.cut(true);
    away.report(chain(), &mut Fake::doing(rounding("away")));
    let home = Machine::of(&memory).report(chain(), &mut Fake::doing(rounding("home")));
    remote.cut(false);
    // Sending alone changes nothing here, and claims nothing there.
    let pushed = push(
        &away.place.store,
        away.link(),
        &["test".to_owned()],
        &CancelFlag::new(),
        &|_| (),
    )
    .unwrap();
    assert_eq!(pushed.differing["test"], ["1/make".into()]);
    assert!(pushed.runs.is_empty());
    let mut fake = Fake::new();
    let notes = away.notes(chain(), &mut fake);
    assert!(notes.contains(&"superseded 1/make".to_owned()), "{notes:?}");
    assert!(fake.ran.is_empty());
    assert_eq!(digests(&away.report(chain(), &mut fake)), digests(&home));
}

#[test]
fn what_is_damaged_or_missing_in_the_remote_is_computed_and_written_again() {
    let object = |text: &str| keys::object(&Digest::of(text.as_bytes()));
    let manifest = keys::manifest(&make_key());
    type Harm<'h> = (&'h str, String, Option<&'h [u8]>);
    let harms: [Harm; 4] = [
        ("a damaged object", object("m"), Some(b"M")),
        ("a missing object", object("m"), None),
        ("a damaged manifest", manifest.clone(), Some(b"{}")),
        ("a missing manifest", manifest, None),
    ];
    for (what, key, bytes) in harms {
        let memory = Memory::new();
        let first = Machine::of(&memory).report(chain(), &mut Fake::new());
        memory.damage(&key, bytes);
        let second = Machine::of(&memory);
        let mut fake = Fake::new();
        let report = second.report(chain(), &mut fake);
        assert_eq!(fake.ran, ["1/make"], "{what}");
        assert_eq!(digests(&report), digests(&first), "{what}");
        is_whole(&memory);
        assert!(Machine::of(&memory).place.ran(chain()).is_empty(), "{what}");
        assert_eq!(fsck(&second.place.store, false, &|_, _| ()).unwrap().problems, []);
    }
}

#[test]
fn single_nodes_take_what_comes_before_them_from_the_remote() {
    let memory = Memory::new();
    let alone = |id: &str| {
        let machine = Machine::of(&memory);
        let mut fake = Fake::new();
        let only = Selection::exactly([id.into()].into());
        let ended = machine
            .place
            .run_with(chain(), &only, &mut fake, &(), &CancelFlag::new());
        ended.map(|_| fake.ran)
    };
    assert!(alone("1/join").is_err(), "nobody has made what it reads");
    for id in ["1/make", "1/join", "1/last"] {
        assert_eq!(alone(id).unwrap(), [id], "on a machine of its own");
    }
}

#[test]
fn work_that_another_machine_has_completed_is_swept() {
    let memory = Memory::new();
    let begin = || {
        let machine = Machine::of(&memory);
        let mut failing = Fake::doing(|node, ctx| match node.stage.as_str() {
            "join" => {
                ctx.parts("letters")?.put(0, b"a")?;
                ctx.read_input("no").map(drop)
            }
            _ => honest_work(node, ctx),
        });
        assert!(machine.place.try_run(chain(), &mut failing).is_err());
        machine
    };
    let (one, two) = (begin(), begin());
    Machine::of(&memory).report(chain(), &mut Fake::new());
    assert!(one.place.ran(chain()).is_empty());
    pull(
        &two.place.store,
        two.link(),
        &["test".to_owned()],
        &CancelFlag::new(),
        &|_| (),
    )
    .unwrap();
    for machine in [one, two] {
        assert_eq!(fsck(&machine.place.store, false, &|_, _| ()).unwrap().problems, []);
    }
}

#[test]
fn a_manifest_whose_objects_are_gone_gives_way_to_another() {
    let memory = Memory::new();
    Machine::of(&memory).report(chain(), &mut Fake::doing(rounding("one")));
    memory.damage(&keys::object(&Digest::of(b"one")), None);
    let second = Machine::of(&memory);
    let mut fake = Fake::doing(rounding("two"));
    second.report(chain(), &mut fake);
    assert_eq!(fake.ran.len(), 3, "all after it is made of other bytes");
    let third = Machine::of(&memory);
    assert!(third.place.ran(chain()).is_empty());
    assert_eq!(third.place.view("1/last/out"), "l[j[two]]");
}

#[test]
fn a_damaged_object_of_this_store_is_mended_from_the_remote_and_never_sent() {
    let memory = Memory::new();
    let machine = Machine::of(&memory);
    machine.report(chain(), &mut Fake::new());
    flip(&machine.place.path("m"));
    let mut changed = chain();
    changed[1].config = json!({"text": "other"});
    let mut fake = Fake::new();
    let notes = machine.notes(changed, &mut fake);
    assert!(notes.contains(&"fetched 1/make".to_owned()), "{notes:?}");
    assert_eq!(fake.ran, ["1/join", "1/last"]);
    is_whole(&memory);

    // Sending it to an empty remote tells instead of spoiling it.
    let (empty, place) = (Memory::new(), Project::new());
    place.ran(chain());
    flip(&place.path("m"));
    let link = Link::new(Box::new(empty.remote()));
    let pushed = push(&place.store, &link, &["test".to_owned()], &CancelFlag::new(), &|_| ()).unwrap();
    assert_eq!(pushed.lacking["test"], ["1/make".into()]);
    is_whole(&empty);
}

/// What becomes of a run whose call `at` of the remote fails.
fn attempt(memory: &Memory, failure: Option<(Failure, usize)>) -> (usize, RunReport) {
    let _unsynced = fault::arm(None);
    let remote = memory.failing(failure);
    let machine = Machine::with(remote.clone());
    let report = machine.report(chain(), &mut Fake::new());
    (remote.calls().len(), report)
}

#[test]
fn every_call_of_the_remote_may_fail_in_every_way() {
    let (calls, wanted) = attempt(&Memory::new(), None);
    assert!(calls > 20, "{calls}");
    for failure in Failure::ALL {
        for at in 0..calls {
            let memory = Memory::new();
            let (_, report) = attempt(&memory, Some((failure, at)));
            assert_eq!(digests(&report), digests(&wanted), "{failure:?} at {at}");
            is_whole(&memory);
            // Leases of dead processes run out.
            memory.age(Duration::from_secs(3600));
            let (_, report) = attempt(&memory, None);
            assert_eq!(digests(&report), digests(&wanted), "{failure:?} at {at}");
            is_whole(&memory);
            let third = Machine::of(&memory);
            assert!(third.place.ran(chain()).is_empty(), "{failure:?} at {at}");
        }
    }
}

#[test]
fn two_machines_at_once_end_with_the_same() {
    for (index, can_swap) in [true, false].into_iter().cycle().take(8).enumerate() {
        let memory = Memory::new();
        let remote = |memory: &Memory| -> Faulty {
            let remote = memory.remote();
            if can_swap { remote } else { remote.without_swap() }
        };
        let reports: Vec<_> = std::thread::scope(|scope| {
            let run = |own: &'static str| {
                let remote = remote(&memory);
                scope.spawn(move || {
                    let machine = Machine::with(remote);
                    digests(&machine.report(chain(), &mut Fake::doing(rounding(own))))
                })
            };
            let both = [run("one"), run("two")];
            both.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert_eq!(reports[0], reports[1], "{index}");
        is_whole(&memory);
    }
}

#[test]
fn a_lease_is_waited_for_and_taken_over_by_the_clock_of_the_remote() {
    for clock in [SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30), SystemTime::now()] {
        let memory = Memory::new();
        memory.set_clock(clock);
        memory
            .remote()
            .create(&keys::lease(&make_key()), b"process 7 on far")
            .unwrap();
        let machine = Machine::of(&memory);
        std::thread::scope(|scope| {
            let run = scope.spawn(|| machine.place.ran(chain()));
            std::thread::sleep(Duration::from_millis(300));
            assert!(!run.is_finished(), "it has not run out");
            memory.age(Duration::from_secs(91));
            assert_eq!(run.join().unwrap().len(), 3);
        });
        let leases = memory
            .everything()
            .into_keys()
            .filter(|key| key.starts_with(keys::LEASES));
        assert_eq!(leases.count(), 0, "they are given up");
    }
}

#[test]
fn the_lease_of_a_dead_process_of_this_machine_is_taken_over_at_once() {
    let Some(owner) = serl_artifacts::owner::Owner::current() else {
        return;
    };
    let memory = Memory::new();
    // A process of the same number that began at another time has ended.
    let lease = format!("process 7 on here\n{owner}0\n7\n");
    memory
        .remote()
        .create(&keys::lease(&make_key()), lease.as_bytes())
        .unwrap();
    assert_eq!(Machine::of(&memory).place.ran(chain()).len(), 3);
}

#[test]
fn a_remote_without_leases_shares_all_the_same() {
    let memory = Memory::new();
    let first = Machine::with(memory.remote().without_swap());
    assert_eq!(first.place.ran(chain()).len(), 3);
    assert!(
        Machine::with(memory.remote().without_swap())
            .place
            .ran(chain())
            .is_empty()
    );
}

/// A folder that the second node of three reads, and that is given up after that.
fn with_folder() -> (Vec<NodeSpec>, Retention) {
    let nodes = vec![
        node("1/folder", json!({}), None),
        node("1/reads", json!({}), Some("1/folder")),
        node("1/last", json!({"text": "l"}), Some("1/reads")),
    ];
    (nodes, Retention::new([("1/folder".into(), "out".to_owned())]))
}

fn folder_work(node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
    match node.stage.as_str() {
        "folder" => {
            let dir = ctx.work_dir().join("policy");
            std::fs::create_dir_all(dir.join("deep")).unwrap();
            std::fs::write(dir.join("deep/weights"), b"weights").unwrap();
            ctx.put_output_dir("out", &dir, &["deep/weights".to_owned()])
        }
        "reads" => {
            let weights = std::fs::read(ctx.input("in")?.path.join("deep/weights")).unwrap();
            ctx.put_output("out", &[&weights[..], b" were read"].concat(), None)
        }
        _ => honest_work(node, ctx),
    }
}

fn run_dropping(machine: &Machine, nodes: Vec<NodeSpec>, retention: &Retention) -> Vec<String> {
    let mut fake = Fake::doing(folder_work);
    let graph = Graph::new(nodes).unwrap();
    let options = RunOptions {
        retention: retention.clone(),
        ..options()
    };
    let (all, cancel) = (Selection::default(), CancelFlag::new());
    run(&machine.place.store, &graph, &all, &mut fake, &(), &cancel, &options).unwrap();
    fake.ran
}

#[test]
fn what_a_run_would_drop_is_fetched_when_it_is_needed() {
    let memory = Memory::new();
    let (nodes, retention) = with_folder();
    assert_eq!(run_dropping(&Machine::of(&memory), nodes.clone(), &retention).len(), 3);
    let weights = keys::object(&Digest::of(b"weights"));
    assert!(
        memory.everything().contains_key(&weights),
        "it was sent before it was dropped"
    );

    let remote = memory.remote();
    let second = Machine::with(remote.clone());
    let fetched = |remote: &Faulty| {
        remote
            .calls()
            .iter()
            .filter(|call| call.1 == weights && call.0 == "read")
            .count()
    };
    assert!(run_dropping(&second, nodes.clone(), &retention).is_empty());
    assert_eq!(fetched(&remote), 0, "nothing reads it");
    // A node that reads it again gets it from the remote, and not from the node that made it.
    let mut changed = nodes;
    changed[1].config = json!({"text": "other"});
    assert_eq!(run_dropping(&second, changed, &retention), ["1/reads"]);
}

#[test]
fn runs_are_sent_and_brought_here_whole() {
    let (memory, place) = (Memory::new(), Project::new());
    place.ran(chain());
    crate::pin(&place.store, "test").unwrap();
    let link = Link::new(Box::new(memory.remote()));
    let names = ["test".to_owned()];
    let sent = push(&place.store, &link, &names, &CancelFlag::new(), &|_| ()).unwrap();
    assert_eq!((sent.runs.len(), sent.nodes), (1, 3));
    assert_eq!(remote_runs(&link).unwrap(), names);
    let again = push(&place.store, &link, &names, &CancelFlag::new(), &|_| ()).unwrap();
    assert_eq!((again.nodes, again.bytes), (3, 0));
    is_whole(&memory);

    let other = Project::new();
    let brought = pull(&other.store, &link, &names, &CancelFlag::new(), &|_| ()).unwrap();
    assert_eq!((brought.runs.len(), brought.nodes, brought.bytes), (1, 3, sent.bytes));
    assert_eq!(
        other.store.run_record("test").unwrap(),
        place.store.run_record("test").unwrap()
    );
    assert!(other.ran(chain()).is_empty());
    assert_eq!(fsck(&other.store, false, &|_, _| ()).unwrap().problems, []);

    let mut changed = chain();
    changed[0].config = json!({"text": "other"});
    other.ran(changed);
    let refused = pull(&other.store, &link, &names, &CancelFlag::new(), &|_| ()).unwrap_err();
    assert!(refused.to_string().contains("there is another run `test`"), "{refused}");
    let unknown = pull(&other.store, &link, &["no".to_owned()], &CancelFlag::new(), &|_| ()).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no run `no` in memory; there are `test`");
}

#[test]
fn garbage_in_the_remote_goes_by_its_clock_and_spares_what_runs_and_pins_need() {
    let memory = Memory::new();
    memory.set_clock(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30));
    let machine = Machine::of(&memory);
    machine.place.ran(chain());
    let whole = memory.everything().len();
    let day = Duration::from_secs(86400);
    let mut changed = chain();
    changed[2].config = json!({"text": "other"});
    machine.place.ran(changed);
    let link = || Link::new(Box::new(memory.remote()));
    let found = collect(&link(), day, true).unwrap();
    assert_eq!((found.manifests, found.objects), (0, 0), "all is young");
    memory.age(day + Duration::from_secs(60));
    let listed = collect(&link(), day, false).unwrap();
    assert_eq!((listed.manifests, listed.objects, listed.deleted), (1, 1, false));
    assert_eq!(memory.everything().len(), whole + 2);
    let removed = collect(&link(), day, true).unwrap();
    assert_eq!((removed.manifests, removed.objects, removed.roots), (1, 1, 1));
    is_whole(&memory);
    let mut changed = chain();
    changed[2].config = json!({"text": "other"});
    assert!(Machine::of(&memory).place.ran(changed).is_empty());
    memory.damage(&keys::record("test"), Some(b"{"));
    assert!(
        collect(&link(), day, true).is_err(),
        "it is not known what the run needs"
    );
}

/// The collector may have decided on an old object already when a machine finds it there.
#[test]
fn an_old_object_is_written_again_before_a_manifest_names_it() {
    let memory = Memory::new();
    Machine::of(&memory).place.ran(chain());
    memory.age(Duration::from_secs(86400));
    memory.damage(&keys::manifest(&make_key()), None);
    let remote = memory.remote();
    Machine::with(remote.clone()).place.ran(chain());
    let object = keys::object(&Digest::of(b"m"));
    assert!(remote.calls().contains(&("write", object)));
}

#[test]
fn a_folder_is_a_remote_too() {
    let dir = tempfile::tempdir().unwrap();
    let machine = || Machine::with(Folder::new(dir.path()));
    assert_eq!(machine().place.ran(chain()).len(), 3);
    let second = machine();
    assert!(second.place.ran(chain()).is_empty());
    assert_eq!(second.place.view("1/last/out"), "l[j[m]]");
    let gone = Machine::with(Folder::new(&dir.path().join("gone")));
    let graph = Graph::new(chain()).unwrap();
    gone.place.planned(&graph, "test");
    let notes = gone.notes(chain(), &mut Fake::new());
    assert!(
        notes.contains(&"unreachable".to_owned()) && notes.contains(&"unshared 3".to_owned()),
        "{notes:?}"
    );
    assert!(!dir.path().join("gone").exists());
}

/// A run that shares a folder, on a disk with a fault; and the calls to the disk that it makes.
fn attempt_on_disk(dir: &std::path::Path, fault: Option<Fault>) -> Vec<std::path::PathBuf> {
    let machine = Machine::with(Folder::new(dir));
    let armed = fault::arm(fault);
    let _ = machine.place.try_run(chain(), &mut Fake::new());
    armed.calls().into_iter().map(|(_, path)| path).collect()
}

#[test]
fn death_at_any_call_to_a_shared_disk_leaves_nodes_whole_or_not_there() {
    let dir = scratch();
    let calls = attempt_on_disk(dir.path(), None);
    let is_shared = |path: &std::path::PathBuf| path.starts_with(dir.path());
    let shared: Vec<usize> = (0..calls.len()).filter(|at| is_shared(&calls[*at])).collect();
    assert!(shared.len() > 30, "{}", shared.len());
    for kind in [
        fault::Failure::CrashBefore,
        fault::Failure::CrashAfter,
        fault::Failure::Short,
    ] {
        for at in shared.iter().copied() {
            let dir = scratch();
            attempt_on_disk(dir.path(), Some(Fault { kind, at }));
            let remote = Folder::new(dir.path());
            let memory = Memory::new();
            for entry in remote.list("v1").unwrap() {
                memory
                    .remote()
                    .put(&entry.key, &remote.get(&entry.key).unwrap().unwrap().bytes)
                    .unwrap();
            }
            is_whole(&memory);
            // The lease of the dead process is not what this is about.
            remote
                .list(keys::LEASES)
                .unwrap()
                .iter()
                .for_each(|entry| remote.delete(&entry.key).unwrap());
            assert!(
                Machine::with(Folder::new(dir.path()))
                    .place
                    .try_run(chain(), &mut Fake::new())
                    .is_ok()
            );
            let third = Machine::with(Folder::new(dir.path()));
            assert!(third.place.ran(chain()).is_empty(), "{kind:?} at {at}");
        }
    }
}
