//! The text of a response after its reasoning: `<think>..</think>` and the like.

/// Names of tags that enclose reasoning.
const NAMES: [&str; 3] = ["think", "thinking", "reasoning"];

/// A tag, by byte positions.
struct Tag {
    start: usize,
    end: usize,
    closes: bool,
}

/// The texts to search, last one first: the text after the reasoning or, if there is none, all texts between tags.
pub(super) fn searched(response: &str) -> Vec<&str> {
    let tags = tags(response);
    let answered = tags
        .last()
        .filter(|tag| tag.closes)
        .map(|tag| &response[tag.end..])
        .filter(|text| !text.trim().is_empty());
    if let Some(text) = answered {
        return vec![text];
    }
    let mut parts = Vec::new();
    let mut end = response.len();
    for tag in tags.iter().rev() {
        parts.push(&response[tag.end..end]);
        end = tag.start;
    }
    parts.push(&response[..end]);
    parts
}

fn tags(response: &str) -> Vec<Tag> {
    response
        .match_indices('<')
        .filter_map(|(start, _)| {
            let inside = &response[start + 1..];
            let name = inside.strip_prefix('/').unwrap_or(inside);
            let after = NAMES.iter().find_map(|known| {
                let (head, rest) = name.split_at_checked(known.len())?;
                let same = head.eq_ignore_ascii_case(known);
                rest.strip_prefix('>').filter(|_| same)
            })?;
            Some(Tag {
                start,
                end: response.len() - after.len(),
                closes: name.len() < inside.len(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_reasoning_is_searched() {
        let cases: [(&str, &[&str]); 11] = [
            ("4", &["4"]),
            ("<think>3</think> 4", &[" 4"]),
            ("<think>3</think>\n", &["\n", "3", ""]),
            ("<think>3", &["3", ""]),
            ("3</think>4", &["4"]),
            ("<think>2</think>3<think>4", &["4", "3", "2", ""]),
            ("<THINKING>3</Thinking>4", &["4"]),
            ("<reasoning>3</reasoning>4", &["4"]),
            ("1 < 2 <b>3</b> <thinker>", &["1 < 2 <b>3</b> <thinker>"]),
            ("<thinké>", &["<thinké>"]),
            ("", &[""]),
        ];
        for (response, expected) in cases {
            assert_eq!(searched(response), expected, "{response:?}");
        }
    }
}
