//! Scripts that make jobs of a run: what they write, without a scheduler.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::{Outcome, Playground, TINY};

/// The first round of an iteration, as a part of a run that schedulers get.
const ROUND: &[&str] = &["--round", "0"];

/// A script of the repository, started in the folder of `place`.
fn script(place: &Playground, name: &str, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name));
    command.current_dir(place.path("."));
    place.outcome(command.args(arguments))
}

/// What a script writes for the first round of the tiny run.
fn written(name: &str, options: &[&str]) -> String {
    let serl = ["--serl", env!("CARGO_BIN_EXE_serl")];
    let arguments = [&serl[..], options, &["--"], &["name=tiny", "vote.n=4"], ROUND].concat();
    let text = script(&Playground::new(), name, &arguments).succeeded().stdout;
    text.replace(env!("CARGO_MANIFEST_DIR"), "[ROOT]")
}

/// A program in the folder of `place`.
fn program(place: &Playground, name: &str, text: &str) {
    place.write(name, format!("#!/bin/sh\n{text}\n"));
    fs::set_permissions(place.path(name), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn slurm_gets_a_job_for_each_node_with_what_it_waits_for() {
    let options = [
        "--dry-run",
        "--gpu-partition=gpu",
        "--cpu-partition=cpu",
        "--gpu-args=--gres=gpu:1 --time=4:00:00",
    ];
    insta::assert_snapshot!(written("slurm/submit", &options));
}

/// Runs what the jobs run, in their order.
#[test]
fn what_the_jobs_run_completes_the_part_that_was_selected() {
    let place = Playground::new();
    let serl = ["--dry-run", "--serl", env!("CARGO_BIN_EXE_serl"), "--"];
    let part = ["--stage=train", "--iteration", "1", "--round=0"];
    let arguments = [&serl[..], &part, TINY].concat();
    let told = script(&place, "slurm/submit", &arguments).succeeded().stdout;
    let commands = told
        .lines()
        .map(|line| line.split("/slurm/job 10 serl ").nth(1).unwrap());
    for command in commands {
        let mut shell = Command::new("bash");
        shell.current_dir(place.path(".")).arg("-c");
        let whole = format!("{} {command}", env!("CARGO_BIN_EXE_serl"));
        place.outcome(shell.arg(whole)).succeeded();
    }
    let plan = place.json(&[&["plan", "-q"], &part[..], TINY].concat());
    let nodes = plan.as_array().unwrap();
    assert!(
        nodes.len() == 5 && nodes.iter().all(|node| node["status"] == "cached"),
        "{plan}"
    );
    assert_eq!(script(&place, "slurm/submit", &arguments).succeeded().stdout, "");
}

#[test]
fn snakemake_gets_a_rule_for_each_node() {
    let told = written("workflow", &["--snakemake", "--command=serl"]);
    let version = told
        .split("serl/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    insta::assert_snapshot!(told.replace(&version, "[PLAN]"));
}

#[test]
fn argo_gets_a_task_for_each_node() {
    let options = [
        "--argo",
        "--command=serl",
        "--image=registry.example/serl",
        "--claim=shared",
    ];
    insta::assert_snapshot!(written("workflow", &options));
}

#[test]
fn scripts_end_as_the_plan_does_and_have_nothing_for_what_is_complete() {
    let place = Playground::new();
    let ended = |more: &[&str]| {
        let serl = ["--dry-run", "--serl", env!("CARGO_BIN_EXE_serl"), "--"];
        script(&place, "slurm/submit", &[&serl[..], TINY, more].concat())
    };
    let refused = ended(&["vote.m=4"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("did you mean") && refused.stdout.is_empty(),
        "{}",
        refused.stderr
    );
    let all = ended(&["--stage", "filter"]).succeeded().stdout;
    assert_eq!(all.lines().count(), 2, "{all}");
    place
        .run(&[&["run", "-q"], TINY, &["--stage", "generate"]].concat())
        .succeeded();
    let left = ended(&["--stage", "filter"]).succeeded().stdout;
    assert!(left.lines().count() == 1 && !left.contains("--dependency"), "{left}");
}

/// A plan in which nodes without a model follow each other.
const CHAINS: &str = r#"cat <<'END'
[{"id": "1/a", "status": "will run", "after": [], "resources": {"model": false, "accelerator": false}},
 {"id": "1/b", "status": "will run", "after": ["1/a"], "resources": {"model": false, "accelerator": false}},
 {"id": "1/c", "status": "will run", "after": ["1/b"], "resources": {"model": true, "accelerator": true}},
 {"id": "1/d", "status": "will run", "after": ["1/b"], "resources": {"model": false, "accelerator": false}}]
END"#;

#[test]
fn nodes_without_a_model_share_a_job_unless_something_would_wait_longer() {
    let place = Playground::new();
    program(&place, "serl", CHAINS);
    let told = script(&place, "slurm/submit", &["--dry-run", "--serl=./serl"])
        .succeeded()
        .stdout;
    let jobs: Vec<&str> = told
        .lines()
        .map(|line| line.split("--quiet ").nth(1).unwrap())
        .collect();
    assert_eq!(jobs, ["--node 1/a --node 1/b", "--node 1/c", "--node 1/d"], "{told}");
    assert_eq!(told.matches("'--dependency=afterok:<1/a>'").count(), 2, "{told}");
    assert_eq!(told.matches("--gres=gpu:1").count(), 1, "{told}");
}

/// How a job of Slurm ends whose command ends with `code` while `scontrol` says that it is `state`, after `restarts`;
/// and whether it went back into the queue.
fn job(code: u8, state: &str, restarts: u32) -> (Option<i32>, bool) {
    let place = Playground::new();
    let scontrol =
        format!("case $1 in --oneliner) echo \"JobId=7 JobState={state}\" ;; *) echo $* > asked; exit 1 ;; esac");
    program(&place, "scontrol", &scontrol);
    program(&place, "command", &format!("exit {code}"));
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/slurm/job"));
    let path = format!("{}:{}", place.path("").display(), std::env::var("PATH").unwrap());
    command.current_dir(place.path(".")).args(["3", "./command"]);
    command
        .env("PATH", path)
        .env("SLURM_JOB_ID", "7")
        .env("SLURM_RESTART_COUNT", restarts.to_string());
    let ended = place.outcome(&mut command);
    let asked = fs::read_to_string(place.path("asked")).unwrap_or_default();
    assert!(asked.is_empty() || asked == "requeue 7\n", "{asked}");
    (ended.code, !asked.is_empty())
}

#[test]
fn jobs_go_back_into_the_queue_if_that_can_help_and_nobody_cancelled_them() {
    for code in [75, 130] {
        assert_eq!(job(code, "RUNNING", 2), (Some(i32::from(code)), true));
        assert_eq!(job(code, "RUNNING", 3), (Some(i32::from(code)), false), "often enough");
        assert_eq!(job(code, "CANCELLED", 0), (Some(i32::from(code)), false));
    }
    for code in [0, 1, 2, 3] {
        assert_eq!(job(code, "RUNNING", 0), (Some(i32::from(code)), false));
    }
}
