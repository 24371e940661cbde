//! Runs on file systems without locks or links, and beside the files of others.

use std::os::unix::fs::symlink;

use serl_artifacts::Digest;
use serl_artifacts::fault::{Lacking, lack};
use serl_artifacts::owner::Owner;

use super::*;
use crate::{Fault, GcOptions, RunState, forking, fsck, gc, runs};

const SYSTEMS: [&[Lacking]; 4] = [
    &[Lacking::Locks],
    &[Lacking::LocksOfUnwritable],
    &[Lacking::SymbolicLinks],
    &[Lacking::Locks, Lacking::SymbolicLinks, Lacking::HardLinks],
];

/// `1/make` writes a folder, `1/join` reads it.
fn nodes(text: &str) -> Vec<NodeSpec> {
    vec![
        node("1/make", json!({ "text": text }), None),
        node("1/join", json!({}), Some("1/make")),
    ]
}

fn work(node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
    if node.id.as_str() == "1/join" {
        let weights = ctx.input("in")?.path.join("deep/weights");
        return ctx.put_output("out", &std::fs::read(weights).unwrap(), None);
    }
    let dir = ctx.work_dir().join("policy");
    std::fs::create_dir_all(dir.join("deep")).unwrap();
    std::fs::write(dir.join("deep/weights"), node.config["text"].as_str().unwrap()).unwrap();
    std::fs::write(dir.join("config"), b"{}").unwrap();
    ctx.put_output_dir("out", &dir, &["config".to_owned(), "deep/weights".to_owned()])
}

fn ran(place: &Project, text: &str) -> Vec<String> {
    let mut fake = Fake::doing(work);
    place.try_run(nodes(text), &mut fake).unwrap();
    fake.ran
}

fn problems(place: &Project) -> Vec<Fault> {
    let report = fsck(&place.store, false, &|_, _| ()).unwrap();
    report.problems.into_iter().map(|problem| problem.fault).collect()
}

#[test]
fn a_poor_file_system_costs_room_and_nothing_else() {
    for lacking in SYSTEMS {
        let _poor = lack(lacking);
        let place = Project::new();
        assert_eq!(ran(&place, "one"), ["1/make", "1/join"], "{lacking:?}");
        assert!(ran(&place, "one").is_empty(), "{lacking:?}");
        assert_eq!(ran(&place, "two"), ["1/make", "1/join"], "{lacking:?}");
        assert_eq!(place.view("1/make/out/deep/weights"), "two", "{lacking:?}");
        assert_eq!(place.view("1/join/out"), "two", "{lacking:?}");
        assert_eq!(problems(&place), [], "{lacking:?}");
        let everything = GcOptions {
            older_than: std::time::Duration::ZERO,
            quarantine: true,
            drop_runs: Vec::new(),
            delete: true,
        };
        assert!(!gc(&place.store, &everything).unwrap().garbage.is_empty());
        assert!(ran(&place, "two").is_empty(), "{lacking:?}");
        assert_eq!(problems(&place), [], "{lacking:?}");
    }
}

