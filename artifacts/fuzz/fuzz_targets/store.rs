//! Any file in the place of one of the store's JSON files is the value that was written, or an error.
//!
//! An input is the kind of a test and its bytes.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use serl_artifacts::{Digest, ObjectStore, Tree};
use serl_artifacts_fuzz::{Input, scratch};
use serl_pipeline::{Manifest, NodeKey, RunRecord, Store};

static ROOT: LazyLock<PathBuf> = LazyLock::new(|| scratch("store"));

/// Name of the run.
const RUN: &str = "fuzz";

thread_local! {
    static STORE: Store = Store::open(&ROOT).expect("a store can be made");
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input(bytes);
    let Some(kind) = input.byte() else { return };
    STORE.with(|store| match kind % 5 {
        0 => any_file(store, input.0),
        1 => changed_file(store, &mut input),
        2 => sealed_record(store, input.0),
        3 => sealed_manifest(store, input.0),
        _ => tree(store.objects(), input.0),
    });
});

/// The file with this content, as `pipeline/src/store/seal.rs` describes it.
fn sealed(kind: &str, content: &[u8]) -> Vec<u8> {
    let checksum = Digest::of_parts(&[kind.as_bytes(), b"\n", content]);
    [content, format!(",\n  \"checksum\": \"{checksum}\"\n}}\n").as_bytes()].concat()
}

/// The content of the file of `value`: all but the end of the object.
fn content(value: &Value) -> Vec<u8> {
    let json = serde_json::to_vec_pretty(value).expect("JSON can be written");
    json.strip_suffix(b"\n}").map(<[u8]>::to_vec).unwrap_or(json)
}

fn write(folder: &str, name: &str, bytes: &[u8]) {
    let path = ROOT.join("v1").join(folder).join(format!("{name}.json"));
    std::fs::write(path, bytes).expect("the scratch file can be written to");
}

fn key() -> NodeKey {
    manifest().material.key()
}

fn record() -> Value {
    json!({
        "name": RUN,
        "config": {"vote": {"n": 16, "temperature": 0.7}},
        "nodes": {"1/vote.0": key()},
        "at": {"node": "1/train", "key": key()},
        "progress": {"nodes": 9, "iterations": 2, "iterations_done": 1},
    })
}

fn manifest() -> Manifest {
    let digest = Digest::of(b"");
    let mut value = json!({
        "key": digest,
        "material": {"stage": "vote", "code_version": 3, "config": {"n": 16}, "seed": 7, "inputs": {"kept": digest}},
        "outputs": {"votes.parquet": {"digest": digest, "kind": "blob", "bytes": 12, "rows": 3}},
        "seconds": 0.25,
        "started_unix": 1_700_000_000,
        "versions": {"serl": "0.1.0"},
        "device": "cpu",
        "metrics": {"kept": 0.5},
    });
    let whole: Manifest = serde_json::from_value(value.clone()).expect("the manifest is whole");
    value["key"] = json!(whole.material.key());
    serde_json::from_value(value).expect("the manifest is whole")
}

fn any_file(store: &Store, bytes: &[u8]) {
    for folder in ["runs", "pins"] {
        write(folder, RUN, bytes);
    }
    write("nodes", &key().to_string(), bytes);
    let _ = (store.run_record(RUN), store.pin(RUN), store.manifest(&key()));
    let _ = serl_pipeline::runs(store);
}

/// A whole file with bytes set, inserted or taken out: an error, unless it is the same file.
fn changed_file(store: &Store, input: &mut Input<'_>) {
    let manifest_value = serde_json::to_value(manifest()).expect("JSON can be written");
    let files = [
        ("run record", "runs", RUN.to_owned(), record()),
        ("pin", "pins", RUN.to_owned(), record()),
        ("manifest", "nodes", key().to_string(), manifest_value),
    ];
    let Some(which) = input.below(files.len()) else { return };
    let (kind, folder, name, value) = &files[which];
    let whole = sealed(kind, &content(value));
    let mut file = whole.clone();
    while edit(&mut file, input).is_some() {}
    write(folder, name, &file);
    let read = match *folder {
        "runs" => store.run_record(RUN).map(|record| json!(record)),
        "pins" => store.pin(RUN).map(|record| json!(record)),
        _ => store.manifest(&key()).map(|manifest| json!(manifest)),
    };
    match read {
        Ok(read) => assert!(file == whole && read == *value, "{}", String::from_utf8_lossy(&file)),
        Err(error) => assert!(file != whole, "{error}"),
    }
}

fn edit(file: &mut Vec<u8>, input: &mut Input<'_>) -> Option<()> {
    let at = input.below(file.len())?;
    match input.byte()? {
        0 => drop(file.drain(at..=at)),
        1 => file.insert(at, input.byte()?),
        _ => file[at] = input.byte()?,
    }
    Some(())
}

/// Any content with its true checksum: an error, or a record that is read again as it is written.
fn sealed_record(store: &Store, content: &[u8]) {
    write("runs", RUN, &sealed("run record", content));
    let Ok(Some(record)) = store.run_record(RUN) else {
        return;
    };
    assert_eq!(record.name, RUN);
    let written = self::content(&json!(record));
    write("runs", RUN, &sealed("run record", &written));
    let again: Option<RunRecord> = store.run_record(RUN).expect("what was read can be written and read");
    assert_eq!(again, Some(record));
    let _ = serl_pipeline::runs(store);
}

/// Any manifest, with the key of its material.
fn sealed_manifest(store: &Store, json: &[u8]) {
    let Ok(mut manifest) = serde_json::from_slice::<Manifest>(json) else {
        return;
    };
    manifest.key = manifest.material.key();
    let name = manifest.key.to_string();
    write("nodes", &name, &sealed("manifest", &content(&json!(manifest))));
    if let Ok(read) = store.manifest(&manifest.key) {
        assert_eq!(read, Some(manifest));
    }
    let _ = std::fs::remove_file(ROOT.join("v1/nodes").join(format!("{name}.json")));
}

/// Any object taken for the listing of a folder: an error, or names that stay in the folder.
fn tree(store: &ObjectStore, json: &[u8]) {
    let digest = store.put_bytes(json).expect("an object can be stored");
    let tree = store.tree(&digest);
    let _ = std::fs::remove_file(store.local(&digest).expect("it was stored"));
    let Ok(tree) = tree else { return };
    tree.bytes();
    let again: Tree = serde_json::from_slice(&tree.to_bytes()).expect("a tree can be written and read");
    assert_eq!(again, tree);
    for name in tree.files.keys() {
        let inside = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
        assert!(name.split('/').all(inside), "{name:?}");
    }
}
