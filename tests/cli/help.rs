//! Every help text, as it is printed.

use crate::support::Playground;

fn help(arguments: &[&str]) -> String {
    Playground::new()
        .run(&[arguments, &["--help"]].concat())
        .succeeded()
        .stdout
}

#[test]
fn of_serl() {
    insta::assert_snapshot!(help(&[]));
}

#[test]
fn of_run() {
    insta::assert_snapshot!(help(&["run"]));
}

#[test]
fn of_plan() {
    insta::assert_snapshot!(help(&["plan"]));
}

#[test]
fn of_push() {
    insta::assert_snapshot!(help(&["push"]));
}

#[test]
fn of_pull() {
    insta::assert_snapshot!(help(&["pull"]));
}

#[test]
fn of_explain() {
    insta::assert_snapshot!(help(&["explain"]));
}

#[test]
fn of_diff() {
    insta::assert_snapshot!(help(&["diff"]));
}

#[test]
fn of_sft() {
    insta::assert_snapshot!(help(&["sft"]));
}

#[test]
fn of_merge() {
    insta::assert_snapshot!(help(&["merge"]));
}

#[test]
fn of_eval() {
    insta::assert_snapshot!(help(&["eval"]));
}

#[test]
fn of_grade() {
    insta::assert_snapshot!(help(&["grade"]));
}

#[test]
fn of_init() {
    insta::assert_snapshot!(help(&["init"]));
}

#[test]
fn of_inspect() {
    insta::assert_snapshot!(help(&["inspect"]));
}

#[test]
fn of_report() {
    insta::assert_snapshot!(help(&["report"]));
}

#[test]
fn of_runs() {
    insta::assert_snapshot!(help(&["runs"]));
}

#[test]
fn of_fsck() {
    insta::assert_snapshot!(help(&["fsck"]));
}

#[test]
fn of_gc() {
    insta::assert_snapshot!(help(&["gc"]));
}

#[test]
fn of_bench() {
    insta::assert_snapshot!(help(&["bench"]));
}

#[test]
fn of_bench_rollout() {
    insta::assert_snapshot!(help(&["bench", "rollout"]));
}

#[test]
fn of_bench_train() {
    insta::assert_snapshot!(help(&["bench", "train"]));
}

#[test]
fn of_bench_prefill() {
    insta::assert_snapshot!(help(&["bench", "prefill"]));
}

#[test]
fn of_bench_step() {
    insta::assert_snapshot!(help(&["bench", "step"]));
}

#[test]
fn of_env() {
    insta::assert_snapshot!(help(&["env"]));
}

#[test]
fn of_completions() {
    insta::assert_snapshot!(help(&["completions"]));
}

#[test]
fn of_man() {
    insta::assert_snapshot!(help(&["man"]));
}

#[test]
fn of_schema() {
    insta::assert_snapshot!(help(&["schema"]));
}

#[test]
fn of_prompt() {
    insta::assert_snapshot!(help(&["prompt"]));
}

#[test]
fn the_version_is_short_or_long() {
    let version = |option: &str| Playground::new().run(&[option]).succeeded().stdout;
    let short = format!("serl {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(version("-V"), short);
    let long = version("--version");
    let rest = long.strip_prefix(&short).unwrap();
    let about: Vec<(&str, &str)> = rest.lines().map(|line| line.split_once("  ").unwrap()).collect();
    let names: Vec<&str> = about.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["commit", "target", "devices", "simd"]);
    let commit = about[0].1.trim();
    let is_hash = commit.len() >= 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A build from an archive has none, and whoever packages may name another one.
    assert!(
        is_hash || commit == "unknown" || option_env!("SERL_COMMIT").is_some(),
        "{long}"
    );
}

/// Each manual page is one that `man` can read, and there is one for each command.
#[test]
fn manual_pages_say_what_help_does() {
    let place = Playground::new();
    place.run(&["man", "pages"]).succeeded();
    let page = |name: &str| std::fs::read_to_string(place.path("pages").join(name)).unwrap();
    insta::assert_snapshot!(page("serl-explain.1"));
    assert!(page("serl.1").contains("serl\\-inspect"), "{}", page("serl.1"));
    assert!(page("serl-inspect-eval.1").contains("--where") || page("serl-inspect-eval.1").contains("\\-\\-where"));
    assert_eq!(place.run(&["man"]).succeeded().stdout, page("serl.1"));
}

#[test]
fn a_misspelt_command_is_answered_with_the_nearest() {
    let outcome = Playground::new().run(&["inspct"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("'inspect'"), "{}", outcome.stderr);
}

#[test]
fn of_check() {
    insta::assert_snapshot!(help(&["check"]));
}

#[test]
fn of_show() {
    insta::assert_snapshot!(help(&["show"]));
}

#[test]
fn of_trace() {
    insta::assert_snapshot!(help(&["trace"]));
}

#[test]
fn of_watch() {
    insta::assert_snapshot!(help(&["watch"]));
}

#[test]
fn of_metrics() {
    insta::assert_snapshot!(help(&["metrics"]));
}
