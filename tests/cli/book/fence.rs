//! The fenced blocks of a page.
//!
//! Attributes after the language say what a test must know and no reader sees, as in "sh,needs=gpu,exit=0/1".

/// A fenced block.
pub(super) struct Block {
    /// Page and line where it begins, as in `faq.md:12`.
    pub(super) place: String,
    pub(super) language: String,
    pub(super) text: String,
    attributes: Vec<String>,
}

impl Block {
    /// What must be at hand to run it.
    pub(super) fn needs(&self) -> Option<&str> {
        self.value("needs")
    }

    /// The exit codes with which it may end.
    pub(super) fn exits(&self) -> Vec<i32> {
        let codes = self.value("exit").unwrap_or("0").split('/');
        codes.map(|code| code.parse().unwrap()).collect()
    }

    /// Whether it has an attribute without a value.
    pub(super) fn is(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|has| has == attribute)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let mut pairs = self.attributes.iter().filter_map(|attribute| attribute.split_once('='));
        pairs.find(|pair| pair.0 == name).map(|pair| pair.1)
    }
}

/// The blocks of the text of `page`.
pub(super) fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (line, number) in text.lines().zip(1..) {
        let info = line.strip_prefix("```");
        open = match (open, info) {
            (None, None) => None,
            (None, Some(info)) => {
                let mut words = info.split(',').map(str::to_owned);
                Some(Block {
                    place: format!("{page}:{number}"),
                    language: words.next().unwrap_or_default(),
                    text: String::new(),
                    attributes: words.collect(),
                })
            }
            (Some(mut block), None) => {
                block.text += line;
                block.text.push('\n');
                Some(block)
            }
            (Some(block), Some(_)) => {
                blocks.push(block);
                None
            }
        };
    }
    assert!(open.is_none(), "{page}: a fenced block has no end");
    blocks
}

/// The text of a page without its fenced blocks.
pub(super) fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            prose += line;
            prose.push('\n');
        }
    }
    prose
}
