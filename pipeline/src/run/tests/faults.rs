//! Every single call to the disk of a run fails, one after the other, in every way: nothing is lost by it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serl_artifacts::fault::{self, Failure, Fault};
use serl_artifacts::fs::Operation;

use super::*;
use crate::upkeep::sweep;
use crate::{forking, fsck};

/// A node of every way to work: blobs, a folder, parts, checkpoints.
fn nodes() -> Vec<NodeSpec> {
    vec![
        node("1/make", json!({"text": "m"}), None),
        node("1/folder", json!({}), Some("1/make")),
        node("1/parts", json!({}), Some("1/folder")),
        node("1/steps", json!({}), Some("1/parts")),
        node("1/last", json!({"text": "l"}), Some("1/steps")),
    ]
}

fn work(node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
    match node.stage.as_str() {
        "folder" => folder(ctx),
        "parts" => parts(ctx),
        "steps" => steps(ctx),
        _ => honest_work(node, ctx),
    }
}

fn folder(ctx: &mut NodeContext) -> Result<(), PipelineError> {
    let text = ctx.read_input("in")?;
    let dir = ctx.work_dir().join("policy");
    std::fs::create_dir_all(dir.join("deep")).unwrap();
    std::fs::write(dir.join("weights"), &text).unwrap();
    std::fs::write(dir.join("deep/config"), b"{}").unwrap();
    let files = ["deep/config", "weights"].map(str::to_owned);
    ctx.put_output_dir("out", &dir, &files)
}

fn parts(ctx: &mut NodeContext) -> Result<(), PipelineError> {
    let weights = ctx.input("in")?.path.join("weights");
    let mut text = std::fs::read(weights).unwrap();
    let kept = ctx.parts("letters")?;
    for index in 0..2 {
        let part = match kept.get(index)? {
            Some(part) => part,
            None => {
                let part = vec![b'a' + index as u8];
                kept.put(index, &part)?;
                part
            }
        };
        text.extend(part);
    }
    // The same content twice: the second time it is there already.
    ctx.put_output("copy", &text, None)?;
    ctx.put_output("out", &text, None)
}

fn steps(ctx: &mut NodeContext) -> Result<(), PipelineError> {
    let mut state = ctx.read_input("in")?;
    let mut begin = 0;
    if let Some(found) = ctx.latest_checkpoint()? {
        (begin, state) = (found.step, std::fs::read(found.folder.join("deep/state")).unwrap());
    }
    for step in begin..2 {
        state.push(b'0' + step as u8);
        let made = ctx.work_dir().join("checkpoint");
        std::fs::create_dir_all(made.join("deep")).unwrap();
        std::fs::write(made.join("deep/state"), &state).unwrap();
        ctx.commit_checkpoint(step + 1, &made)?;
    }
    // From a checkpoint, so it is copied.
    let folder = ctx.latest_checkpoint()?.unwrap().folder;
    ctx.put_output_dir("state", &folder, &["deep/state".to_owned()])?;
    ctx.put_output("out", &state, None)
}

/// A folder in memory, where there is such: these tests make very many small files.
pub(super) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

type Outputs = Vec<(NodeId, BTreeMap<String, Digest>)>;

/// Of the folder, what reads it is all that needs it.
fn dropping() -> Retention {
    Retention::new([("1/folder".into(), "out".to_owned())])
}

fn attempt(dir: &Path, retention: &Retention) -> Result<Outputs, RunError<PipelineError>> {
    let store = Store::open(dir)?;
    let graph = Graph::new(nodes())?;
    let report = run(
        &store,
        &graph,
        &Selection::default(),
        &mut Fake::doing(work),
        &(),
        &CancelFlag::new(),
        &RunOptions {
            retention: retention.clone(),
            ..options()
        },
    )?;
    let digests = |node: NodeReport| {
        let outputs = node.outputs.into_iter().map(|(name, output)| (name, output.digest));
        (node.id, outputs.collect())
    };
    Ok(report.nodes.into_iter().map(digests).collect())
}

