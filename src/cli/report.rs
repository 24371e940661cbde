//! `serl report`: runs as a page, with charts.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serl_artifacts::atomic::write_atomic;

use super::stored::{StoreArg, refuse_twice};
use crate::candidates;
use crate::failure::Mistake;
use crate::report::page;
use crate::terminal::Terminal;

const AFTER: &str = "\
The page is one file that needs nothing else: no network, no script. It has the accuracy
by iteration, the findings of `serl check`, what the filters left, the curves of training,
instructions and answers to read, and the settings. Of several runs, those that differ in
nothing but their seed are one setting: their mean is drawn, with a band of one standard
deviation.

Examples:
  serl report
  serl report quickstart wide -o wide.html
  serl report s1 s2 s3 -o seeds.md          # for a pull request";

/// Write a page about runs: charts, findings, texts to read
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct ReportArgs {
    /// Names of runs [default: the most recent]
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(candidates::runs))]
    runs: Vec<String>,
    /// File to write: `.html`, or `.md` for Markdown
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
    #[command(flatten)]
    store: StoreArg,
}

/// What is written.
enum Format {
    Html,
    Markdown,
}

impl Format {
    /// That of a file, by the end of its name.
    fn of(path: &Path) -> Result<Self> {
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("html" | "htm") => Ok(Self::Html),
            Some("md" | "markdown") => Ok(Self::Markdown),
            _ => {
                let text = format!("`{}` is no name of a report", path.display());
                Err(Mistake::new(text, "end it with `.html` or, for Markdown, `.md`").into())
            }
        }
    }
}

/// Writes the page.
pub(super) fn run(args: &ReportArgs, terminal: &Terminal) -> Result<()> {
    let format = Format::of(&args.output)?;
    refuse_twice(&args.runs)?;
    let page = page::of(&args.store.path()?, &args.runs)?;
    let text = match format {
        Format::Html => page::html(&page)?,
        Format::Markdown => page::markdown(&page)?,
    };
    write_atomic(&args.output, text.as_bytes()).with_context(|| format!("cannot write {}", args.output.display()))?;
    terminal.data(&args.output.display().to_string())?;
    if matches!(format, Format::Html) {
        terminal.note(&format!("open it in a browser: {}", address(&args.output)));
    }
    Ok(())
}

/// The address of a file for a browser.
fn address(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut address = String::from("file://");
    for byte in whole.to_string_lossy().bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => address.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => address.push(char::from(byte)),
            byte => address += &format!("%{byte:02X}"),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_no_character_that_means_something() {
        assert_eq!(
            address(Path::new("/no such/100%.html")),
            "file:///no%20such/100%25.html"
        );
    }

    #[test]
    fn the_format_follows_the_ending() {
        assert!(matches!(Format::of(Path::new("a/b.HTML")), Ok(Format::Html)));
        assert!(matches!(Format::of(Path::new("b.md")), Ok(Format::Markdown)));
        assert!(Format::of(Path::new("report")).is_err() && Format::of(Path::new("b.pdf")).is_err());
    }
}
