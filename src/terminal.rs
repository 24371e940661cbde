//! Output: data goes to stdout, messages go to stderr.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;

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

/// How to print output.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Print errors only.
    pub quiet: bool,
    /// Whether stderr is coloured.
    pub colour: bool,
    /// Whether stderr is a terminal that can redraw lines.
    pub interactive: bool,
}

impl Terminal {
    /// Combines the options with what the environment supports.
    pub fn new(quiet: bool, colour: Colour) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let interactive = io::stderr().is_terminal() && !dumb;
        let colour = match colour {
            Colour::Auto => interactive && !is_set("NO_COLOR"),
            Colour::Always => true,
            Colour::Never => false,
        };
        Self {
            quiet,
            colour,
            interactive,
        }
    }

    /// Prints a message.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Prints data.
    ///
    /// # Errors
    /// Stdout cannot be written to. A reader that stops early (`serl … | head`) is not an error.
    pub fn data(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let written = out
            .write_all(text.as_bytes())
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
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

/// Text from a file or a model for a terminal: line breaks and tabs stay, other characters that a terminal obeys or
/// does not show are written as `\u{…}`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let shown = matches!(c, '\n' | '\t') || !(c.is_control() || is_invisible(c));
        if shown {
            out.push(c)
        } else {
            out.extend(c.escape_unicode())
        }
    }
    out
}

/// Characters that turn the direction of text, join or separate without a trace, or are private.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_commands_the_terminal() {
        assert_eq!(visible("a\tb\né 日"), "a\tb\né 日");
        assert_eq!(visible("\x1b]0;x\x07\r\u{202e}"), "\\u{1b}]0;x\\u{7}\\u{d}\\u{202e}");
    }
}
