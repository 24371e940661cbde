//! Objects and trees: stored, found damaged, healed, checked out.

use std::fs;
use std::time::{Duration, SystemTime};

use super::*;

fn store() -> (tempfile::TempDir, ObjectStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = ObjectStore::open(dir.path()).unwrap();
    (dir, store)
}

/// Overwrites a read-only object in place, as a failing disk would.
fn damage(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path))
        } else {
            found.push(path)
        }
    }
    found
}

#[test]
fn objects_lie_under_their_digest_read_only() {
    let (dir, store) = store();
    let digest = store.put_bytes(b"").unwrap();
    let path = dir
        .path()
        .join("objects/af/1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    assert_eq!(store.path(&digest), path);
    assert!(fs::metadata(&path).unwrap().permissions().readonly());
    assert_eq!(store.read(&digest).unwrap(), b"");
    assert_eq!(files_below(&dir.path().join("objects")), [path]);
}

#[test]
fn damage_is_found_set_aside_and_healed() {
    let (dir, store) = store();
    let digest = store.put_bytes(b"whole").unwrap();
    damage(&store.path(&digest), b"whale");
    assert!(matches!(store.read(&digest), Err(ArtifactError::Damaged { .. })));
    assert!(matches!(store.verify(&digest), Err(ArtifactError::Damaged { .. })));

    store.quarantine(&digest).unwrap();
    store.quarantine(&digest).unwrap();
    assert!(matches!(store.read(&digest), Err(ArtifactError::Missing { .. })));
    assert!(matches!(store.verify(&digest), Err(ArtifactError::Missing { .. })));
    assert!(matches!(store.local(&digest), Err(ArtifactError::Missing { .. })));
    assert_eq!(
        fs::read(dir.path().join("quarantine").join(digest.to_hex())).unwrap(),
        b"whale"
    );

    store.put_bytes(b"whole").unwrap();
    damage(&store.path(&digest), b"whale");
    store.put_bytes(b"whole").unwrap();
    assert_eq!(store.read(&digest).unwrap(), b"whole");
}

#[test]
fn files_are_copied_or_moved_in() {
    let (dir, store) = store();
    let source = dir.path().join("source");
    fs::write(&source, b"content").unwrap();
    assert_eq!(store.put_file(&source).unwrap(), (Digest::of(b"content"), 7));
    assert!(source.exists());
    assert_eq!(store.adopt_file(&source).unwrap(), (Digest::of(b"content"), 7));
    assert!(!source.exists());

    fs::write(&source, b"other").unwrap();
    let (digest, _) = store.adopt_file(&source).unwrap();
    assert!(!source.exists());
    assert_eq!(store.read(&digest).unwrap(), b"other");
    assert!(fs::metadata(store.path(&digest)).unwrap().permissions().readonly());
    assert_eq!(files_below(&dir.path().join("objects")).len(), 2);
}

#[test]
fn trees_are_folders_again_when_checked_out() {
    let (dir, store) = store();
    let model = dir.path().join("model");
    fs::create_dir_all(model.join("deep")).unwrap();
    fs::write(model.join("a.json"), b"{}").unwrap();
    fs::write(model.join("deep/b.bin"), b"bb").unwrap();
    let names = ["a.json".to_owned(), "deep/b.bin".to_owned()];
    let (digest, tree) = store.put_tree(&model, &names).unwrap();
    assert_eq!((tree.bytes(), tree.digest()), (4, digest));
    assert_eq!(store.tree(&digest).unwrap(), tree);

    let folder = store.checkout(&digest).unwrap();
    assert_eq!(folder, dir.path().join("trees").join(digest.to_hex()));
    assert_eq!(fs::read(folder.join("deep/b.bin")).unwrap(), b"bb");
    assert_eq!(store.checkout(&digest).unwrap(), folder);
    assert_eq!(fs::read_dir(dir.path().join("trees")).unwrap().count(), 1);

    let (adopted, _) = store.adopt_tree(&model, &names).unwrap();
    assert_eq!(adopted, digest);
    assert!(!model.join("a.json").exists());

    store.quarantine(&Digest::of(b"bb")).unwrap();
    assert!(matches!(store.checkout(&digest), Err(ArtifactError::Missing { .. })));
}

#[test]
fn a_checked_out_store_can_be_moved() {
    let (dir, store) = store();
    let model = dir.path().join("model");
    fs::create_dir(&model).unwrap();
    fs::write(model.join("a"), b"a").unwrap();
    let (digest, _) = store.put_tree(&model, &["a".to_owned()]).unwrap();
    store.checkout(&digest).unwrap();
    let moved = tempfile::tempdir().unwrap();
    let to = moved.path().join("elsewhere");
    fs::rename(dir.path(), &to).unwrap();
    assert_eq!(
        fs::read(to.join("trees").join(digest.to_hex()).join("a")).unwrap(),
        b"a"
    );
}

#[test]
fn tree_listings_are_canonical_json() {
    let tree = Tree {
        files: [(
            "q\"".to_owned(),
            TreeFile {
                digest: Digest::of(b""),
                bytes: 0,
            },
        )]
        .into(),
    };
    assert_eq!(tree.to_bytes(), serde_json::to_vec(&tree).unwrap());
}

#[test]
fn a_listing_may_claim_any_lengths() {
    let (_dir, store) = store();
    let file = format!("{{\"digest\": \"{}\", \"bytes\": {}}}", Digest::of(b""), u64::MAX);
    let listing = format!("{{\"files\": {{\"a\": {file}, \"b\": {file}}}}}");
    let digest = store.put_bytes(listing.as_bytes()).unwrap();
    assert_eq!(store.tree(&digest).unwrap().bytes(), u64::MAX);
}

#[test]
fn tree_names_stay_inside() {
    let (dir, store) = store();
    for name in [
        "../x",
        "/etc/passwd",
        "",
        "a/../../b",
        "a//b",
        "./a",
        "a/",
        "a\\..\\b",
        "a\0",
    ] {
        let error = store.put_tree(dir.path(), &[name.to_owned()]).unwrap_err();
        assert!(error.to_string().contains("leads out"), "{name}: {error}");
        let tree = Tree {
            files: [(
                name.to_owned(),
                TreeFile {
                    digest: Digest::of(b""),
                    bytes: 0,
                },
            )]
            .into(),
        };
        let digest = store.put_bytes(&tree.to_bytes()).unwrap();
        assert!(store.checkout(&digest).is_err());
    }
    let not_a_tree = store.put_bytes(b"text").unwrap();
    assert!(matches!(store.tree(&not_a_tree), Err(ArtifactError::Tree { .. })));
}

#[test]
fn writers_of_one_object_do_not_disturb_each_other() {
    let (_dir, store) = store();
    let bytes = vec![7u8; 100_000];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| store.put_bytes(&bytes).unwrap());
        }
    });
    assert_eq!(store.read(&Digest::of(&bytes)).unwrap(), bytes);
}

