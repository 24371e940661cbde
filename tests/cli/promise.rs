//! The promise of the cache: whatever happens to a file that a run reads or wrote, the run ends with the right bytes or
//! with an error that says so, and never with a wrong result.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::dice::Dice;
use crate::support::inventory::{Inventory, listed, manifests};
use crate::support::watched::Watched;
use crate::support::{Playground, TINY, shipped};

/// Half of the [`TINY`] run: one iteration of one round, from a model and data of the user's.
const HALF: &[&str] = &[
    "name=half",
    "iterations=1",
    "rounds=1",
    "model.path=model",
    "seeds.path=seeds.jsonl",
    "eval.path=eval.jsonl",
];

fn run() -> Vec<&'static str> {
    [&["run"], TINY, HALF].concat()
}

/// A folder with the files that the run reads, before it.
fn beginning() -> Playground {
    let place = Playground::new();
    place.copy_policy("model");
    for name in ["seeds.jsonl", "eval.jsonl"] {
        let text = fs::read(shipped("data").join(name)).unwrap();
        place.write(name, text);
    }
    place
}

/// A copy of the folder, links included.
fn copy(of: &Playground) -> Playground {
    let place = Playground::new();
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(of.path("."))
        .arg(place.path("."))
        .status();
    assert!(copied.unwrap().success());
    place
}

/// Everything in a folder that is a file, links not followed.
fn files(dir: &Path) -> Vec<PathBuf> {
    let inside = |path: PathBuf| match path.is_dir() && !path.is_symlink() {
        true => files(&path),
        false => vec![path],
    };
    listed(dir).into_iter().flat_map(inside).collect()
}

/// What can happen to a file.
#[derive(Debug, Clone, Copy)]
enum Harm {
    Flipped,
    Cut,
    Emptied,
    Lost,
    /// Another file of its kind takes its place, and it takes that one's.
    Exchanged,
}

const HARMS: [Harm; 5] = [Harm::Flipped, Harm::Cut, Harm::Emptied, Harm::Lost, Harm::Exchanged];

/// Does it to the file `path` of `all`, files of its kind, and tells what was done.
fn harm(path: &Path, all: &[PathBuf], dice: &mut Dice) -> String {
    let harm = HARMS[dice.below(HARMS.len() as u64) as usize];
    // Follows links: those of the view lead to objects.
    let read = |path: &Path| {
        let path = fs::canonicalize(path).ok()?;
        Some((fs::read(&path).ok()?, path))
    };
    // A run that goes on may have removed it.
    let Some((mut bytes, path)) = read(path) else {
        return "nothing: it was gone".to_owned();
    };
    let replace = |path: &Path, bytes: &[u8]| {
        let _ = fs::remove_file(path);
        let _ = fs::write(path, bytes);
    };
    match harm {
        Harm::Flipped if !bytes.is_empty() => {
            let at = dice.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << dice.below(8);
            replace(&path, &bytes);
        }
        Harm::Cut => replace(&path, &bytes[..dice.below(bytes.len() as u64 + 1) as usize]),
        Harm::Flipped | Harm::Emptied => replace(&path, b""),
        Harm::Lost => drop(fs::remove_file(&path)),
        Harm::Exchanged => {
            if let Some((others, other)) = read(&all[dice.below(all.len() as u64) as usize]) {
                replace(&other, &bytes);
                replace(&path, &others);
            }
        }
    }
    format!("{harm:?} {}", path.display())
}

/// The kinds of files of a store, by the folder that they are in.
const KINDS: [&str; 8] = [
    "v1/nodes",
    "v1/runs",
    "v1/pins",
    "v1/objects",
    "v1/trees",
    "v1/work",
    "runs",
    "v1",
];

/// Harms a file of a kind that `dice` chooses; kinds count alike, however many files they have.
fn harm_store(root: &Path, dice: &mut Dice) -> String {
    loop {
        let kind = KINDS[dice.below(KINDS.len() as u64) as usize];
        let all = match kind {
            "v1" => vec![root.join("v1/format.json")],
            kind => files(&root.join(kind)),
        };
        if !all.is_empty() {
            let path = &all[dice.below(all.len() as u64) as usize];
            return harm(path, &all, dice);
        }
    }
}

/// Forgets nodes, so that the next run reads what others wrote: those of the stages from a random one on.
fn forget(root: &Path, dice: &mut Dice) {
    const ORDER: [&str; 7] = ["generate", "filter", "respond", "vote", "train", "solve", "evaluate"];
    let first = dice.below(ORDER.len() as u64 + 1) as usize;
    for (key, manifest) in manifests(root) {
        let stage = manifest["material"]["stage"].as_str().unwrap();
        if ORDER[first..].contains(&stage) {
            fs::remove_file(root.join("v1/nodes").join(format!("{key}.json"))).unwrap();
        }
    }
}

