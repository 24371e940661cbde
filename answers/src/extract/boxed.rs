//! `\boxed{..}` and `\fbox{..}`: the box that starts last, among those that hold something and are closed.

const COMMANDS: [&str; 2] = ["\\boxed", "\\fbox"];

/// Where a box holds its content.
enum Content {
    /// `\boxed{..}`, from after the opening to before the closing brace.
    Braced(usize, usize),
    /// `\boxed 5`: starts here, and ends where [`unbraced`] says.
    Unbraced(usize),
}

/// The content of the last box. One pass with a stack of open braces: unclosed boxes cost nothing extra.
pub(super) fn find(response: &str) -> Option<&str> {
    let bytes = response.as_bytes();
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut last: Option<Content> = None;
    let mut at = 0;
    while at < bytes.len() {
        at += match bytes[at] {
            b'\\' => match command_at(response, at) {
                Some(command) => {
                    let after = at + command.len();
                    let start = after + spaces(&bytes[after..]);
                    if bytes.get(start) == Some(&b'{') {
                        open.push(Some(start + 1));
                        start + 1 - at
                    } else {
                        if starts_unbraced(&bytes[start..]) {
                            last = Some(Content::Unbraced(start));
                        }
                        command.len()
                    }
                }
                // A response quoted as JSON has `\\boxed`: the second backslash starts the command.
                None if command_at(response, at + 1).is_some() => 1,
                None => 2,
            },
            b'{' => {
                open.push(None);
                1
            }
            b'}' => {
                if let Some(Some(start)) = open.pop() {
                    last = later(last, start, at, response);
                }
                1
            }
            _ => 1,
        };
    }
    last.map(|content| match content {
        Content::Braced(start, end) => &response[start..end],
        Content::Unbraced(start) => unbraced(&response[start..]),
    })
}

/// Keeps the box that starts later, and never an empty one, which is a template ("in \boxed{}").
fn later(last: Option<Content>, start: usize, end: usize, response: &str) -> Option<Content> {
    let last_start = match last {
        Some(Content::Braced(start, _) | Content::Unbraced(start)) => start,
        None => 0,
    };
    if start < last_start || response[start..end].trim().is_empty() {
        return last;
    }
    Some(Content::Braced(start, end))
}

/// The box command at byte `at`, unless a longer command starts like it.
fn command_at(response: &str, at: usize) -> Option<&'static str> {
    let rest = response.as_bytes().get(at..)?;
    COMMANDS.into_iter().find(|command| {
        rest.starts_with(command.as_bytes())
            && !rest.get(command.len()).is_some_and(u8::is_ascii_alphabetic)
    })
}

fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == b' ').count()
}

/// Whether a content without braces starts here, seen without reading all of it.
fn starts_unbraced(rest: &[u8]) -> bool {
    match rest {
        [b'\\', next, ..] => next.is_ascii_alphabetic() || matches!(next, b'$' | b'%' | b'{'),
        [first, ..] => {
            !first.is_ascii_whitespace()
                && !matches!(
                    first,
                    b'$' | b'}' | b'.' | b',' | b';' | b':' | b'*' | b'\\'
                )
        }
        [] => false,
    }
}

/// What `\boxed` without braces holds: up to the next space or end of the formula.
fn unbraced(rest: &str) -> &str {
    let end = rest
        .find(|c: char| c.is_whitespace() || c == '$')
        .unwrap_or(rest.len());
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
            (r"\boxed", None),
            (r"\boxedfoo{3}", None),
            (r"\boxed{é}", Some("é")),
            ("\\", None),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), expected, "{response:?}");
        }
    }
}
