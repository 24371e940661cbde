use super::*;
use std::io::Write;

fn file(text: &str) -> (tempfile::NamedTempFile, Source) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let source = Source::File(file.path().to_owned());
    (file, source)
}

fn told(text: &str, arguments: &[&str]) -> (String, Option<String>) {
    let (file, source) = file(text);
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let error = load_for::<Config>(&source, &arguments, |_| true).unwrap_err();
    (
        error.to_string().replace(&file.path().display().to_string(), "x.toml"),
        error.hint(),
    )
}

const RUNNABLE: &str = "[model]\npath = \"m\"\n[seeds]\npath = \"s\"\n";

#[test]
fn arguments_win_over_the_file_and_the_file_over_the_defaults() {
    let (_file, source) = file(&format!("seed = 5\niterations = 7\n{RUNNABLE}"));
    let arguments = [
        "seed=6",
        "train.lr=1e-6",
        "train.bounds=[0.1, 0.9]",
        "name=2026",
        "filter.scope=batch",
    ];
    let config: Config = load(&source, &arguments.map(String::from)).unwrap();
    assert_eq!((config.seed, config.iterations, config.train.lr), (6, 7, 1e-6));
    assert_eq!((config.train.bounds, config.name.as_str()), ([0.1, 0.9], "2026"));
    assert_eq!(config.train.clip, Config::default().train.clip);
}

#[test]
fn a_whole_number_will_do_for_a_number() {
    let (_file, source) = file(RUNNABLE);
    let config: Config = load(&source, &["vote.temperature=1".into()]).unwrap();
    assert_eq!(config.vote.temperature, 1.0);
}

#[test]
fn unknown_keys_are_told_with_line_and_nearest_name() {
    let (text, _) = told(
        "seed = 1\n[train]\nclp = 0.1\n[tarin]\nlr = 1\nclip = 2\n",
        &["eval.kk=3"],
    );
    assert_eq!(
        text,
        "3 values of the configuration cannot be used:\n  \
         - x.toml, line 3: unknown key `train.clp`; did you mean `train.clip`?\n  \
         - x.toml, line 4: unknown key `tarin`; did you mean `train`?\n  \
         - argument `eval.kk=3`: unknown key `eval.kk`; did you mean `eval.k`?"
    );
    let (text, hint) = told(RUNNABLE, &["lr=1"]);
    assert_eq!(text, "argument `lr=1`: unknown key `lr`");
    assert_eq!(hint.as_deref(), Some("did you mean `train.lr`?"));
}

#[test]
fn wrong_types_are_told_with_key_expectation_and_value() {
    let one = |argument: &str| told(RUNNABLE, &[argument]).0;
    assert_eq!(
        one("train.lr=fast"),
        "argument `train.lr=fast`: `train.lr` must be a number, but is the text \"fast\""
    );
    assert_eq!(
        one("seed=1.5"),
        "argument `seed=1.5`: `seed` must be a whole number of 0 or more, but is the number 1.5"
    );
    assert_eq!(
        one("train=1"),
        "argument `train=1`: `train` must be a section of keys, but is the whole number 1"
    );
    assert!(one("train.lr=inf").contains("must be a number, but is the number inf"));
    assert_eq!(
        one("vote.n=-1"),
        "argument `vote.n=-1`: `vote.n` must be a whole number of 0 or more, but is the whole number -1"
    );
    let text = one("filter.scope=everything");
    assert!(
        text.contains("`filter.scope` cannot be \"everything\": unknown variant") && text.contains("`batch`"),
        "{text}"
    );
}

#[test]
fn values_out_of_range_are_told_all_at_once_with_their_place() {
    let (text, _) = told(&format!("{RUNNABLE}[train]\nclip = -1\n"), &["vote.n=1"]);
    assert!(
        text.contains("  - argument `vote.n=1`: `vote.n` is 1, but must be"),
        "{text}"
    );
    assert!(
        text.contains(
            "  - x.toml, line 6: `train.clip` is -1, but must be 0 (as the algorithm has it) or above, and below 1"
        ),
        "{text}"
    );
}

#[test]
fn a_value_that_was_left_out_is_asked_for() {
    let (text, hint) = told("[model]\npath = \"m\"\n", &[]);
    assert!(text.starts_with("`seeds.path` is empty, but must be"), "{text}");
    assert_eq!(
        hint.as_deref(),
        Some("give it in the configuration file, or as the argument `seeds.path=…`")
    );
}

#[test]
fn syntax_errors_name_line_and_column() {
    let (text, _) = told("seed = 1\nrounds = = 2\n", &[]);
    assert!(text.starts_with("x.toml, line 2, column 10: "), "{text}");
}

#[test]
fn an_argument_without_equals_sign_is_explained() {
    let hint = |argument: &str| told(RUNNABLE, &[argument]).1.unwrap_or_default();
    assert_eq!(hint("train.lr"), "give it a value: `train.lr=…`");
    assert_eq!(hint("my.toml"), "a configuration file is given with `-c my.toml`");
    assert!(hint("foo").starts_with("keys are dotted"));
}

