//! `\boxed{..}`, `\fbox{..}` and `\answer{..}`: the box that starts last, among those that are closed and not empty.
//!
//! Boxes with nothing but separators between them, "$\boxed{2}$ and $\boxed{3}$", are one answer: a list.

use std::borrow::Cow;

use super::found::Found;
use super::{blank, spoken, together};

const COMMANDS: [&str; 4] = ["\\boxed", "\\fbox", "\\framebox", "\\answer"];

/// A non-empty box, by byte positions in the response.
struct Open {
    /// Where its command starts.
    command: usize,
    /// Where its content starts.
    start: usize,
    /// Where its content ends; `None` for `\boxed 5`, whose end [`unbraced`] finds.
    end: Option<usize>,
}

impl Open {
    /// The content, and where the box ends, if nothing beyond `limit` belongs to it.
    fn content<'a>(&self, response: &'a str, limit: usize) -> Option<(&'a str, usize)> {
        let (content, end) = match self.end {
            Some(end) => (&response[self.start..end], end + 1),
            None => {
                let content = unbraced(response.get(self.start..limit)?);
                (content, self.start + content.len())
            }
        };
        let content = content.trim();
        (end <= limit && !content.is_empty()).then_some((content, end))
    }
}

/// The content of the last box, or of it and the boxes that belong to it.
pub(super) fn find(response: &str) -> Option<Found<'_>> {
    let mut boxes = scan(response);
    boxes.sort_unstable_by_key(|found| found.start);
    let last = boxes.pop()?;
    let (content, _) = last.content(response, response.len())?;
    let mut contents = vec![content];
    let mut next = last.command;
    for found in boxes.iter().rev() {
        let Some((content, end)) = found.content(response, next) else {
            break;
        };
        if !together::joins(&response[end..next]) {
            break;
        }
        contents.push(content);
        next = found.command;
    }
    contents.reverse();
    let text = match contents.as_slice() {
        [content] => spoken::value(content).unwrap_or(Cow::Borrowed(content)),
        contents => together::list(contents),
    };
    Some(Found {
        at: last.start,
        text,
        firm: true,
    })
}

/// All non-empty boxes. One pass with a stack of open braces: unclosed boxes cost nothing extra.
fn scan(response: &str) -> Vec<Open> {
    let bytes = response.as_bytes();
    let mut open: Vec<Option<(usize, usize)>> = Vec::new();
    let mut boxes = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        at += match bytes[at] {
            b'\\' => match command_at(response, at) {
                Some(command) => {
                    let after = at + command.len();
                    let start = after + spaces(&bytes[after..]);
                    if bytes.get(start) == Some(&b'{') {
                        open.push(Some((at, start + 1)));
                        start + 1 - at
                    } else {
                        if starts_unbraced(&bytes[start..]) {
                            boxes.push(Open {
                                command: at,
                                start,
                                end: None,
                            });
                        }
                        command.len()
                    }
                }
                // A response quoted as JSON has `\\boxed`: the second backslash starts the command.
                None if command_at(response, at + 1).is_some() => 1,
                None => 2,
            },
            // The backslash is missing.
            b'b' if response[at..].starts_with("boxed{") && starts_word(&bytes[..at]) => {
                let length = "boxed{".len();
                open.push(Some((at, at + length)));
                length
            }
            b'{' => {
                open.push(None);
                1
            }
            b'}' => {
                if let Some(Some((command, start))) = open.pop() {
                    boxes.extend(closed(response, command, start, at));
                }
                1
            }
            _ => 1,
        };
    }
    boxes
}

fn starts_word(before: &[u8]) -> bool {
    !before
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'\\')
}

/// The box, unless it is empty, which is a template ("in \boxed{}").
fn closed(response: &str, command: usize, start: usize, end: usize) -> Option<Open> {
    (!blank::is(&response[start..end])).then_some(Open {
        command,
        start,
        end: Some(end),
    })
}

/// The box command at byte `at`, unless a longer command starts like it.
fn command_at(response: &str, at: usize) -> Option<&'static str> {
    let rest = response.as_bytes().get(at..)?;
    COMMANDS.into_iter().find(|command| {
        rest.starts_with(command.as_bytes()) && !rest.get(command.len()).is_some_and(u8::is_ascii_alphabetic)
    })
}

fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == b' ').count()
}

/// Whether content without braces starts here, decided without reading all of it.
fn starts_unbraced(rest: &[u8]) -> bool {
    match rest {
        [b'\\', next, ..] => next.is_ascii_alphabetic() || matches!(next, b'$' | b'%' | b'{'),
        [first, ..] => {
            !first.is_ascii_whitespace() && !matches!(first, b'$' | b'}' | b'.' | b',' | b';' | b':' | b'*' | b'\\')
        }
        [] => false,
    }
}

