//! Against a server, if `SERL_TEST_S3` names a bucket of one: `scripts/test-remote-store` starts one.

use std::time::{Duration, SystemTime};

use super::*;

/// The bucket, with a folder for one test; none without a server.
fn bucket(test: &str) -> Option<S3> {
    let place = std::env::var("SERL_TEST_S3").ok()?;
    let remote = S3::open(&format!("{place}/{test}"), |name| std::env::var(name).ok()).unwrap();
    for entry in remote.list("v1").unwrap() {
        remote.delete(&entry.key).unwrap();
    }
    Some(remote)
}

#[test]
fn what_is_written_can_be_read_listed_and_removed() {
    let Some(remote) = bucket("written") else { return };
    assert_eq!(remote.get("v1/a").unwrap(), None);
    assert_eq!(remote.head("v1/a").unwrap(), None);
    assert!(remote.read("v1/a").unwrap().is_none());
    for key in ["v1/a", "v1/runs/grün und blau.json", "v1/objects/ab/c"] {
        remote.put(key, key.as_bytes()).unwrap();
        assert_eq!(remote.get(key).unwrap().unwrap().bytes, key.as_bytes());
    }
    let head = remote.head("v1/a").unwrap().unwrap();
    let age = SystemTime::now().duration_since(head.modified).unwrap_or_default();
    assert!(head.bytes == 4 && age < Duration::from_secs(60), "{head:?}");
    let mut keys: Vec<String> = remote.list("v1").unwrap().into_iter().map(|e| e.key).collect();
    keys.sort();
    assert_eq!(keys, ["v1/a", "v1/objects/ab/c", "v1/runs/grün und blau.json"]);
    remote.put("v1/empty", b"").unwrap();
    assert_eq!(remote.get("v1/empty").unwrap().unwrap().bytes, b"");
    remote.delete("v1/a").unwrap();
    remote.delete("v1/a").unwrap();
    assert_eq!(remote.get("v1/a").unwrap(), None);
    let short = remote.send("v1/short", &mut &b"ab"[..], 3);
    assert!(short.is_err() && remote.head("v1/short").unwrap().is_none());
}

#[test]
fn a_large_content_goes_in_parts_and_one_that_fails_leaves_nothing() {
    let Some(remote) = bucket("large") else { return };
    let content: Vec<u8> = (0..(40u32 << 20) / 4).flat_map(u32::to_le_bytes).collect();
    remote
        .send("v1/large", &mut &content[..], content.len() as u64)
        .unwrap();
    let mut found = Vec::new();
    remote
        .read("v1/large")
        .unwrap()
        .unwrap()
        .read_to_end(&mut found)
        .unwrap();
    assert!(found == content);
    let mut broken = (&content[..]).chain(Broken);
    assert!(remote.send("v1/broken", &mut broken, content.len() as u64 + 1).is_err());
    assert_eq!(remote.head("v1/broken").unwrap(), None);
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the object is damaged"))
    }
}

#[test]
fn many_keys_are_listed_in_pages() {
    let Some(remote) = bucket("pages") else { return };
    std::thread::scope(|scope| {
        for part in 0..4 {
            let remote = &remote;
            scope.spawn(move || {
                for index in 0..280 {
                    remote.put(&format!("v1/{part}-{index}"), b"x").unwrap();
                }
            });
        }
    });
    assert_eq!(remote.list("v1").unwrap().len(), 4 * 280);
}

#[test]
fn one_of_many_creates_or_replaces() {
    let Some(remote) = bucket("races") else { return };
    for round in 0..10 {
        let key = format!("v1/{round}");
        let race = |act: &(dyn Fn(u8) -> Option<Version> + Sync)| -> Vec<u8> {
            std::thread::scope(|scope| {
                let all: Vec<_> = (0..8)
                    .map(|index| scope.spawn(move || act(index).map(|_| index)))
                    .collect();
                all.into_iter().filter_map(|one| one.join().unwrap()).collect()
            })
        };
        let created = race(&|index| remote.create(&key, &[index]).unwrap());
        assert_eq!(created.len(), 1, "{created:?}");
        let found = remote.get(&key).unwrap().unwrap();
        assert_eq!(found.bytes, created);
        let swapped = race(&|index| remote.swap(&key, &found.version, &[index, index]).unwrap());
        assert_eq!(swapped.len(), 1, "{swapped:?}");
        assert_eq!(remote.get(&key).unwrap().unwrap().bytes, [swapped[0]; 2]);
    }
    let stale = remote.get("v1/0").unwrap().unwrap().version;
    remote.delete("v1/0").unwrap();
    assert_eq!(remote.swap("v1/0", &stale, b"").unwrap(), None);
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let set = |name: &str| match name {
        "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:9".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        _ => None,
    };
    let remote = S3::open("bucket/serl", set).unwrap();
    let told = remote.get("v1/a").unwrap_err().to_string();
    assert!(told.starts_with("cannot read s3://bucket/serl/v1/a: "), "{told}");
    assert_eq!(S3::open("/x", set).unwrap_err(), "it names no bucket");
}
