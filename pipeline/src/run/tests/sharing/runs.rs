//! Whole runs that are sent and brought here, and garbage in the remote.

use super::*;

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