/// The content of `\boxed` without braces: everything up to the next space or the end of the formula.
fn unbraced(rest: &str) -> &str {
    let end = rest.find(|c: char| c.is_whitespace() || c == '$').unwrap_or(rest.len());
    let run = &rest[..end];
    let run = ["\\)", "\\]", "}"]
        .iter()
        .filter_map(|close| run.find(close).filter(|at| !run[..*at].contains('{')))
        .min()
        .map_or(run, |end| &run[..end]);
    run.trim_end_matches(['.', ',', ';', ':', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_closed_box_is_found() {
        let cases = [
            (r"so \boxed{5}.", Some("5")),
            (r"\boxed{3}, then \boxed{4}", Some("4")),
            (r"\boxed{3} ... no wait, ... \boxed{4}", Some("4")),
            (r"\boxed{\frac{1}{2}}", Some(r"\frac{1}{2}")),
            (r"\boxed{\{1,2\}}", Some(r"\{1,2\}")),
            (
                r"\boxed{\left\{ x : x > 0 \right\}}",
                Some(r"\left\{ x : x > 0 \right\}"),
            ),
            (r"\boxed {7}", Some("7")),
            (r"\fbox{8}", Some("8")),
            (r"$\boxed 5$", Some("5")),
            (r"\(\boxed 5\)", Some("5")),
            (r"$\boxed5.$", Some("5")),
            (r"\boxed 12, and", Some("12")),
            (r"\boxed\frac{1}{2} of", Some(r"\frac{1}{2}")),
            (r"{\boxed 5}", Some("5")),
            (r"\boxed{x = \boxed{5}}", Some("5")),
            (r"\\boxed{6}", Some("6")),
            (r"a \\\boxed{6}", Some("6")),
            (r"\boxed{3} and cut off \boxed{4", Some("3")),
            (r"\boxed{a_{1} unclosed, \boxed{3} stray }", Some("3")),
            (r"\boxed{3} in \boxed{}", Some("3")),
            (r"{ { \boxed{3}", Some("3")),
            (r"} \boxed{3}", Some("3")),
            (r"\boxed{}", None),
            (r"\boxed{3} in \boxed{\phantom{xx}}", Some("3")),
            (r"\boxed{\underline{\hspace{1cm}}}", None),
            (r"\answer{3}", Some("3")),
            (r"\answers{3}", None),
            (r"\boxed", None),
            (r"\boxedfoo{3}", None),
            (r"so boxed{3}.", Some("3")),
            (r"unboxed{3}", None),
            (r"\boxed{é}", Some("é")),
            ("\\", None),
        ];
        for (response, expected) in cases {
            assert_eq!(
                find(response).map(|found| found.text).as_deref(),
                expected,
                "{response:?}"
            );
        }
    }

    #[test]
    fn boxes_that_belong_together_are_a_list() {
        let cases = [
            (r"The solutions are $\boxed{2}$ and $\boxed{3}$.", "2, 3"),
            (r"$x = \boxed{2}, \boxed{-3}$", "2, -3"),
            (r"\boxed{1}, \boxed{2}, and \boxed{3}", "1, 2, 3"),
            (r"\boxed{1}; \boxed{2}", "1, 2"),
            (r"\boxed{2} \text{ and } \boxed{3}", "2, 3"),
            (r"\boxed{2} \quad \text{or} \quad \boxed{3}", "2, 3"),
            (r"\(\boxed{2}\) or \(\boxed{3}\)", "2, 3"),
            ("\\[\\boxed{2}\\]\n\\[\\boxed{3}\\]", "2, 3"),
            ("\\[\\boxed{2}\\]\n\nand\n\n\\[\\boxed{3}\\]", "2, 3"),
            ("\\boxed{2}\n\n\\boxed{3}", "3"),
            (r"**\boxed{2}** AND **\boxed{3}**", "2, 3"),
            (r"$x_1 = \boxed{2}$ and $x_{2} = \boxed{3}$", "2, 3"),
            (r"$x = \boxed{2}$, $\theta = \boxed{\pi}$", r"2, \pi"),
            (r"\boxed{x = 2} & \\ \boxed{y = 3}", "x = 2, y = 3"),
            (r"\boxed 2, \boxed 3", "2, 3"),
            (r"$\boxed2$ and $\boxed{3}$", "2, 3"),
            (r"\boxed2\boxed3", "2, 3"),
            (r"\\boxed{2}, \\boxed{3}", "2, 3"),
            (r"\boxed{2} and \boxed{ 2 }", "2"),
            (r"\boxed{2}, \boxed{3}, \boxed{2}", "2, 3, 2"),
            (r"\boxed{1} so \boxed{2} and \boxed{3}", "2, 3"),
            (r"\boxed{2}, but \boxed{3}", "3"),
            (r"\boxed{2}. \boxed{3}", "3"),
            (r"\boxed{2} + \boxed{3}", "3"),
            (r"\boxed{2}, total = \boxed{3}", "3"),
            (r"\boxed{\boxed{2}, \boxed{3}}", "2, 3"),
            (r"\boxed{2}, \boxed{}", "2"),
            (r"\boxed\boxed{5}", "5"),
        ];
        for (response, expected) in cases {
            assert_eq!(
                find(response).map(|found| found.text).as_deref(),
                Some(expected),
                "{response:?}"
            );
        }
    }
}
