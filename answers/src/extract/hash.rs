//! `#### x`, the answer line of GSM8K.

/// The rest of the last line after a run of exactly four `#`.
pub(super) fn find(response: &str) -> Option<&str> {
    response.lines().rev().find_map(in_line)
}

fn in_line(line: &str) -> Option<&str> {
    let (before, answer) = line.rsplit_once("####")?;
    let answer = answer.trim();
    (!before.ends_with('#') && !answer.is_empty()).then_some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_answer_line_counts() {
        let cases = [
            ("12+7=19\n19-5=14\n#### 14", Some("14")),
            ("####14", Some("14")),
            ("#### 1,080 \r\n", Some("1,080")),
            ("#### 3\nno, wait\n#### 4\n####", Some("4")),
            ("so #### -2.5", Some("-2.5")),
            ("#### $\\frac{1}{2}$", Some("$\\frac{1}{2}$")),
            ("#### 5\nI hope it is correct.", Some("5")),
            ("##### Heading", None),
            ("", None),
            ("####\n5", None),
            ("# 5", None),
            ("### 5", None),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), expected, "{response:?}");
        }
    }
}
