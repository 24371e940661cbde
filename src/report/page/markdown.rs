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

/// `text` in one line, as text: no markup, no link and no mention of a user.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\n' => out.push_str("<br>"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_markup() {
        assert_eq!(
            escaped("a|b <script> *x* @me\n![i](u)"),
            "a\\|b &lt;script&gt; \\*x\\* &#64;me<br>!\\[i\\](u)"
        );
    }
}