/// An undisturbed run, and how many calls it makes.
fn undisturbed(retention: &Retention) -> (Outputs, Vec<(Operation, PathBuf)>) {
    let dir = scratch();
    let armed = fault::arm(None);
    let outputs = attempt(dir.path(), retention).unwrap();
    let calls = armed.calls();
    (outputs, calls)
}

/// A run with a fault, then one without; gives whether the fault ended the first.
fn survives(fault: Fault, wanted: &Outputs, retention: &Retention) -> bool {
    let _alone = forking::none();
    let dir = scratch();
    let armed = fault::arm(Some(fault));
    let failed = attempt(dir.path(), retention).is_err();
    drop(armed);
    let _armed = fault::arm(None);
    let outputs = attempt(dir.path(), retention).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
    assert_eq!(&outputs, wanted, "{fault:?}");
    let store = Store::open(dir.path()).unwrap();
    assert!(sweep::temporaries(&store).unwrap().is_empty(), "{fault:?}");
    let report = fsck(&store, false, &|_, _| ()).unwrap();
    assert_eq!(report.problems, [], "{fault:?}");
    assert_eq!(report.quarantine, [], "{fault:?}: nothing half-written ever has a name");
    if *retention != Retention::default() {
        is_dropped(&store, fault);
    }
    failed
}

/// So many calls belong to a mark before its rename.
const BEFORE: usize = 8;

/// Number of the call that gives a manifest a name that it had before.
fn first_mark(calls: &[(Operation, PathBuf)]) -> Option<usize> {
    let mut named = BTreeSet::new();
    let is_manifest = |path: &Path| path.parent().is_some_and(|folder| folder.ends_with("nodes"));
    calls.iter().position(|(operation, path)| {
        *operation == Operation::Rename && is_manifest(path) && !named.insert(path.clone())
    })
}

/// The folder is gone, whatever became of the first run: its `{}` is an object that nothing else names.
fn is_dropped(store: &Store, fault: Fault) {
    let record = store.run_record("test").unwrap().unwrap();
    let manifest = store.manifest(&record.nodes[&"1/folder".into()]).unwrap();
    let folder = &manifest.unwrap().outputs["out"];
    let config = &store.objects().tree(&folder.digest).unwrap().files["deep/config"];
    assert!(folder.dropped, "{fault:?}");
    assert!(!store.objects().contains(&config.digest), "{fault:?}");
    assert!(!store.objects().checkout_path(&folder.digest).exists());
}

fn every_call_fails(kinds: &[Failure], retention: &Retention) {
    let (wanted, calls) = undisturbed(retention);
    // A run that drops is another one from its first mark on.
    let first = first_mark(&calls).map_or(0, |mark| mark - BEFORE);
    for &kind in kinds {
        let failures = (first..calls.len())
            .filter(|&at| survives(Fault { kind, at }, &wanted, retention))
            .count();
        assert!(failures > 0, "{kind:?} never ended a run: the calls are not wired");
    }
}

#[test]
fn a_full_or_read_only_disk_costs_nothing_but_time() {
    every_call_fails(
        &[Failure::Full, Failure::ReadOnly, Failure::Short],
        &Retention::default(),
    );
}

#[test]
fn calls_that_fail_once_cost_nothing_but_time() {
    every_call_fails(&[Failure::Denied, Failure::Broken], &Retention::default());
}

#[test]
fn death_at_any_call_costs_nothing_but_time() {
    every_call_fails(&[Failure::CrashBefore, Failure::CrashAfter], &Retention::default());
}

#[test]
fn death_and_failure_at_any_call_of_a_run_that_drops_cost_nothing_but_time() {
    every_call_fails(
        &[Failure::Broken, Failure::CrashBefore, Failure::CrashAfter],
        &dropping(),
    );
}

