//! The template engine, with what both formats need.

use anyhow::{Context, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, HtmlEscape, Output, State, Value};
use serde::Serialize;

/// What the escaping of a format of its own is called.
const OWN: &str = "own";

/// `value` written by the template `source`, named `name`: one whose name ends with `.html` escapes for HTML, others
/// escape by `escape`.
///
/// # Errors
/// A fault in the template.
pub(super) fn written<T: Serialize>(
    name: &'static str,
    source: &'static str,
    value: &T,
    escape: fn(&str) -> String,
) -> Result<String> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    environment.set_syntax(syntax.build().context("the syntax of templates")?);
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".html") {
            AutoEscape::Html
        } else {
            AutoEscape::Custom(OWN.into())
        }
    });
    environment.set_formatter(move |out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value| {
        if matches!(state.auto_escape(), AutoEscape::Custom(name) if name == OWN) && !value.is_safe() {
            let text = if value.is_undefined() || value.is_none() {
                String::new()
            } else {
                value.to_string()
            };
            return out.write_str(&escape(&text)).map_err(minijinja::Error::from);
        }
        minijinja::escape_formatter(out, state, value)
    });
    environment.add_filter("fenced", |text: String| Value::from_safe_string(fenced(&text)));
    environment.add_filter("coded", |text: String| Value::from_safe_string(coded(&text)));
    let what = || format!("the template {name}");
    environment.add_template(name, source).with_context(what)?;
    let template = environment.get_template(name).with_context(what)?;
    template.render(Value::from(Serde(value))).with_context(what)
}

/// `text` for HTML, with what stands between backticks as code.
fn coded(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return HtmlEscape(text).to_string();
    }
    let part = |(at, part): (usize, &&str)| {
        let part = HtmlEscape(part);
        if at.is_multiple_of(2) {
            part.to_string()
        } else {
            format!("<code>{part}</code>")
        }
    };
    parts.iter().enumerate().map(part).collect()
}

/// `text` as a block of code of Markdown, between fences longer than any within it.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(
            coded("set `a<b`, not `c`"),
            "set <code>a&lt;b</code>, not <code>c</code>"
        );
        assert_eq!(coded("a ` <i>"), "a ` &lt;i&gt;");
    }

    #[test]
    fn code_cannot_end_its_block() {
        assert_eq!(fenced("a\n"), "```text\na\n```");
        assert_eq!(fenced("a\n````\n<b>"), "`````text\na\n````\n<b>\n`````");
    }
}