#[test]
fn a_line_break_in_a_value_adds_no_key() {
    let (_file, source) = file(RUNNABLE);
    let config: Config = load(&source, &["name=\"a\"".into(), "prompt.system=1\nseed=9".into()]).unwrap();
    assert_eq!(
        (config.name.as_str(), config.prompt.system.as_str(), config.seed),
        ("a", "1\nseed=9", 1)
    );
}

#[test]
fn built_in_configurations_load() {
    for name in crate::builtin::config_names() {
        let loaded = load::<Config>(&Source::Builtin(name.into()), &[]);
        assert!(loaded.is_ok(), "{name}: {loaded:?}");
    }
    let error = load::<Config>(&Source::Builtin("nothing".into()), &[]).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("built in: `builtin:quickstart`"));
}

/// A configuration with a section that has other keys for each kind.
#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Kinds {
    rule: Rule,
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Rule {
    Plain(Plain),
    Judge(Judge),
}

#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Plain {}

#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Judge {
    path: String,
    votes: u32,
}

impl Default for Rule {
    fn default() -> Self {
        Self::Plain(Plain::default())
    }
}

impl Settings for Kinds {
    fn violations(&self) -> Vec<Violation> {
        Vec::new()
    }

    fn ranges() -> BTreeMap<&'static str, Range> {
        BTreeMap::new()
    }
}

#[test]
fn a_section_has_the_keys_of_the_kind_that_is_given() {
    let load = |text: &str, arguments: &[&str]| {
        let (_file, source) = file(text);
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        load::<Kinds>(&source, &arguments).map_err(|error| error.to_string())
    };
    let judge = Kinds {
        rule: Rule::Judge(Judge {
            path: "5".into(),
            votes: 3,
        }),
    };
    assert_eq!(
        load("[rule]\nvotes = 3\nkind = \"judge\"\n", &["rule.path=5"]).unwrap(),
        judge
    );
    assert_eq!(
        load("", &["rule.votes=3", "rule.path=5", "rule.kind=judge"]).unwrap(),
        judge
    );
    let error = load("", &["rule.votes=3"]).unwrap_err();
    assert!(error.contains("unknown key `rule.votes`"), "{error}");
    let error = load("", &["rule.kind=judge", "rule.vote=3"]).unwrap_err();
    assert!(error.contains("unknown key `rule.vote`"), "{error}");
    let error = load("", &["rule.kind=juge"]).unwrap_err();
    assert!(
        error.contains("`rule.kind` cannot be") && error.contains("`judge`"),
        "{error}"
    );
}

#[test]
fn a_file_of_any_length_is_read_in_one_pass_and_answered_shortly() {
    let keys: String = (0..100_000).map(|i| format!("k{i} = {i}\n")).collect();
    let (text, _) = told(&keys, &[]);
    assert!(
        text.starts_with("100000 values of the configuration cannot be used:\n"),
        "{text}"
    );
    assert!(text.contains("  - x.toml, line 20: unknown key `k19`;"), "{text}");
    assert!(text.ends_with("\n  - and 99980 more"), "{text}");

    let long = "y".repeat(100_000);
    for argument in [
        format!("name={long}"),
        format!("seed={long}"),
        format!("{long}=1"),
        long.clone(),
    ] {
        let (text, hint) = told(RUNNABLE, &[&argument]);
        assert!(text.len() + hint.map_or(0, |hint| hint.len()) < 2000, "{text}");
        assert!(text.contains("more characters"), "{text}");
    }
}

#[test]
fn what_is_no_configuration_is_not_read_to_its_end() {
    let error = load_for::<Config>(&Source::File("/dev/zero".into()), &[], |_| true).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "it is longer than 16 MB, and so no configuration");
}

#[test]
fn an_argument_that_chooses_a_kind_does_without_what_the_file_says_of_another() {
    let text = format!("{RUNNABLE}[reward]\nkind = \"rule\"\npath = \"gold.jsonl\"\n");
    let (_file, source) = file(&text);
    let reward = |arguments: &[&str]| {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        serde_json::to_value(load::<Config>(&source, &arguments).unwrap().reward).unwrap()
    };
    assert_eq!(reward(&[])["path"], "gold.jsonl");
    let majority = reward(&["reward.kind=majority"]);
    assert_eq!((&majority["kind"], majority.get("path")), (&"majority".into(), None));
    let judge = reward(&["reward.n=3", "reward.kind=rule", "reward.kind=judge"]);
    assert_eq!(
        (&judge["kind"], &judge["n"], &judge["path"]),
        (&"judge".into(), &3.into(), &"".into())
    );
    // The same kind again changes nothing.
    assert_eq!(reward(&["reward.kind=rule"])["path"], "gold.jsonl");
}
