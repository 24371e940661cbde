//! A page as Markdown, for a pull request.

use anyhow::Result;
use serde::Serialize;

use super::block::Page;
use super::templating::written;
use crate::terminal::printable;

const TEMPLATE: &str = include_str!("templates/page.md");

#[derive(Serialize)]
struct Whole<'p> {
    page: &'p Page,
}

/// The page as Markdown.
///
/// # Errors
/// A fault in the template.
pub fn markdown(page: &Page) -> Result<String> {
    let text = written("page.md", TEMPLATE, &Whole { page }, escaped)?;
    let text = printable(&text);
    // Templates leave empty lines where they have nothing to say.
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// `text` in one line, as text: no markup, no link and no mention of a user. Signs that mean nothing within a word stay
/// as they are there.
fn escaped(text: &str) -> String {
    let text = text.trim();
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let first = out.is_empty() || before == '\n';
        let after = text[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        let within = before.is_alphanumeric() && after.is_alphanumeric();
        match c {
            '_' if within => out.push(c),
            '@' if before.is_alphanumeric() => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            '#' | '+' | '-' if first && text.len() > 1 => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' if first => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\n' => out.push_str("<br>"),
            c => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_markup() {
        let text = "a|b <script> *x* @me\n![i](u)";
        assert_eq!(escaped(text), "a\\|b &lt;script> \\*x\\* &#64;me<br>!\\[i\\](u)");
        assert_eq!(
            escaped("# Pass@1 r_mean _x_\n#2 -3"),
            "\\# Pass@1 r_mean \\_x\\_<br>\\#2 -3"
        );
        assert_eq!(escaped("-"), "-");
    }
}
