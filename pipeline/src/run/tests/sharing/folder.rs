//! A folder on a shared disk as a remote.

use super::*;

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
