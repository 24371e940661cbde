//! Machines that share a remote: each has a store of its own.

mod dropping;
mod folder;
mod leases;
mod runs;

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
