//! The schema of the configuration: it says what the parser says.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use serl::settings::{Settings, SftSettings, Source, load};
use serl_stages::config::Config;

use crate::support::Playground;

/// A validator of the schemas' language that is not ours, where Python has it.
const VALIDATE: &str = "\
import json, sys
from jsonschema import Draft7Validator
schemas, cases = json.load(open(sys.argv[1]))
validators = {}
for name, schema in schemas.items():
    Draft7Validator.check_schema(schema)
    validators[name] = Draft7Validator(schema)
print(json.dumps([validators[name].is_valid(value) for name, value in cases]))
";

/// A configuration of `serl run` or `serl sft`.
struct Case {
    of: &'static str,
    text: String,
}

impl Case {
    fn of(text: String) -> Self {
        let of = if text.contains("[sft]") { "sft" } else { "run" };
        Self { of, text }
    }

    /// Why the parser refuses it.
    fn refusal(&self, place: &Playground) -> Option<String> {
        place.write("case.toml", &self.text);
        let source = Source::File(place.path("case.toml"));
        match self.of {
            "sft" => load::<SftSettings>(&source, &[]).err(),
            _ => load::<Config>(&source, &[]).err(),
        }
        .map(|error| error.to_string())
    }

    fn value(&self) -> Value {
        serde_json::to_value(self.text.parse::<toml::Table>().unwrap()).unwrap()
    }
}

/// For each case, whether its schema accepts it; none without a validator.
fn accepted(place: &Playground, cases: &[Case]) -> Option<Vec<bool>> {
    let schema = |of: &str| -> Value {
        let printed = place.run(&["schema", of]).succeeded().stdout;
        serde_json::from_str(&printed).unwrap()
    };
    let values: Vec<(&str, Value)> = cases.iter().map(|case| (case.of, case.value())).collect();
    let all = json!([{"run": schema("run"), "sft": schema("sft")}, values]);
    place.write("cases.json", all.to_string());
    let python = env::var("SERL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import jsonschema"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped, since Python has no jsonschema");
        return None;
    }
    let file = place.path("cases.json");
    let output = Command::new(python).args(["-c", VALIDATE]).arg(file).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}")))
}

/// Files of the repository that configure `serl run` or `serl sft`.
fn files() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "configs",
        "experiments/domains",
        "experiments/llm",
        "tests/cli/book",
        "tests/cli/mutations",
    ];
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut cases = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml")) {
        let text = fs::read_to_string(&path).unwrap();
        // Other files in these folders describe experiments.
        if text.contains("[model]") || text.contains("[generate]") {
            cases.push(Case::of(text));
        }
    }
    assert!(cases.len() > 8, "only {} configurations were found", cases.len());
    cases
}

#[test]
fn the_configurations_of_the_repository_are_accepted() {
    let place = Playground::new();
    let cases = files();
    for (case, accepted) in cases.iter().zip(accepted(&place, &cases).unwrap_or_default()) {
        assert!(accepted, "{}", case.text);
    }
}

/// Each key of `T` in a section, with values that it may have and others.
fn mutations<T: Settings>(base: &str, more: &str, section: &str) -> Vec<Case> {
    let overrides: Vec<String> = more.split_whitespace().map(str::to_owned).collect();
    let values = [
        "-1",
        "0",
        "1",
        "2",
        "3",
        "65536",
        "65537",
        "5000000000",
        "-0.5",
        "0.5",
        "1.0",
        "1.5",
        "2.5",
        "1e7",
        "1e-9",
        "true",
        "\"\"",
        "\"x\"",
        "\"none\"",
        "[]",
        "[0.1, 0.9]",
        "[1]",
        "[\"x\"]",
        "{}",
    ];
    let mut cases = Vec::new();
    for (key, default) in serl::settings::keys::<T>(&Source::Defaults, &overrides) {
        if default.is_object() || !key.starts_with(section) {
            continue;
        }
        for value in values {
            let mut table: toml::Table = base.parse().unwrap();
            for (key, value) in overrides.iter().filter_map(|given| given.split_once('=')) {
                set(&mut table, key, value.parse().unwrap_or_else(|_| value.into()));
            }
            let value = format!("value = {value}")
                .parse::<toml::Table>()
                .unwrap()
                .remove("value");
            set(&mut table, &key, value.unwrap());
            cases.push(Case::of(table.to_string()));
        }
        let mut table: toml::Table = base.parse().unwrap();
        set(&mut table, &format!("{key}x"), toml::Value::Integer(1));
        cases.push(Case::of(table.to_string()));
    }
    cases
}

