//! Problems are found and mended; stores of other versions are refused.

use super::*;
use crate::store::write_json;

#[test]
fn a_whole_store_has_no_problems() {
    let place = Project::new();
    place.ran(chain());
    let report = fsck(&place.store, true, &|_, _| ()).unwrap();
    assert_eq!(report.problems, []);
    let counts = report.counts;
    assert_eq!(
        (counts.objects, counts.manifests, counts.records, counts.links),
        (3, 3, 1, 3)
    );
}

#[test]
fn every_object_that_is_damaged_is_found_set_aside_and_made_again() {
    for content in ["m", "j[m]", "l[j[m]]"] {
        let place = Project::new();
        place.ran(chain());
        flip(&place.path(content));
        let digest = Digest::of(content.as_bytes());
        let report = fsck(&place.store, true, &|_, _| ()).unwrap();
        assert_eq!(report.run_again, BTreeSet::from(["test".to_owned()]));
        assert_eq!(report.problems[0].fault, Fault::DamagedObject { digest });
        assert!(matches!(report.problems[1].fault, Fault::IncompleteNode { .. }));
        assert_eq!(report.quarantine.len(), 1);
        assert_eq!(place.ran(chain()).len(), 1, "{content}");
        assert_eq!(faults(&place, false), [], "{content}");
    }
}

#[test]
fn manifests_and_records_that_are_not_what_they_say_are_found() {
    let place = Project::new();
    place.ran(chain());
    let ((_, first), (key, second)) = (manifest_of(&place, "1/make"), manifest_of(&place, "1/join"));
    std::fs::copy(&first, &second).unwrap();
    assert!(matches!(&faults(&place, false)[..], [Fault::BadManifest { key: bad, .. }] if *bad == key));
    assert!(place.plan(chain())[1].starts_with("its manifest cannot be read"));
    faults(&place, true);
    assert!(matches!(&faults(&place, false)[..], [Fault::MissingNode { node }] if node == "1/join"));
    assert_eq!(place.ran(chain()), ["1/join"]);

    std::fs::write(place.store.record_path("test"), b"{").unwrap();
    assert!(matches!(&faults(&place, false)[..], [Fault::BadRecord { .. }]));
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
    let place = Project::new();
    place.ran(chain());
    let (key, _) = manifest_of(&place, "1/join");
    std::fs::create_dir_all(place.store.work_path(&key).join("parts")).unwrap();
    std::fs::write(place.dir.path().join("v1/objects/.tmp-x"), b"half").unwrap();
    std::fs::write(place.dir.path().join("v1/objects/readme"), b"?").unwrap();
    std::fs::remove_file(place.store.view_path("test").join("1/make/out")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", place.store.view_path("test").join("1/make/out")).unwrap();
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
fn a_store_of_a_newer_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("views")).unwrap();
    assert!(!Store::is_in(dir.path()));
    std::fs::create_dir(dir.path().join("v2")).unwrap();
    assert!(Store::is_in(dir.path()));
    let error = Store::open(dir.path()).unwrap_err();
    assert!(error.is_user_error());
    assert!(
        error.to_string().contains("/v2 is of version 2 of the store"),
        "{error}"
    );
    assert!(!dir.path().join("v1").exists());

    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).unwrap();
    assert!(Store::is_in(dir.path()));
    let format = dir.path().join("v1/format.json");
    let told = std::fs::read_to_string(&format).unwrap();
    assert!(told.starts_with("{\n  \"version\": 1,\n  \"checksum\": \""), "{told}");
    write_json(&format, "store format", &json!({"version": 7, "more": []})).unwrap();
    let error = Store::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("version 7"), "{error}");
    for lost in ["", "{\n  \"version\": 3\n}\n"] {
        std::fs::write(&format, lost).unwrap();
        Store::open(dir.path()).unwrap();
        assert_eq!(
            std::fs::read_to_string(&format).unwrap(),
            told,
            "damage is no newer version"
        );
    }
}