#[test]
fn a_killed_run_is_not_taken_for_a_living_one() {
    for lacking in [&[][..], &[Lacking::LocksOfUnwritable], &[Lacking::Locks]] {
        let _poor = lack(lacking);
        let place = Project::new();
        place.ran(chain());
        let other = format!("{}0", Owner::current().unwrap());
        let left = place.store.live_path().join(format!(".tmp-1-{other}"));
        std::fs::write(&left, r#"{"run": "test", "pid": 1}"#).unwrap();
        assert_eq!(runs(&place.store).unwrap()[0].state, RunState::Complete, "{lacking:?}");
        place.ran(chain());
        assert!(!left.exists(), "{lacking:?}");
    }
}

#[test]
fn without_locks_nothing_is_removed_beside_a_run() {
    let _poor = lack(&[Lacking::Locks]);
    let place = Project::new();
    place.ran(chain());
    let everything = |delete| GcOptions {
        older_than: std::time::Duration::ZERO,
        quarantine: false,
        drop_runs: Vec::new(),
        delete,
    };
    let mut other = place.store.clone();
    other.announce("other").unwrap();
    gc(&place.store, &everything(false)).unwrap();
    let error = gc(&place.store, &everything(true)).unwrap_err();
    assert!(error.is_user_error());
    assert!(
        error.to_string().starts_with("run `other` is going on in process"),
        "{error}"
    );
    let error = fsck(&place.store, true, &|_, _| ()).unwrap_err().to_string();
    assert!(error.contains("has no locks"), "{error}");
    drop(other);
    gc(&place.store, &everything(true)).unwrap();

    let _collecting = crate::store::lock::try_acquire(&place.store.collector_lock()).unwrap();
    let error = place.try_run(chain(), &mut Fake::new()).unwrap_err().to_string();
    assert!(error.contains("is collecting garbage"), "{error}");
}

#[test]
fn a_copy_that_followed_links_is_a_store() {
    let place = Project::new();
    ran(&place, "one");
    let copy = Project {
        dir: tempfile::tempdir().unwrap(),
        store: place.store.clone(),
    };
    let mut copying = std::process::Command::new("cp");
    copying.arg("-rL").arg(place.dir.path().join(".")).arg(copy.dir.path());
    assert!(forking::start(&mut copying).wait().unwrap().success());
    let copy = Project {
        store: Store::open(copy.dir.path()).unwrap(),
        ..copy
    };
    assert_eq!(problems(&copy), []);
    let policy = copy.store.view_path("test").join("1/make/out");
    std::fs::write(policy.join("config"), b"[]").unwrap();
    assert_eq!(problems(&copy), [Fault::BadCopy]);
    assert!(ran(&copy, "one").is_empty());
    assert_eq!(copy.view("1/make/out/config"), "{}");
    assert!(serl_artifacts::link::is_same(
        &policy.join("config"),
        &copy.store.objects().path(&serl_artifacts::Digest::of(b"{}"))
    ));
    assert_eq!(problems(&copy), []);
}

#[test]
fn files_of_others_stop_nothing() {
    let place = Project::new();
    ran(&place, "one");
    let base = place.dir.path().join("v1");
    let folders = [
        "",
        "objects",
        "objects/00",
        "trees",
        "nodes",
        "runs",
        "pins",
        "work",
        "locks",
        "live",
        "quarantine",
    ];
    for folder in folders {
        let folder = base.join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        for name in [
            ".DS_Store",
            ".nfs000000000000001",
            "._x.json",
            "Thumbs.db",
            "notes.txt",
            "a copy.json",
        ] {
            std::fs::write(folder.join(name), b"x").unwrap();
        }
        std::fs::create_dir(folder.join("a folder")).unwrap();
    }
    std::fs::write(place.store.view_path("test").join("1/make/.DS_Store"), b"x").unwrap();
    assert!(ran(&place, "one").is_empty());
    let everything = GcOptions {
        older_than: std::time::Duration::ZERO,
        quarantine: false,
        drop_runs: Vec::new(),
        delete: true,
    };
    assert!(gc(&place.store, &everything).unwrap().garbage.is_empty());
    assert_eq!(runs(&place.store).unwrap().len(), 1);
    let report = fsck(&place.store, true, &|_, _| ()).unwrap();
    assert!(
        report
            .problems
            .iter()
            .all(|problem| problem.fault == Fault::StrangeFile && problem.mended)
    );
    assert!(base.join("nodes/.DS_Store").exists());
    assert!(base.join("quarantine/strange-notes.txt").exists());
    assert_eq!(problems(&place), []);
    assert!(ran(&place, "one").is_empty());
}

/// A reader of the folder must not find what the tree does not have; and nothing is written through links.
#[test]
fn a_checked_out_folder_has_the_files_of_its_tree_and_no_others() {
    let place = Project::new();
    ran(&place, "one");
    let trees = std::fs::read_dir(place.store.objects().trees_folder()).unwrap();
    let folder = trees.into_iter().next().unwrap().unwrap().path();
    let outside = tempfile::tempdir().unwrap();
    let precious = outside.path().join("weights");
    std::fs::write(&precious, b"precious").unwrap();
    let spoil: [&dyn Fn(); 4] = [
        &|| std::fs::write(folder.join("generation"), b"{}").unwrap(),
        &|| {
            std::fs::remove_file(folder.join("deep/weights")).unwrap();
            std::fs::write(folder.join("deep/weights"), b"two").unwrap();
        },
        &|| {
            std::fs::remove_dir_all(folder.join("deep")).unwrap();
            symlink(outside.path(), folder.join("deep")).unwrap();
        },
        &|| {
            std::fs::remove_dir_all(&folder).unwrap();
            symlink(outside.path(), &folder).unwrap();
        },
    ];
    for (index, spoil) in spoil.iter().enumerate() {
        spoil();
        assert_eq!(problems(&place), [Fault::BadFolder], "{index}");
        let mut again = nodes("one");
        again[1].seed = index as u64;
        let mut fake = Fake::doing(work);
        place.try_run(again, &mut fake).unwrap();
        assert_eq!(fake.ran, ["1/join"], "{index}");
        assert_eq!(place.view("1/join/out"), "one", "{index}");
        assert_eq!(problems(&place), [], "{index}");
    }
    assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
    let digest = Digest::of(b"one");
    assert!(place.store.objects().verify(&digest).is_ok());
}
