//! Runs the blocks of a page in a folder with data, a model and finished runs.
//!
//! | attribute | meaning |
//! |---|---|
//! | `exit=0/1` | the last command ends with one of these codes; 0 unless it is said |
//! | `needs=model`, `needs=gpu` | each command is run and refused, because there is no such thing |
//! | `needs=cargo` | nothing is run: it builds `serl` |
//! | `needs=NAME` | run where this program is on the `PATH` |
//! | `sft` | the configuration is one of `serl sft` |

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use super::fence::{Block, blocks};
use super::{repository, text_of};
use crate::support::{Playground, shipped};

/// The id of an instruction that pages show. Here it is the id of one that there is.
const ID: &str = "30395f1c";

/// A folder as a reader of the book may have it, in which four runs are complete.
static READER: LazyLock<Playground> = LazyLock::new(|| {
    let place = Playground::new();
    place.copy_policy("my-model");
    place.write("mine.toml", fs::read(fixture("mine.toml")).unwrap());
    place.write("my-instructions.jsonl", beginning("data/seeds.jsonl", 12));
    let solved = beginning("data/eval.jsonl", 8);
    for name in [
        "my-benchmark.jsonl",
        "solved.jsonl",
        "test-questions.jsonl",
        "seeds-with-answers.jsonl",
    ] {
        place.write(name, &solved);
    }
    let document = "{\"prompt\": \"What is 1 + 1?\", \"completion\": \"#### 2\"}\n";
    place.write("documents.jsonl", document.repeat(8));
    place.write("pairs.jsonl", "{\"gold\": \"1/2\", \"pred\": \"It is 0.5.\"}\n");
    place.write("equal.py", EQUAL);
    let made = "chmod +x equal.py\n\
                serl run -q name=wide 'train.bounds=[0.1, 0.9]'\n\
                serl run -q name=s2 seed=2\n\
                serl run -q name=s3 seed=3\n\
                serl run -q\n";
    let output = shell(&place, made);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for folder in ["configs", "scripts"] {
        std::os::unix::fs::symlink(repository(folder), place.path(folder)).unwrap();
    }
    place
});

/// A program that takes all answers for the same.
const EQUAL: &str = "#!/usr/bin/env python3\nimport sys\nfor line in sys.stdin:\n    print(\"true\", flush=True)\n";

/// A program that runs a file of SQL.
const SQL: &str = "import duckdb, sys; print(duckdb.sql(open(sys.argv[1]).read()))";

/// Runs the blocks of a page, one after the other, in a folder of its own.
pub(super) fn page(page: &str) {
    let place = Playground::new();
    let copied = Command::new("cp")
        .arg("-a")
        .arg(READER.path("."))
        .arg(place.path("."))
        .status();
    assert!(copied.unwrap().success());
    let shown = place.json(&["show", "quickstart", "--limit", "1"]);
    let id = shown[0]["id"].as_str().unwrap()[..ID.len()].to_owned();
    for mut block in blocks(page, &text_of(page)) {
        block.text = block.text.replace(ID, &id);
        run(&place, page, &block);
    }
}

fn run(place: &Playground, page: &str, block: &Block) {
    match block.needs() {
        Some("cargo") => assert!(
            !block.text.contains("\nserl ") && !block.text.starts_with("serl "),
            "{}",
            block.place
        ),
        Some("model") => refused(place, block, &["is not a model folder", "No such file"]),
        Some("gpu") if cfg!(any(feature = "cuda", feature = "wgpu")) => {}
        Some("gpu") => refused(place, block, &["this build has no CUDA", "this build has no `wgpu`"]),
        Some(program) if !is_there(place, program) => skipped(block, program),
        _ => at_hand(place, page, block),
    }
}

/// Runs a block that needs nothing that is not there.
fn at_hand(place: &Playground, page: &str, block: &Block) {
    match block.language.as_str() {
        "sh" => ends(block, &shell(place, &block.text)),
        "console" => ends(block, &shell(place, &typed(block))),
        "toml" => ends(block, &configured(place, block)),
        "python" => python(place, block, &["block.py"], "block.py"),
        "sql" => python(place, block, &["-c", SQL, "block.sql"], "block.sql"),
        "rust" => {
            let library = fs::read_to_string(repository("src/lib.rs")).unwrap();
            let included = library.contains(&format!("include_str!(\"../docs/src/{page}\")"));
            assert!(included, "{}: src/lib.rs must include the page as a test", block.place);
        }
        "text" => {}
        other => panic!("{}: blocks of `{other}` are not tested", block.place),
    }
}