/// Runs, mends if the run asks for it, and compares with what an undisturbed run leaves.
#[track_caller]
fn ends_right(place: &Playground, wanted: &Inventory, told: &str) {
    let root = place.path(".serl");
    let first = place.run(&run());
    assert!(
        matches!(first.code, Some(0..=2)),
        "{told}: {:?} {}",
        first.code,
        first.stderr
    );
    if first.code == Some(0) {
        assert_nodes(&root, wanted, told);
    } else {
        assert!(first.stderr.contains("error: "), "{told}: {}", first.stderr);
    }
    // Objects that nothing has read are checked here.
    place.run(&["fsck", "--repair"]);
    let again = place.run(&run());
    assert_eq!(again.code, Some(0), "{told}: {}", again.stderr);
    assert_nodes(&root, wanted, told);
    assert!(Inventory::of(&root).objects.is_superset(&wanted.objects), "{told}");
    let checked = place.run(&["fsck"]);
    assert_eq!(checked.code, Some(0), "{told}: {}{}", checked.stdout, checked.stderr);
}

#[track_caller]
fn assert_nodes(root: &Path, wanted: &Inventory, told: &str) {
    let nodes: Vec<_> = manifests(root).into_keys().collect();
    assert!(
        wanted.nodes.keys().all(|key| nodes.contains(key)),
        "{told}: a node is not there"
    );
    for (key, manifest) in manifests(root) {
        let made = crate::support::inventory::outputs(&manifest);
        // A run that had read other bytes has other nodes: those are theirs, and right for them.
        if let Some(outputs) = wanted.nodes.get(&key) {
            assert_eq!(&made, outputs, "{told}: node {key}");
        }
    }
}

fn undisturbed() -> (Playground, Inventory) {
    let place = beginning();
    place.run(&run()).succeeded();
    place.run(&["gc", "--pin", "half"]).succeeded();
    let inventory = Inventory::of(&place.path(".serl"));
    (place, inventory)
}

/// Files of a finished run.
fn finished(cases: u64) {
    let (whole, wanted) = undisturbed();
    for seed in 0..cases {
        let (place, mut dice) = (copy(&whole), Dice(seed));
        let root = place.path(".serl");
        forget(&root, &mut dice);
        let told = harm_store(&root, &mut dice);
        ends_right(&place, &wanted, &format!("seed {seed}: {told}"));
    }
}

/// Files that a killed run has saved, in the middle of any node.
fn interrupted(cases: u64) {
    let (_, wanted) = undisturbed();
    let (mut seed, mut done) = (0, 0);
    while done < cases {
        let (place, mut dice) = (beginning(), Dice(seed));
        seed += 1;
        let at = 60 + dice.below(240);
        place.run_on_failing_disk(&format!("crash-after:{at}"), &run());
        let work = files(&place.path(".serl/v1/work"));
        if work.is_empty() {
            continue;
        }
        let told: Vec<String> = (0..2)
            .map(|_| harm(&work[dice.below(work.len() as u64) as usize], &work, &mut dice))
            .collect();
        ends_right(&place, &wanted, &format!("crash at {at}, then {}", told.join(", ")));
        done += 1;
    }
}

/// Moments of a run, by the line that it prints.
const MOMENTS: [&str; 5] = [
    "1/generate: done",
    "1/filter: done",
    "1/respond.0: done",
    "1/vote.0: done",
    "1/train.0: done",
];

/// Files of the user's and of the store, while the run goes on.
fn going_on(cases: u64) {
    let (_, wanted) = undisturbed();
    for seed in 0..cases {
        let (place, mut dice) = (beginning(), Dice(seed));
        let root = place.path(".serl");
        let mut running = Watched::start(&place, &run());
        let moment = MOMENTS[dice.below(MOMENTS.len() as u64) as usize];
        running.until(moment);
        let users: Vec<PathBuf> = [
            files(&place.path("model")),
            vec![place.path("seeds.jsonl"), place.path("eval.jsonl")],
        ]
        .concat();
        let user = &users[dice.below(users.len() as u64) as usize];
        let kept = fs::read(user).unwrap();
        let told = match dice.below(3) {
            0 => harm_store(&root, &mut dice),
            _ => harm(user, std::slice::from_ref(user), &mut dice),
        };
        let told = format!("seed {seed}, after {moment}: {told}");
        let outcome = running.end();
        assert!(matches!(outcome.code, Some(0..=2)), "{told}: {}", outcome.stderr);
        if outcome.code == Some(0) {
            assert_nodes(&root, &wanted, &told);
        }
        fs::write(user, kept).unwrap();
        ends_right(&place, &wanted, &told);
    }
}

#[test]
fn a_harmed_file_of_a_finished_run_never_gives_a_wrong_result() {
    finished(14);
}

#[test]
fn a_harmed_file_of_an_interrupted_run_never_gives_a_wrong_result() {
    interrupted(4);
}

#[test]
fn a_file_harmed_while_a_run_goes_on_never_gives_a_wrong_result() {
    going_on(4);
}

#[test]
#[ignore = "long: SERL_HARMS says how many of each"]
fn harm_many() {
    let cases = std::env::var("SERL_HARMS").map_or(100, |n| n.parse().unwrap());
    finished(cases);
    interrupted(cases);
    going_on(cases);
    println!("{cases} files of each kind harmed; every run ended right");
}
