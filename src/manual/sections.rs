//! The sections of what `--help` prints below the options.

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) parts: Vec<Part>,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Whether the lines stay as they are; those of a paragraph are filled.
    pub(super) literal: bool,
    pub(super) lines: Vec<String>,
}

/// The title of what has none.
const UNTITLED: &str = "Notes";

/// Titles of help texts that have another one in manuals.
const TITLES: [(&str, &str); 1] = [("Exit codes", "Exit status")];

/// Takes a help text apart. A paragraph whose first line ends in a colon, and whose other lines are indented, is a
/// section; the others are notes.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let (title, lines) = titled(paragraph);
        let title = title.unwrap_or(UNTITLED);
        let title = TITLES
            .iter()
            .find(|(help, _)| *help == title)
            .map_or(title, |(_, manual)| manual);
        let parts = parts(&lines);
        match sections.iter_mut().find(|section| section.title == title) {
            Some(section) => section.parts.extend(parts),
            None => sections.push(Section {
                title: title.to_owned(),
                parts,
            }),
        }
    }
    sections
}

fn titled(paragraph: &str) -> (Option<&str>, Vec<&str>) {
    let lines: Vec<&str> = paragraph.lines().collect();
    if let [first, rest @ ..] = lines.as_slice()
        && let Some(title) = first.strip_suffix(':')
        && rest.iter().all(|line| line.starts_with("  "))
        && title.split(' ').count() <= 2
    {
        return (Some(title), rest.to_vec());
    }
    (None, lines)
}

/// Lines that are indented stay as they are; the others are filled.
fn parts(lines: &[&str]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for line in lines {
        let literal = line.starts_with("  ");
        match parts.last_mut() {
            Some(part) if part.literal == literal => part.lines.push((*line).to_owned()),
            _ => parts.push(Part {
                literal,
                lines: vec![(*line).to_owned()],
            }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_help_text_is_taken_apart() {
        let text = "Shapes of rows:\n  {\"text\": …}\nand no others.\n\n\
                    Examples:\n  serl a\n  serl b\n\nExit codes:\n  0  done";
        let found = sections(text);
        let titles: Vec<&str> = found.iter().map(|section| section.title.as_str()).collect();
        assert_eq!(titles, ["Notes", "Examples", "Exit status"]);
        let literal: Vec<bool> = found[0].parts.iter().map(|part| part.literal).collect();
        assert_eq!(literal, [false, true, false]);
        assert_eq!(found[1].parts[0].lines, ["  serl a", "  serl b"]);
    }
}
