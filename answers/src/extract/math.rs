//! Formulas between the delimiters of LaTeX.
//!
//! Knows where a formula starts and ends, but not what it says.

/// Opening and closing delimiters. `$$` comes after `$`, which ends the same way.
const DELIMITERS: [(&str, &str); 4] = [("$", "$"), ("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]")];

/// The formula that `text` starts with, and what follows it.
pub(super) fn leading(text: &str) -> Option<(&str, &str)> {
    let (open, close) = DELIMITERS.into_iter().rev().find(|(open, _)| text.starts_with(open))?;
    let rest = &text[open.len()..];
    let escaped = |at: usize| close == "$" && rest[..at].ends_with('\\');
    let (end, _) = rest.match_indices(close).find(|(at, _)| !escaped(*at))?;
    let (inside, after) = (&rest[..end], &rest[end + close.len()..]);
    let closes = open != "$" || (closes_dollar(inside, after) && !inside.contains('\n'));
    closes.then_some((inside, after))
}

/// The formula that spans all of `text`.
pub(super) fn whole(text: &str) -> Option<&str> {
    let (inside, after) = leading(text)?;
    after.is_empty().then_some(inside)
}

/// The formula that ends last, with the texts before and after it.
pub(super) fn last(text: &str) -> Option<(&str, &str, &str)> {
    let (open, start, end, close) = DELIMITERS
        .into_iter()
        .filter_map(|(open, close)| {
            let end = text.rfind(close)?;
            let start = text[..end].rfind(open)? + open.len();
            Some((open, start, end, close))
        })
        .max_by_key(|(_, _, end, close)| end + close.len())?;
    let before = &text[..start - open.len()];
    let (inside, after) = (&text[start..end], &text[end + close.len()..]);
    let closes = close != "$" || closes_dollar(inside, after);
    closes.then_some((before, inside, after))
}

/// "$5 and $6" is money: a closing dollar stands next to its formula, and before no digit (as in Pandoc).
/// `$ 5 $` is a formula set with spaces.
fn closes_dollar(inside: &str, after: &str) -> bool {
    let spaced = inside.ends_with(' ') && !inside.starts_with(' ');
    !spaced && !after.starts_with(|c: char| c.is_ascii_digit())
}

/// The environment that `text` starts with, from `\begin{..}` to its `\end{..}`, and what follows it.
pub(super) fn environment(text: &str) -> Option<(&str, &str)> {
    let (name, _) = text.strip_prefix("\\begin{")?.split_once('}')?;
    let end = format!("\\end{{{name}}}");
    let length = text.find(&end)? + end.len();
    Some(text.split_at(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_at_the_start() {
        let cases = [
            ("$x$ is", Some(("x", " is"))),
            ("$$x$$", Some(("x", ""))),
            ("$$\nx\n$$.", Some(("\nx\n", "."))),
            ("\\(x\\), so", Some(("x", ", so"))),
            ("\\[x\\]", Some(("x", ""))),
            ("$ x $", Some((" x ", ""))),
            ("$\\$5$ is", Some(("\\$5", " is"))),
            ("$5 and $6", None),
            ("$5, $6", None),
            ("$x", None),
            ("$x\ny$", None),
            ("\\(x", None),
            ("x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(leading(text), expected, "{text:?}");
        }
    }

    #[test]
    fn formulas_at_the_end() {
        let cases = [
            ("so $x$ and $y$ hold", Some(("so $x$ and ", "y", " hold"))),
            ("so $$y$$", Some(("so ", "y", ""))),
            ("so $x$, \\(y\\).", Some(("so $x$, ", "y", "."))),
            ("pay $5 for $y$", Some(("pay $5 for ", "y", ""))),
            ("pay $5 or $6", None),
            ("pay $5", None),
            ("x\\)", None),
        ];
        for (text, expected) in cases {
            assert_eq!(last(text), expected, "{text:?}");
        }
    }

    #[test]
    fn environments_are_taken_whole() {
        let text = "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix} is";
        let taken = ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", " is");
        assert_eq!(environment(text), Some(taken));
        assert_eq!(environment("\\begin{pmatrix} 1"), None);
        assert_eq!(environment("\\begin{"), None);
    }
}
