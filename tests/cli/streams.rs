//! Standard output and error that cannot be written to: the work goes on, and the exit code says how it ended.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use nix::sys::signal::{SigHandler, Signal, signal};

use crate::support::inventory::Inventory;
use crate::support::{FINISHED, Playground, TINY};

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// A pipe whose reader has left.
fn closed() -> Stdio {
    std::io::pipe().unwrap().1.into()
}

fn a_run() -> Vec<&'static str> {
    [&["run"], TINY].concat()
}

#[test]
fn a_run_whose_messages_cannot_be_written_does_the_same_and_succeeds() {
    for stderr in [full, closed] {
        let place = Playground::new();
        let status = place.command(&a_run()).stderr(stderr()).stdout(Stdio::null()).status();
        assert_eq!(status.unwrap().code(), Some(0));
        let made = Inventory::of(&place.path(".serl"));
        assert_eq!(made, Inventory::of(&FINISHED.path(".serl")));
    }
}

#[test]
fn exit_codes_are_the_documented_ones_without_messages() {
    for stderr in [full, closed] {
        let place = Playground::new();
        let code = |arguments: &[&str]| place.command(arguments).stderr(stderr()).status().unwrap().code();
        assert_eq!(code(&["run", "vote.n=0"]), Some(2));
        assert_eq!(code(&["run", "--nonsense"]), Some(2));
        assert_eq!(code(&["diff", "x", "y"]), Some(2));
        assert_eq!(code(&["fsck"]), Some(2));
    }
}

#[test]
fn a_stopped_run_without_messages_saves_what_it_has() {
    for (stderr, name) in [(full as fn() -> Stdio, "INT"), (closed, "HUP")] {
        let place = Playground::new();
        // So much that it cannot end before the signal comes.
        let many = [
            "eval.limit=500",
            "eval.sample_limit=500",
            "eval.k=64",
            "eval.batch_prompts=1",
        ];
        let many = [&a_run()[..], &many].concat();
        let mut command = place.command(&many);
        command.stderr(stderr()).stdout(Stdio::null());
        // As from a terminal, even if the tests were started by nohup, which ignores that signal in all that follow.
        // SAFETY: setting the default action is safe between fork and exec.
        unsafe {
            command.pre_exec(|| Ok(signal(Signal::SIGHUP, SigHandler::SigDfl).map(drop)?));
        }
        let mut child = command.spawn().unwrap();
        let parts = || crate::support::inventory::listed(&place.path(".serl/v1/work"));
        while parts()
            .iter()
            .all(|work| !work.join("parts/greedy/00000000.part").exists())
        {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was stopped");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let pid = child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }
}

#[test]
fn a_run_started_by_nohup_outlives_its_terminal() {
    let place = Playground::new();
    let binary = env!("CARGO_BIN_EXE_serl");
    let script = format!("trap '' HUP; exec '{binary}' \"$@\"");
    let mut child = std::process::Command::new("sh")
        .args(["-c", &script, "sh"])
        .args(a_run())
        .current_dir(place.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !place.path(".serl/v1/runs").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it began");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let pid = child.id().to_string();
    for _ in 0..3 {
        let sent = std::process::Command::new("kill").args(["-s", "HUP", &pid]).status();
        assert!(sent.unwrap().success());
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn data_that_cannot_be_written_is_a_failure_unless_nobody_reads_it() {
    let place = Playground::after_finished();
    place.write("pairs.jsonl", "{\"gold\": \"1\", \"pred\": \"1\"}\n");
    for command in [
        &["runs"][..],
        &["inspect", "eval", "--run", "tiny"],
        &["explain", "1/vote.0", "--run", "tiny"],
        &["grade", "--input", "pairs.jsonl"],
    ] {
        let output = |stdout: Stdio| {
            place
                .command(command)
                .stdout(stdout)
                .stderr(Stdio::piped())
                .output()
                .unwrap()
        };
        let refused = output(full());
        let told = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(75), "{command:?}: {told}");
        assert!(told.contains("cannot write to standard output"), "{command:?}: {told}");
        let unread = output(closed());
        let told = String::from_utf8_lossy(&unread.stderr);
        assert_eq!(unread.status.code(), Some(0), "{command:?}: {told}");
        assert!(!told.contains("error"), "{command:?}: {told}");
    }
}

#[test]
fn a_configuration_may_come_from_a_pipe() {
    let place = Playground::new();
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/configs/quickstart.toml")).unwrap();
    let mut command = place.command(&["plan", "-q", "-c", "/dev/stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("generate, filter"));
}

#[test]
fn what_policies_and_users_write_reaches_no_terminal_raw() {
    let place = Playground::new();
    let path = place.copy_policy("policy").join("tokenizer.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut tokenizer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let replace = serde_json::json!({
        "type": "Replace", "pattern": {"String": "####"}, "content": "\u{1b}]52;c;cHduZWQ=\u{7}\u{9b}2J\u{202e} ###",
    });
    tokenizer["decoder"] = serde_json::json!({"type": "Sequence", "decoders": [tokenizer["decoder"], replace]});
    serde_json::to_writer(File::create(&path).unwrap(), &tokenizer).unwrap();
    let run = |more: &[&str]| {
        place.run(
            &[
                &["run", "model.path=policy", "iterations=1", "rounds=1"],
                &TINY[3..],
                more,
            ]
            .concat(),
        );
    };
    run(&["name=a"]);
    run(&["name=b", "seed=2"]);
    let mut seen = false;
    for command in [
        &["diff", "a", "b"][..],
        &["diff", "a", "b", "--json"],
        &["inspect", "answers", "--run", "a"],
        &["inspect", "answers", "--run", "a", "--json"],
        &["explain", "1/vote.0", "--run", "\u{1b}[2Ja"],
        &["run", "-c", "\u{1b}[2J\u{202e}.toml"],
        &["eval", "\u{1b}[2J\u{202e}", "builtin:quickstart/eval.jsonl"],
        &["runs", "\u{1b}[2J\u{202e}"],
    ] {
        let told = place.run(command);
        let all = format!("{}{}", told.stdout, told.stderr);
        let raw = |c: char| c.is_control() && c != '\n' || "\u{202e}".contains(c);
        assert!(!all.contains(raw), "{command:?}: {all:?}");
        seen |= all.contains("\\u001b");
    }
    assert!(seen, "the policy wrote nothing to escape");
}