fn set(table: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, key)) => {
            let section = table.entry(section).or_insert_with(|| toml::Table::new().into());
            set(section.as_table_mut().unwrap(), key, value);
        }
    }
}

/// What only the parser refuses: what depends on other keys, and what texts and lists must be made of.
const FINER: [&str; 36] = [
    "`name` is",
    "`model.path` is",
    "`seeds.path` is",
    "`data.path` is",
    "`execution.store` is",
    "`eval.preset` is",
    "`answers.order` is",
    "`prompt.template` is",
    "`generate.template` is",
    "`generate.min_new_tokens` is",
    "`filter.max_words` is",
    "`iterations` is",
    "`rounds` is",
    "`vote.train_n` is",
    "`train.bounds` is",
    "`train.max_steps` is",
    "`train.beta1` is",
    "`train.beta2` is",
    "`train.data_parallel` is",
    "`execution.ranks` is",
    "`train.schedule` is",
    "`train.schedule_steps` is",
    "`train.kl_target` is",
    "`train.carry_optimizer` is",
    "`train.command.run` is",
    "`train.command.version` is",
    "`reward.path` is",
    "`reward.template` is",
    "`reward.parts` is",
    "`sampler.start` is",
    "`sampler.urls` is",
    "`sampler.version` is",
    "`sampler.weights` is",
    // In JSON, 1.0 is a whole number.
    "must be a whole number of 0 or more, but is the number",
    // A temperature is 0, or not so near to 0; a dual clip 0, or above 1.
    "must be 0 (greedy)",
    "must be 0 (off) or above 1",
];

#[test]
fn the_schema_accepts_what_the_parser_does_and_refuses_what_one_key_shows() {
    let place = Playground::new();
    let run = "[model]\npath = \"m\"\n[seeds]\npath = \"s\"\n[eval]\npath = \"e\"\n";
    let mut cases = mutations::<Config>(run, "", "");
    for kind in ["judge", "consensus", "rule", "random", "mixed"] {
        let kind = format!("reward.kind={kind}");
        cases.extend(mutations::<Config>(run, &kind, "reward."));
        cases.extend(mutations::<Config>(run, &format!("{kind} reward.path=p"), "reward."));
    }
    let sft = "[model]\npath = \"m\"\n[data]\npath = \"d\"\n[sft]\n";
    cases.extend(mutations::<SftSettings>(sft, "", ""));
    let Some(accepted) = accepted(&place, &cases) else {
        return;
    };
    let mut both = (0, 0);
    let mut apart = Vec::new();
    for (case, accepted) in cases.iter().zip(accepted) {
        match (case.refusal(&place), accepted) {
            (None, true) => both.0 += 1,
            (Some(_), false) => both.1 += 1,
            (None, false) => apart.push(format!("only the schema refuses\n{}", case.text)),
            (Some(refusal), true) if FINER.iter().any(|known| refusal.contains(known)) => {}
            (Some(refusal), true) => apart.push(format!("only the parser refuses: {refusal}\n{}", case.text)),
        }
    }
    assert!(apart.is_empty(), "{}", apart.join("\n"));
    assert!(both.0 > 500 && both.1 > 2000, "{both:?}");
}
