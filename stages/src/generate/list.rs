//! Reading instructions from a completion that continues a numbered list.

/// The items of a numbered list (`1.`, `2)`, … at the start of a line), trimmed, in order.
///
/// `complete` says that the completion ended by itself: otherwise its last item is cut short and left out.
/// Text before the first number is not an item. An item may run over several lines.
pub(crate) fn parse_numbered(text: &str, complete: bool) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in text.lines() {
        match numbered(line) {
            Some(rest) => items.push(rest.to_owned()),
            None => {
                if let Some(item) = items.last_mut() {
                    item.push('\n');
                    item.push_str(line);
                }
            }
        }
    }
    if !complete {
        items.pop();
    }
    items
        .iter()
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

/// The text after the number, if the line begins with one.
fn numbered(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_start_matches("**");
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=3).contains(&digits) {
        return None;
    }
    let rest = line[digits..].strip_prefix(['.', ')', ':'])?;
    // "3.5 litres" at the start of a line is a number of the text, not of the list.
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(rest.trim_start_matches("**"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn items_over_lines_and_both_marks() {
        let text = "9. What is 1+1?\n10) Let x = 2.\nFind x^2.\n\n11. Last?";
        assert_eq!(
            parse_numbered(text, true),
            ["What is 1+1?", "Let x = 2.\nFind x^2.", "Last?"]
        );
    }

    #[test]
    fn a_cut_completion_loses_its_last_item() {
        assert_eq!(parse_numbered("1. One?\n2. Two and", false), ["One?"]);
        assert_eq!(parse_numbered("1. One", false), Vec::<String>::new());
    }

    #[test]
    fn preamble_decimals_and_empty_items_are_no_items() {
        assert_eq!(
            parse_numbered("Here are three:\n1. A?\n3.5 litres\n2.\n3. B?", true),
            ["A?\n3.5 litres", "B?"]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC*", complete: bool) {
            for item in parse_numbered(&text, complete) {
                prop_assert!(!item.is_empty());
            }
        }

        #[test]
        fn a_list_reads_back(items in prop::collection::vec("[A-Za-z][a-z ]{0,20}[a-z?]", 0..12)) {
            let text: String = items.iter().enumerate().map(|(i, x)| format!("{}. {x}\n", i + 1)).collect();
            prop_assert_eq!(parse_numbered(&text, true), items);
        }
    }
}
