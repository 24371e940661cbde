//! A page as one HTML file without scripts and without anything from elsewhere.

use anyhow::Result;
use serde::Serialize;

use super::block::Page;
use super::templating::written;
use crate::terminal::printable;

const TEMPLATE: &str = include_str!("templates/page.html");
const STYLE: &str = include_str!("templates/page.css");

#[derive(Serialize)]
struct Whole<'p> {
    page: &'p Page,
    style: &'static str,
}

/// The page as HTML. Control characters and marks of direction, which a text could use to look like another one, are
/// written as `\u{…}`.
///
/// # Errors
/// A fault in the template.
pub fn html(page: &Page) -> Result<String> {
    let text = written("page.html", TEMPLATE, &Whole { page, style: STYLE }, str::to_owned)?;
    Ok(printable(&text).into_owned())
}