/// What a power cut could take back when a manifest gets its name: nothing.
#[test]
fn nothing_that_a_manifest_names_is_still_on_its_way_to_the_disk() {
    let (_, calls) = undisturbed(&Retention::default());
    let (mut unsynced, mut manifests) = (BTreeSet::new(), 0);
    for (operation, path) in calls {
        let is = |part: &str| path.components().any(|c| c.as_os_str() == part);
        let parent = || path.parent().map(Path::to_owned).unwrap_or_default();
        match operation {
            Operation::Rename if is("nodes") => {
                assert_eq!(unsynced, BTreeSet::new(), "when {} appears", path.display());
                manifests += 1;
                unsynced.insert(parent());
            }
            // Links of the view and locks need not survive. A file in the making is known by its first name until it is
            // synced.
            _ if is("live") || is("locks") || is("scratch") || path.ends_with("objects.lock") => {}
            // Parts are not synced, and no manifest names one.
            Operation::Write | Operation::Rename if is("work") && is("parts") => {}
            Operation::Rename | Operation::CreateDir | Operation::Link => {
                let is_made_anew = is("trees") || (is("runs") && !is("v1"));
                if !is_made_anew {
                    unsynced.insert(parent());
                }
            }
            Operation::Write => drop(unsynced.insert(path.clone())),
            Operation::SyncFile | Operation::SyncDir => drop(unsynced.remove(&path)),
            _ => {}
        }
    }
    assert_eq!(manifests, nodes().len());
}

#[test]
fn a_full_disk_is_told_with_what_it_needs() {
    let (_, calls) = undisturbed(&Retention::default());
    let at = calls.iter().position(|(operation, path)| {
        *operation == Operation::Write && path.components().any(|c| c.as_os_str() == "objects")
    });
    let dir = scratch();
    let _armed = fault::arm(Some(Fault {
        kind: Failure::Full,
        at: at.unwrap(),
    }));
    let error = attempt(dir.path(), &Retention::default()).unwrap_err().to_string();
    let told = format!("cannot write {}", dir.path().join("v1/objects").display());
    assert!(error.contains(&told), "{error}");
    assert!(
        error.contains("the disk is full, and 1 more bytes are needed"),
        "{error}"
    );
}

/// Listing a large store takes longer than a run with nothing to do.
#[test]
fn the_whole_store_is_looked_through_only_after_a_death() {
    let place = Project::new();
    let left = place.dir.path().join("v1/objects/.tmp-dead");
    std::fs::write(&left, b"half").unwrap();
    place.ran(chain());
    assert!(left.exists());
    std::fs::write(place.dir.path().join("v1/live/.tmp-dead"), b"").unwrap();
    assert!(place.ran(chain()).is_empty());
    assert_eq!(sweep::temporaries(&place.store).unwrap(), Vec::<PathBuf>::new());
}

/// A second process must not sweep what the first one writes.
#[test]
fn a_run_leaves_the_temporaries_of_a_living_one_alone() {
    let place = Project::new();
    let path = place.dir.path().join("v1/nodes/x.json");
    let live = serl_artifacts::user_file::UserFile::create(&path).unwrap();
    let dead = |name: &str| std::fs::write(place.dir.path().join(name), b"half").unwrap();
    dead("v1/nodes/.tmp-dead");
    dead("v1/live/.tmp-dead");
    place.ran(chain());
    assert_eq!(sweep::temporaries(&place.store).unwrap().len(), 1);
    live.publish().unwrap();
    assert!(path.is_file());
}

/// What a power cut could take back when a file of a dropped folder is removed: not the mark.
#[test]
fn nothing_is_removed_before_it_is_marked_for_good() {
    let (_, calls) = undisturbed(&dropping());
    let (mut unsynced, mut removed) = (false, 0);
    for (operation, path) in calls {
        let is = |part: &str| path.components().any(|c| c.as_os_str() == part);
        match operation {
            Operation::Rename if is("nodes") => unsynced = true,
            Operation::SyncDir if path.ends_with("nodes") => unsynced = false,
            Operation::Remove if is("objects") || is("trees") => {
                assert!(!unsynced, "when {} goes", path.display());
                removed += 1;
            }
            _ => {}
        }
    }
    assert_eq!(removed, 2, "an object and the folder");
}
