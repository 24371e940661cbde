//! The code in a response.

/// The last fenced block of Markdown (CommonMark 0.31, section 4.5) or, without one, the whole text. A block that is
/// not closed, because the response was cut off, ends with the text.
pub(super) fn code(response: &str) -> String {
    let mut last: Option<Vec<&str>> = None;
    let mut open: Option<&str> = None;
    for line in response.lines() {
        match (open, fence(line)) {
            (None, Some(mark)) => {
                open = Some(mark);
                last = Some(Vec::new());
            }
            (Some(opened), Some(mark)) if mark.starts_with(opened) && line.trim() == mark => open = None,
            (Some(_), _) => last.get_or_insert_default().push(line),
            (None, None) => {}
        }
    }
    last.map_or_else(|| response.trim().to_owned(), |lines| lines.join("\n"))
}

/// The fence that a line begins with: three backticks or tildes, or more.
fn fence(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let mark = line.chars().next().filter(|mark| "`~".contains(*mark))?;
    let after = line.trim_start_matches(mark);
    let length = line.len() - after.len();
    // Backticks that are closed in their line are code within a sentence.
    let within = mark == '`' && after.contains(mark);
    (length >= 3 && !within).then(|| &line[..length])
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn the_last_block_counts() {
        let response = "First:\n```\nold\n```\nBetter:\n```python\ndef f(x):\n    return x\n```\nDone.";
        assert_eq!(code(response), "def f(x):\n    return x");
        assert_eq!(code("~~~py\na = '```'\n```\n~~~"), "a = '```'\n```");
        assert_eq!(code("````\n```\n````"), "```");
    }

    #[test]
    fn a_response_may_be_all_code_or_cut_off() {
        assert_eq!(code("def f(x): return x\n"), "def f(x): return x");
        assert_eq!(code("```python\ndef f(x):"), "def f(x):");
        assert_eq!(code("```"), "");
        assert_eq!(code("```x = 1``` is all."), "```x = 1``` is all.");
    }
}
