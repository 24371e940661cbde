//! Configurations that cannot be: what is said, and that nothing is written.

use crate::support::Playground;

fn refused(place: &Playground, arguments: &[&str]) -> String {
    let refusal = place.run(&[&["run"], arguments].concat()).refusal();
    assert!(!place.path(".serl").exists(), "a refused configuration leaves no store");
    refusal
}

#[test]
fn an_unknown_key() {
    insta::assert_snapshot!(refused(&Playground::new(), &["train.clp=0.1"]));
}

#[test]
fn unknown_keys_in_a_file() {
    let place = Playground::new();
    place.write("mine.toml", "seed = 1\n\n[train]\nlearning_rate = 1e-5\nclp = 0.1\n");
    insta::assert_snapshot!(refused(&place, &["-c", "mine.toml"]));
}

#[test]
fn a_value_of_the_wrong_type() {
    insta::assert_snapshot!(refused(&Playground::new(), &["train.lr=fast", "vote.n=2.5"]));
}

#[test]
fn values_out_of_range() {
    insta::assert_snapshot!(refused(
        &Playground::new(),
        &["train.clip=-1", "vote.temperature=-0.5", "rounds=0"]
    ));
}

#[test]
fn no_toml() {
    let place = Playground::new();
    place.write("mine.toml", "seed = 1\nrounds = = 3\n");
    insta::assert_snapshot!(refused(&place, &["-c", "mine.toml"]));
}

#[test]
fn no_such_file() {
    insta::assert_snapshot!(refused(&Playground::new(), &["-c", "absent.toml"]));
}

#[test]
fn an_argument_that_is_no_override() {
    insta::assert_snapshot!(refused(&Playground::new(), &["foo"]));
}

#[test]
fn a_file_without_its_paths() {
    let place = Playground::new();
    place.write("mine.toml", "seed = 1\n");
    insta::assert_snapshot!(refused(&place, &["-c", "mine.toml"]));
}

#[test]
fn a_name_that_begins_like_an_option() {
    insta::assert_snapshot!(refused(&Playground::new(), &["name=-v"]));
}

#[test]
fn the_environment_says_which_messages_are_printed() {
    let place = Playground::new();
    let at = |level: &str| place.outcome(place.command(&["plan"]).env("SERL_LOG", level));
    assert_eq!(at("quiet").succeeded().stderr, "");
    let usual = at("").succeeded().stderr;
    assert_eq!(at("info").succeeded().stderr, usual);
    let detailed = at("debug").succeeded().stderr;
    assert!(detailed.ends_with(&usual), "{detailed}");
    let details = detailed.strip_suffix(&usual).unwrap_or_default();
    assert!(details.contains("\n`seeds.path` is .serl/builtin/"), "{details}");
    assert_eq!(
        at("loud").refusal(),
        "exit code 2\nerror: environment variable SERL_LOG: there is no level `loud`\n\n\
         hint: the levels are `quiet`, `info` and `debug`\n"
    );
}
