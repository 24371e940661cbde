//! Completion, asked for as shells ask.

use std::fs;
use std::process::Command;

use crate::support::{FINISHED, Playground};

/// The candidates for the last of `words`, as fish asks for them.
fn candidates(place: &Playground, words: &[&str]) -> Vec<String> {
    let lines = asked(place, "fish", words);
    lines
        .iter()
        .map(|line| line.split('\t').next().unwrap_or_default().to_owned())
        .collect()
}

/// The lines that a shell gets. Nothing else may be said.
fn asked(place: &Playground, shell: &str, words: &[&str]) -> Vec<String> {
    let mut command = place.command(&[&["--"], words].concat());
    let outcome = place.outcome(command.env("SERL_COMPLETE", shell));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{words:?}");
    outcome.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn names_in_the_store_are_offered() {
    let place = &*FINISHED;
    let of = |words: &[&str]| candidates(place, words);
    assert_eq!(of(&["serl", "check", "t"]), ["tiny"]);
    assert_eq!(of(&["serl", "gc", "--drop-run", ""]), ["tiny"]);
    assert_eq!(of(&["serl", "compare", "tiny", "--against", ""]), ["tiny"]);
    assert_eq!(of(&["serl", "explain", "1/v"]), ["1/vote.0", "1/vote.1"]);
    assert_eq!(of(&["serl", "explain", "--run", "other", "1/v"]), [""; 0]);
    assert_eq!(of(&["serl", "show", "tiny@1/t"]), ["tiny@1/train.0", "tiny@1/train.1"]);
    assert_eq!(
        of(&["serl", "diff", "tiny", "tiny@"])[..3],
        ["tiny@0", "tiny@1", "tiny@2"]
    );
    assert_eq!(of(&["serl", "run", "--stage", "e"]), ["evaluate"]);
    assert_eq!(
        of(&["serl", "inspect", "r-mean", "--sort", "iteration,sel"])[0],
        "iteration,selected"
    );
    assert_eq!(
        of(&["serl", "inspect", "train", "--each", "--where", "iteration = 1 and rew"]).len(),
        1
    );
}

#[test]
fn keys_and_their_values_are_offered() {
    let place = Playground::new();
    let of = |words: &[&str]| candidates(&place, words);
    assert_eq!(of(&["serl", "run", "vo"]), ["vote."]);
    assert_eq!(
        of(&["serl", "run", "vote.t"]),
        ["vote.train_n=", "vote.temperature=", "vote.top_p=", "vote.top_k="]
    );
    assert_eq!(of(&["serl", "run", "vote.n="]), ["vote.n=16"]);
    assert_eq!(
        of(&["serl", "plan", "seed=2", "train.on_empty="]),
        ["train.on_empty=fail", "train.on_empty=skip"]
    );
    assert_eq!(
        of(&["serl", "run", "drift.enabled="]),
        ["drift.enabled=true", "drift.enabled=false"]
    );
    assert_eq!(of(&["serl", "run", "model.path=b"]), ["model.path=builtin:quickstart"]);
    assert_eq!(of(&["serl", "sft", "sft.lora.r"]), ["sft.lora.rank="]);
    // A section has the keys of the kind that was chosen.
    assert_eq!(of(&["serl", "run", "reward.thr"]), [""; 0]);
    assert_eq!(
        of(&["serl", "run", "reward.kind=consensus", "reward.thr"]),
        ["reward.threshold="]
    );
    let described = asked(&place, "fish", &["serl", "run", "iter"]);
    assert_eq!(
        described,
        ["iterations=\tSeRL iterations: generate, filter, drift, (respond, vote, train) per round, solve, evaluate"]
    );
    // What the file says counts, too.
    place.write("mine.toml", "[vote]\nn = 4\n[reward]\nkind = \"judge\"\n");
    assert_eq!(of(&["serl", "run", "-c", "m"]), ["mine.toml"]);
    assert_eq!(of(&["serl", "run", "-c", "mine.toml", "vote.n="]), ["vote.n=4"]);
    assert_eq!(of(&["serl", "run", "-c", "mine.toml", "reward.sc"]), ["reward.scale="]);
}

#[test]
fn commands_options_and_choices_are_offered() {
    let place = Playground::new();
    let of = |words: &[&str]| candidates(&place, words);
    assert_eq!(of(&["serl", "in"]), ["init", "inspect"]);
    assert_eq!(of(&["serl", "inspect", "ro"]), ["rollouts"]);
    assert_eq!(of(&["serl", "run", "--dry"]), ["--dry-run"]);
    assert_eq!(of(&["serl", "completions", "z"]), ["zsh"]);
}

#[test]
fn nothing_is_written_and_no_fault_is_told() {
    let place = Playground::new();
    let words: [&[&str]; 6] = [
        &["serl", "check", ""],
        &["serl", "run", "vote."],
        &["serl", "run", "-c", "absent.toml", "vote."],
        &["serl", "explain", "--store", "file", ""],
        &["serl", "nothing", "at", "all"],
        &["serl", "inspect", "nothing", "--where", "'"],
    ];
    let everywhere = |place: &Playground| {
        for shell in ["bash", "zsh", "fish", "nushell", "powershell", "elvish", "unknown"] {
            for words in words {
                asked(place, shell, words);
            }
            asked(place, shell, &[]);
        }
    };
    everywhere(&place);
    assert_eq!(fs::read_dir(place.path(".")).unwrap().count(), 0);
    place.write("serl.toml", "seed = = 1").write("file", "");
    everywhere(&place);
    fs::create_dir_all(place.path(".serl/v1/runs")).unwrap();
    place.write(".serl/v1/runs/bad.json", "{");
    place.write("serl.toml", "");
    assert_eq!(candidates(&place, &["serl", "check", ""])[0], "bad");
    assert_eq!(candidates(&place, &["serl", "show", "bad@"]), [""; 0]);
    assert_eq!(fs::read_dir(place.path(".serl/v1")).unwrap().count(), 1);
}

/// Bash, with the script loaded, is asked for what may come behind `line`.
fn bash(place: &Playground, line: &str, word: &str) -> Vec<String> {
    let script = "source <(serl completions bash)
        COMP_LINE=$1 COMP_POINT=${#1}
        # Outside of a completion, bash has no options of one.
        _serl serl \"$2\" '' || true
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let ours = std::path::Path::new(env!("CARGO_BIN_EXE_serl")).parent().unwrap();
    let path = format!("{}:{}", ours.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command
        .args(["-euc", script, "bash", line, word])
        .current_dir(place.path("."))
        .env("PATH", path)
        .env_remove("SERL_STORE")
        .env_remove("SERL_CONFIG");
    let outcome = place.outcome(&mut command);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{line}");
    outcome.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_gets_what_it_puts_in_place_of_its_own_last_word() {
    let place = &*FINISHED;
    assert_eq!(bash(place, "serl check t", "t"), ["tiny"]);
    // For bash, a word ends at `=`, `:` and `@`.
    assert_eq!(bash(place, "serl run vote.n=", ""), ["16"]);
    assert_eq!(bash(place, "serl run train.on_empty=s", "s"), ["skip"]);
    assert_eq!(bash(place, "serl run model.path=builtin:q", "q"), ["quickstart"]);
    assert_eq!(bash(place, "serl show tiny@1/f", "1/f"), ["1/filter"]);
    assert_eq!(bash(place, "serl run 'vote.n", "vote.n"), ["vote.n="]);
}

/// The columns of a table of `serl inspect` that every run has: names with dots depend on what is in it.
fn columns(arguments: &[&str]) -> Vec<String> {
    let table = FINISHED
        .run(&[&["inspect"], arguments, &["--csv"]].concat())
        .succeeded();
    let head = table.stdout.lines().next().unwrap_or_default();
    head.split(',')
        .filter(|name| !name.contains('.'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_columns_that_are_offered_are_those_of_the_tables() {
    for (what, each) in [
        ("iterations", false),
        ("r-mean", false),
        ("rollouts", false),
        ("rollouts", true),
        ("filter", false),
        ("filter", true),
        ("train", false),
        ("train", true),
        ("timing", false),
        ("timing", true),
        ("answers", false),
        ("drift", false),
        ("eval", false),
        ("curve", false),
        ("warnings", false),
    ] {
        let each: &[&str] = if each { &["--each"] } else { &[] };
        let shown = columns(&[&[what], each].concat());
        let offered = candidates(&FINISHED, &[&["serl", "inspect", what], each, &["--sort", ""]].concat());
        assert_eq!(offered, shown, "{what} {each:?}");
    }
}

#[test]
fn each_shell_has_a_script() {
    let place = Playground::new();
    let script = |shell: &str| place.run(&["completions", shell]).succeeded().stdout;
    for shell in ["bash", "zsh", "nushell"] {
        insta::assert_snapshot!(shell, script(shell));
    }
    for shell in ["fish", "powershell", "elvish"] {
        assert!(script(shell).contains("SERL_COMPLETE"), "{shell}");
    }
}
