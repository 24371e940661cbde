//! Output: data goes to stdout, messages go to stderr.
//!
//! Everything that the program prints passes through here: nothing reaches a terminal that is not [`printable`], and a
//! message that cannot be written (a closed terminal, a full disk, a reader that has left) stops no work.

mod pager;
mod printable;

pub use printable::printable;

use std::env;
use std::io::{self, IsTerminal, Write};
use std::panic;

use anyhow::Context;

use clap::ValueEnum;

use crate::clock;
use crate::failure::Mistake;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which messages are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Errors only.
    Quiet,
    /// What a user wants to know.
    #[default]
    Info,
    /// Also what was found where, to find a mistake.
    Debug,
}

impl Level {
    /// The variable that sets it.
    const VARIABLE: &str = "SERL_LOG";

    /// What the environment says.
    ///
    /// # Errors
    /// It says something else.
    pub fn of_environment() -> Result<Self, Mistake> {
        match env::var(Self::VARIABLE).unwrap_or_default().as_str() {
            "" | "info" => Ok(Self::Info),
            "quiet" => Ok(Self::Quiet),
            "debug" => Ok(Self::Debug),
            other => Err(Mistake::new(
                format!("environment variable {}: there is no level `{other}`", Self::VARIABLE),
                "the levels are `quiet`, `info` and `debug`",
            )),
        }
    }
}

/// How to print output.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Print errors only.
    pub quiet: bool,
    /// Print details, too.
    pub debug: bool,
    /// Whether stderr is coloured.
    pub colour: bool,
    /// Whether stderr is a terminal that can redraw lines.
    pub interactive: bool,
    /// Whether messages are lines of JSON.
    pub json: bool,
}

/// Columns of a line where there is no terminal.
const WIDTH: usize = 100;
/// The fewest columns that text is wrapped to.
const NARROWEST: usize = 40;

impl Terminal {
    /// Combines the options with what the environment supports.
    pub fn new(level: Level, colour: Colour) -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let interactive = io::stderr().is_terminal() && !dumb;
        let colour = match colour {
            Colour::Auto => interactive && !is_set("NO_COLOR"),
            Colour::Always => true,
            Colour::Never => false,
        };
        Self {
            quiet: level == Level::Quiet,
            debug: level == Level::Debug,
            colour,
            interactive,
            json: false,
        }
    }

    /// As before, but with messages as lines of JSON.
    pub fn in_json(self) -> Self {
        Self {
            colour: false,
            interactive: false,
            json: true,
            ..self
        }
    }

    /// Columns of the terminal that data goes to, or what `COLUMNS` says; none without a terminal.
    pub fn columns(&self) -> Option<usize> {
        let given = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let found = || terminal_size::terminal_size_of(io::stdout()).map(|(columns, _)| usize::from(columns.0));
        given.or_else(found).map(|columns: usize| columns.max(NARROWEST))
    }

    /// Columns that text is wrapped to: those of the terminal or, without one, 100.
    pub fn width(&self) -> usize {
        self.columns().unwrap_or(WIDTH)
    }

    /// Prints a message.
    pub fn note(&self, text: &str) {
        match (self.quiet, self.json) {
            (true, _) => {}
            (false, false) => message(text),
            (false, true) => message(&line(&[("event", "message"), ("text", text.trim())])),
        }
    }

    /// Prints a message for those who look for a mistake.
    pub fn detail(&self, text: &str) {
        if self.debug {
            self.note(text);
        }
    }

    /// Prints a message of words, wrapped on a terminal.
    pub fn tell(&self, text: &str) {
        match self.columns().filter(|_| !self.json) {
            Some(columns) => self.note(&wrapped(text, columns)),
            None => self.note(text),
        }
    }

    /// Prints data.
    ///
    /// # Errors
    /// Stdout cannot be written to. A reader that stops early (`serl … | head`) is not an error.
    pub fn data(&self, text: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        let written = out
            .write_all(printable(text).as_bytes())
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.context("cannot write to standard output"),
        }
    }

    /// Prints data that may be long: on a terminal that it does not fit on, through a pager.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub fn pages(&self, text: &str) -> anyhow::Result<()> {
        let rows = terminal_size::terminal_size_of(io::stdout()).map(|(_, rows)| usize::from(rows.0));
        let fits = rows.is_none_or(|rows| text.lines().count() < rows);
        if !fits && pager::page(&printable(text)) {
            return Ok(());
        }
        self.data(text)
    }

    /// Prints why the command ends, as [`crate::failure::render`] tells it.
    pub fn error(&self, told: &str) {
        if self.json {
            message(&line(&[("event", "error"), ("text", told)]));
        } else {
            styled(told);
        }
    }

    /// `text` in bold and in the ANSI colour `code`, if stderr is coloured.
    pub fn emphasised(&self, text: &str, code: u8) -> String {
        if self.colour {
            format!("\x1b[1;{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// These fields and the time as a line of JSON.
fn line(fields: &[(&str, &str)]) -> String {
    let mut object = serde_json::Map::from_iter([("time".to_owned(), clock::now().into())]);
    object.extend(fields.iter().map(|&(name, value)| (name.to_owned(), value.into())));
    serde_json::Value::Object(object).to_string()
}

/// Prints a message on stderr.
pub fn message(text: &str) {
    styled(&printable(text));
}

/// Prints a message whose parts were made [`printable`] before they were [emphasised](Terminal::emphasised).
pub fn styled(text: &str) {
    // In one piece, so that messages of several threads or processes do not mix. There is nowhere to say that it
    // failed.
    let line = format!("{text}\n");
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// Makes panics print as messages do: a library may quote a file in one.
pub fn print_panics() {
    panic::set_hook(Box::new(|panic| {
        let trace = std::backtrace::Backtrace::capture();
        let trace = match trace.status() {
            std::backtrace::BacktraceStatus::Captured => format!("\n{trace}"),
            _ => String::new(),
        };
        message(&format!(
            "serl {panic}{trace}\nThis is a bug in serl; what is complete is kept."
        ));
    }));
}
/// `text` in lines of at most `columns`, but for longer words, such as paths; what follows a line is indented.
pub fn wrapped(text: &str, columns: usize) -> String {
    let options = textwrap::Options::new(columns)
        .break_words(false)
        .subsequent_indent("  ");
    textwrap::fill(text, options)
}