#[test]
fn storing_again_makes_young_again() {
    let (_dir, store) = store();
    let digest = store.put_bytes(b"old").unwrap();
    let path = store.path(&digest);
    let then = SystemTime::now() - Duration::from_secs(3600);
    File::open(&path).unwrap().set_modified(then).unwrap();
    store.put_bytes(b"old").unwrap();
    assert!(fs::metadata(&path).unwrap().modified().unwrap() > then + Duration::from_secs(3000));
}

#[test]
fn a_checked_out_folder_that_lost_a_link_is_mended() {
    let (dir, store) = store();
    let model = dir.path().join("model");
    fs::create_dir(&model).unwrap();
    fs::write(model.join("a"), b"a").unwrap();
    let (digest, tree) = store.put_tree(&model, &["a".to_owned()]).unwrap();
    let folder = store.checkout(&digest).unwrap();
    assert!(store.is_checked_out_whole(&digest, &tree));
    fs::remove_file(folder.join("a")).unwrap();
    fs::write(folder.join("a"), b"b").unwrap();
    assert!(!store.is_checked_out_whole(&digest, &tree));
    store.checkout(&digest).unwrap();
    assert_eq!(fs::read(folder.join("a")).unwrap(), b"a");
    assert!(store.is_checked_out_whole(&digest, &tree));
}

#[test]
fn nothing_is_stored_while_someone_removes() {
    let (_dir, store) = store();
    let removing = store.exclude().unwrap();
    std::thread::scope(|scope| {
        let (tell, told) = std::sync::mpsc::channel();
        scope.spawn({
            let store = &store;
            move || tell.send(store.put_bytes(b"later").unwrap()).unwrap()
        });
        assert!(told.recv_timeout(Duration::from_millis(50)).is_err());
        drop(removing);
        assert_eq!(told.recv().unwrap(), Digest::of(b"later"));
    });
}

#[test]
fn a_folder_in_place_of_an_object_is_set_aside() {
    let (_dir, store) = store();
    let digest = store.put_bytes(b"whole").unwrap();
    fs::remove_file(store.path(&digest)).unwrap();
    fs::create_dir(store.path(&digest)).unwrap();
    assert_eq!(store.put_bytes(b"whole").unwrap(), digest);
    assert_eq!(store.read(&digest).unwrap(), b"whole");
}