/// The commands of a transcript: what follows a prompt.
fn typed(block: &Block) -> String {
    let commands: Vec<&str> = block.text.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(!commands.is_empty(), "{}: no line begins with `$ `", block.place);
    commands.join("\n")
}

/// Loads a configuration. Sections that it leaves out are the reader's.
fn configured(place: &Playground, block: &Block) -> Output {
    place.write("block.toml", &block.text);
    if block.is("sft") {
        return shell(place, "serl sft -c block.toml --out block");
    }
    let mut command = "serl plan -c block.toml".to_owned();
    for (section, key) in [
        ("[model]", " model.path=my-model"),
        ("[seeds]", " seeds.path=my-instructions.jsonl"),
        ("[generate]", " generate.max_new_tokens=256"),
        ("[vote]", " vote.max_new_tokens=256"),
    ] {
        if !block.text.lines().any(|line| line == section) {
            command += key;
        }
    }
    shell(place, &command)
}

/// Runs Python on a block, if it has the modules that the block imports. `SERL_PYTHON` names one other than `python3`.
fn python(place: &Playground, block: &Block, arguments: &[&str], file: &str) {
    let python = env::var("SERL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let modules = modules(block).join(", ");
    let probe = Command::new(&python)
        .args(["-c", &format!("import {modules}")])
        .output();
    if probe.is_ok_and(|output| output.status.success()) {
        place.write(file, &block.text);
        ends(block, &started(place, Command::new(python).args(arguments)));
    } else {
        skipped(block, &modules);
    }
}

/// The modules that a block of Python or SQL imports.
fn modules(block: &Block) -> Vec<&str> {
    if block.language == "sql" {
        return vec!["duckdb"];
    }
    let mut modules: Vec<&str> = Vec::new();
    for line in block.text.lines() {
        if let Some(names) = line.strip_prefix("import ") {
            modules.extend(names.split(',').filter_map(|name| name.split_whitespace().next()));
        } else if let Some(name) = line.strip_prefix("from ") {
            modules.extend(name.split_whitespace().next());
        }
    }
    if modules.contains(&"pandas") {
        modules.push("pyarrow");
    }
    modules
}

/// Each command of the block fails for want of something, not for a mistake in the command.
fn refused(place: &Playground, block: &Block, because: &[&str]) {
    let text = block.text.replace("\\\n", "");
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("serl ")).collect();
    assert!(!commands.is_empty(), "{}: there is no command", block.place);
    for command in commands {
        let output = shell(place, command);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{}: {told}", block.place);
        assert!(
            because.iter().any(|reason| told.contains(reason)),
            "{}: {told}",
            block.place
        );
    }
}

fn ends(block: &Block, output: &Output) {
    let code = output.status.code().unwrap_or(-1);
    assert!(
        block.exits().contains(&code),
        "{} ends with {code}\n{}\n{}",
        block.place,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

fn skipped(block: &Block, what: &str) {
    eprintln!("{}: skipped, since there is no {what}", block.place);
}

fn is_there(place: &Playground, program: &str) -> bool {
    shell(place, &format!("command -v {program}")).status.success()
}

/// Runs a script as a shell does that stops at the first failure and prints what it runs.
fn shell(place: &Playground, script: &str) -> Output {
    started(place, Command::new("bash").args(["-euxo", "pipefail", "-c", script]))
}

/// Runs a program in the folder, where `serl` is this build and without a configuration runs the small one.
fn started(place: &Playground, command: &mut Command) -> Output {
    let ours = Path::new(env!("CARGO_BIN_EXE_serl")).parent().unwrap();
    let others = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([ours.to_owned()].into_iter().chain(env::split_paths(&others))).unwrap();
    command
        .current_dir(place.path("."))
        .env("PATH", path)
        .env("SERL_CONFIG", fixture("quickstart.toml"))
        .env_remove("SERL_STORE")
        .env_remove("SERL_REMOTE")
        .env_remove("SERL_THREADS")
        .env_remove("SERL_LOG")
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn fixture(name: &str) -> PathBuf {
    repository("tests/cli/book").join(name)
}

/// The first lines of a file of the shipped quickstart.
fn beginning(name: &str, lines: usize) -> String {
    let text = fs::read_to_string(shipped(name)).unwrap();
    text.lines().take(lines).map(|line| format!("{line}\n")).collect()
}
