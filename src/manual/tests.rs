use clap::{Arg, Command};

use super::*;

fn command() -> Command {
    let below = Command::new("go")
        .about("Goes somewhere")
        .arg(Arg::new("where").help("The place").required(true))
        .after_help("Goes at once.\n\nExamples:\n  serl go there\n  .serl is a folder");
    Command::new("serl").about("Does it").subcommand(below)
}

#[test]
fn a_command_has_a_page_with_the_usual_sections() {
    let pages = pages(command()).unwrap();
    let files: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
    assert_eq!(files, ["serl.1", "serl-go.1"]);
    let titles = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(".SH "));
        lines.map(|title| title.trim_matches('"').to_owned()).collect()
    };
    let common = ["FILES", "ENVIRONMENT", "EXIT STATUS", "SEE ALSO"];
    let own = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS"];
    assert_eq!(titles(&pages[0].text), [&own[..], &common].concat());
    let own = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "NOTES", "EXAMPLES"];
    assert_eq!(titles(&pages[1].text), [&own[..], &common].concat());
    // A line that begins with a dot is no request.
    assert!(pages[1].text.contains("\n  .serl is a folder\n"), "{}", pages[1].text);
}
