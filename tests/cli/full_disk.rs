//! A store on a disk that is full. Mounting needs root, so this is run by `scripts/full-disk` only.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::inventory::Inventory;
use crate::support::{FINISHED, Playground, TINY};

/// A file system in memory, of a size that can be changed.
struct Disk(PathBuf);

impl Disk {
    fn new(at: PathBuf, megabytes: u32) -> Self {
        std::fs::create_dir(&at).unwrap();
        let size = format!("size={megabytes}m");
        mount(&["-t", "tmpfs", "-o", &size, "none"], &at);
        Self(at)
    }

    fn grow(&self, megabytes: u32) {
        mount(&["-o", &format!("remount,size={megabytes}m")], &self.0);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn mount(arguments: &[&str], at: &Path) {
    let status = Command::new("mount").args(arguments).arg(at).status();
    assert!(status.unwrap().success(), "mounting needs root");
}

/// Numbers of megabytes at which the disk is full in the unpacking, in several trainings and in between.
const SIZES: std::ops::Range<u32> = 1..26;

#[test]
#[ignore = "needs root: run by scripts/full-disk"]
fn a_full_disk_stops_the_run_and_space_lets_it_go_on() {
    let wanted = Inventory::of(&FINISHED.path(".serl"));
    for megabytes in SIZES {
        let place = Playground::new();
        let disk = Disk::new(place.path("disk"), megabytes);
        let command = [&["run", "-q"], TINY, &["execution.store=disk/store"]].concat();
        let outcome = place.run(&command);
        if outcome.code == Some(0) {
            continue;
        }
        println!("{megabytes} MB: {}", outcome.stderr.lines().next().unwrap_or_default());
        assert_eq!(outcome.code, Some(75), "{}", outcome.stderr);
        for told in ["disk/store", "No space left on device", "make room"] {
            assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
        }
        let left = Inventory::of(&place.path("disk/store"));
        assert!(left.objects.is_subset(&wanted.objects), "{megabytes} MB");
        assert!(
            left.nodes
                .iter()
                .all(|(key, outputs)| wanted.nodes.get(key) == Some(outputs))
        );
        disk.grow(100);
        place.run(&command).succeeded();
        assert_eq!(Inventory::of(&place.path("disk/store")), wanted, "{megabytes} MB");
    }
}
