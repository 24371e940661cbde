//! Files of the store that are not what was written: changed, exchanged, or without their checksum.

use super::*;
use crate::store::{MANIFEST, RECORD, write_json};

/// Makes the file what a program without checksums would have written.
fn unseal(path: &Path) {
    let mut value: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    value.as_object_mut().unwrap().remove("checksum").unwrap();
    std::fs::write(path, serde_json::to_vec_pretty(&value).unwrap()).unwrap();
}

#[test]
fn any_bit_of_a_manifest_or_record_is_missed() {
    let place = Project::new();
    place.ran(chain());
    let (_, manifest) = manifest_of(&place, "1/join");
    for path in [manifest, place.store.record_path("test")] {
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bytes).unwrap();
            let found = faults(&place, false);
            let bad = |fault: &Fault| matches!(fault, Fault::BadManifest { .. } | Fault::BadRecord { .. });
            assert!(found.iter().any(bad), "byte {at} of {}", path.display());
        }
        std::fs::write(&path, b"").unwrap();
        let ran = place.ran(chain());
        assert!(ran.is_empty() || ran == ["1/join"], "{ran:?}");
        assert_eq!(faults(&place, false), []);
    }
}

#[test]
fn exchanged_files_are_set_aside() {
    let place = Project::new();
    place.ran(chain());
    run_named(&place, "other", with_last("L"));
    pin(&place.store, "other").unwrap();
    let (one, other) = (place.store.record_path("test"), place.store.record_path("other"));
    std::fs::copy(&other, &one).unwrap();
    assert!(matches!(&faults(&place, false)[..], [Fault::BadRecord { reason }] if reason.contains("`other`")));
    std::fs::copy(place.store.pin_path("other"), &other).unwrap();
    assert_eq!(faults(&place, false).len(), 2, "a pin is no record");
    assert!(place.ran(chain()).is_empty());
}

#[test]
fn names_that_lead_out_of_the_view_are_refused_whoever_sealed_them() {
    let place = Project::new();
    place.ran(chain());
    let (key, path) = manifest_of(&place, "1/last");
    let victim = place.dir.path().join("victim");
    std::fs::write(&victim, b"precious").unwrap();
    for name in ["../../../../victim", "/victim", "", ".hidden", "a/b"] {
        let mut manifest = place.store.manifest(&key).unwrap().unwrap();
        let output = manifest.outputs["out"].clone();
        manifest.outputs.insert(name.to_owned(), output);
        write_json(&path, MANIFEST, &manifest).unwrap();
        assert!(
            matches!(&faults(&place, false)[..], [Fault::BadManifest { .. }]),
            "{name}"
        );
        assert_eq!(place.ran(chain()), ["1/last"], "{name}");
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
        assert!(!victim.is_symlink());
        let told = faults(&place, true);
        assert_eq!(told.len(), usize::from(name.contains("victim")), "{told:?}");
        gc(
            &place.store,
            &GcOptions {
                quarantine: true,
                ..options(true)
            },
        )
        .unwrap();
        assert_eq!(faults(&place, false), []);
    }
}

#[test]
fn an_older_store_gets_checksums_once_and_keeps_its_times() {
    let place = Project::new();
    place.ran(chain());
    pin(&place.store, "test").unwrap();
    let (key, manifest) = manifest_of(&place, "1/join");
    let (record, pinned) = (place.store.record_path("test"), place.store.pin_path("test"));
    let then = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let mut all: Vec<PathBuf> = place
        .store
        .manifest_keys()
        .unwrap()
        .iter()
        .map(|k| place.store.manifest_path(k))
        .collect();
    all.extend([record.clone(), pinned.clone()]);
    for path in &all {
        unseal(path);
        std::fs::File::open(path).unwrap().set_modified(then).unwrap();
    }
    assert!(place.store.manifest(&key).is_err(), "this store has checksums");

    std::fs::remove_file(place.dir.path().join("v1/format.json")).unwrap();
    let opened = Store::open(place.dir.path()).unwrap();
    assert_eq!(opened.run_record("test").unwrap(), opened.pin("test").unwrap());
    for path in &all {
        assert!(std::fs::read_to_string(path).unwrap().contains("\"checksum\""));
        assert_eq!(std::fs::metadata(path).unwrap().modified().unwrap(), then);
    }
    assert!(place.ran(chain()).is_empty());
    unseal(&manifest);
    let opened = Store::open(place.dir.path()).unwrap();
    let error = opened.manifest(&key).unwrap_err().to_string();
    assert!(error.contains("does not end with its checksum"), "{error}");
    assert_eq!(place.ran(chain()), ["1/join"]);
}

#[test]
fn a_checksum_that_is_damaged_does_not_make_an_older_manifest() {
    let place = Project::new();
    place.ran(chain());
    let (key, path) = manifest_of(&place, "1/join");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"checksum\"", "\"chucksum\"")).unwrap();
    std::fs::remove_file(place.dir.path().join("v1/format.json")).unwrap();
    let opened = Store::open(place.dir.path()).unwrap();
    assert!(opened.manifest(&key).is_err());
    let record = opened.run_record("test").unwrap().unwrap();
    write_json(&opened.record_path("test"), RECORD, &record).unwrap();
    assert_eq!(place.ran(chain()), ["1/join"]);
}
