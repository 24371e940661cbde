//! Manual pages: what `--help` says, in sections that readers of manuals expect.

mod sections;

use anyhow::Result;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use crate::failure::EXIT_CODES;
use crate::surroundings::{ENVIRONMENT, FILES};
use crate::version::VERSION;
use sections::{Section, sections};

/// The page of a command.
pub struct Page {
    /// The name of its file, such as `serl-run.1`.
    pub file: String,
    /// The page, in roff.
    pub text: String,
}

/// The pages of `command` and of those below it, its own first.
///
/// # Errors
/// A page that is no text.
pub fn pages(command: Command) -> Result<Vec<Page>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    collect(&command, None, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, above: Option<&str>, pages: &mut Vec<Page>) -> Result<()> {
    let name = match above {
        Some(above) => format!("{above}-{}", command.get_name()),
        None => command.get_name().to_owned(),
    };
    pages.push(page(command, &name, above)?);
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    below
        .into_iter()
        .try_for_each(|below| collect(below, Some(&name), pages))
}

fn page(command: &Command, name: &str, above: Option<&str>) -> Result<Page> {
    // A command of two words is a page of one.
    let man = Man::new(command.clone().display_name(name.to_owned()));
    let mut text = Vec::new();
    let (title, version) = (name.to_uppercase(), format!("serl {VERSION}"));
    let mut head = Roff::new();
    // Without a date: equal sources make equal pages.
    head.control("TH", [title.as_str(), "1", " ", version.as_str(), "Manual of serl"]);
    head.to_writer(&mut text)?;
    man.render_name_section(&mut text)?;
    let mut usage = Roff::new();
    synopsis(command, &mut usage);
    usage.to_writer(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    let mut rest = Roff::new();
    subcommands(command, name, &mut rest);
    let after = command.get_after_long_help().or(command.get_after_help());
    let after = after.map(ToString::to_string).unwrap_or_default();
    let own = sections(&after);
    let common = [FILES, ENVIRONMENT, EXIT_CODES].map(sections).into_iter().flatten();
    let missing = common.filter(|common| own.iter().all(|own| own.title != common.title));
    for section in own.iter().cloned().chain(missing) {
        write(&section, &mut rest);
    }
    let see = above.unwrap_or("https://arxiv.org/abs/2505.20347");
    let section = if above.is_some() { "(1)" } else { "" };
    rest.control("SH", ["SEE ALSO"]).text([bold(see), roman(section)]);
    rest.to_writer(&mut text)?;
    Ok(Page {
        file: format!("{name}.1"),
        text: String::from_utf8(text)?,
    })
}

/// How the command is called, as `--help` says.
fn synopsis(command: &Command, page: &mut Roff) {
    let usage = command.clone().render_usage().to_string();
    page.control("SH", ["SYNOPSIS"]).control("nf", []);
    for line in usage.trim_start_matches("Usage:").lines() {
        page.text([roman(line.trim())]);
    }
    page.control("fi", []);
}

/// The commands below, each with its page.
fn subcommands(command: &Command, name: &str, page: &mut Roff) {
    let mut below = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .peekable();
    if below.peek().is_some() {
        page.control("SH", ["COMMANDS"]);
    }
    for below in below {
        let about = below.get_about().map(ToString::to_string).unwrap_or_default();
        page.control("TP", [])
            .text([bold(format!("{name}-{}", below.get_name())), roman("(1)")])
            .text([roman(about)]);
    }
}

fn write(section: &Section, page: &mut Roff) {
    page.control("SH", [section.title.to_uppercase().as_str()]);
    for part in &section.parts {
        page.control("PP", []);
        if part.literal {
            page.control("nf", []);
        }
        for line in &part.lines {
            page.text([roman(line.as_str())] as [Inline; 1]);
        }
        if part.literal {
            page.control("fi", []);
        }
    }
}

#[cfg(test)]
mod tests;
