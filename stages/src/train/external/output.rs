//! What a command prints: progress, and everything else.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::thread;

use serde::Deserialize;
use serde_json::{Map, Value};
use serl_artifacts::ArtifactError;

/// Bytes of a line at most; a longer one is cut into several.
const LONGEST: usize = 8 << 10;
/// Lines that an error quotes.
const QUOTED: usize = 10;

/// A line that a command has printed.
pub(super) enum Printed {
    /// On its standard output.
    Out(String),
    /// On its standard error.
    Err(String),
}

/// A line about the command's own progress.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Told {
    /// So many steps are done.
    Done {
        done: u64,
        /// Figures of the last one, to be shown at once.
        #[serde(flatten)]
        more: Map<String, Value>,
    },
    /// What is needed to go on after so many steps lies in the folder `resume`.
    Saved { saved: u64 },
}

impl Told {
    /// What a line says; none if it is for people.
    pub(super) fn of(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// The figures among what a line says of a step.
pub(super) fn figures(more: &Map<String, Value>) -> BTreeMap<String, f64> {
    let named = more.iter().filter(|(name, _)| *name != "total" && is_plain(name));
    named
        .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
        .collect()
}

/// Whether a figure can be called so wherever it is shown.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./@".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// Sends the lines of `pipe` as they come. Progress bars end theirs with a carriage return.
pub(super) fn forward(pipe: impl Read + Send + 'static, to: Sender<Printed>, of: fn(String) -> Printed) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        // A pipe that breaks ends what was printed.
        while let Ok(bytes) = pipe.fill_buf().map(<[u8]>::to_vec)
            && !bytes.is_empty()
        {
            pipe.consume(bytes.len());
            for byte in bytes {
                let ends = matches!(byte, b'\n' | b'\r');
                if !ends {
                    line.push(byte);
                }
                if (ends || line.len() == LONGEST) && !line.is_empty() {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    line.clear();
                    if to.send(of(text)).is_err() {
                        return;
                    }
                }
            }
        }
        if !line.is_empty() {
            // Nobody listens any more, or it is the last one.
            let _ = to.send(of(String::from_utf8_lossy(&line).into_owned()));
        }
    });
}

/// The file of what is not about progress, and the last lines for an error.
pub(super) struct Record {
    path: PathBuf,
    file: File,
    last: VecDeque<String>,
}

impl Record {
    pub(super) fn create(path: &Path) -> Result<Self, ArtifactError> {
        Ok(Self {
            path: path.to_owned(),
            file: File::options()
                .create(true)
                .append(true)
                .open(path)
                .map_err(ArtifactError::io("write", path))?,
            last: VecDeque::new(),
        })
    }

    /// Adds a line; one of standard error is what an error quotes.
    pub(super) fn add(&mut self, line: &Printed) -> Result<(), ArtifactError> {
        let (text, is_error) = match line {
            Printed::Out(text) => (text, false),
            Printed::Err(text) => (text, true),
        };
        if is_error {
            self.last.push_back(text.clone());
            if self.last.len() > QUOTED {
                self.last.pop_front();
            }
        }
        let written: io::Result<()> = writeln!(self.file, "{text}");
        written.map_err(ArtifactError::io("write", &self.path))
    }

    /// The end of standard error, as the end of a sentence.
    pub(super) fn quoted(&self) -> String {
        let mut text = format!("its output is in {}", self.path.display());
        if !self.last.is_empty() {
            text += ", and ends with";
            text.extend(self.last.iter().map(|line| format!("\n  {line}")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn lines_about_progress_are_told_from_others() {
        let line = r#"{"done": 3, "total": 150, "loss": 0.5, "note": "x"}"#;
        let Some(Told::Done { done: 3, more }) = Told::of(line) else {
            panic!("{line}");
        };
        assert_eq!(figures(&more), BTreeMap::from([("loss".to_owned(), 0.5)]));
        assert_eq!(Told::of(r#"{"saved": 3}"#), Some(Told::Saved { saved: 3 }));
        for other in ["step 3", "{}", r#"{"done": -1}"#, "3", r#"{"done": "3"}"#] {
            assert_eq!(Told::of(other), None, "{other}");
        }
    }

    #[test]
    fn lines_end_with_either_end_and_long_ones_are_cut() {
        let (send, receive) = channel();
        let text = format!("one\n10%\r20%\r\n\nlast{}", "x".repeat(LONGEST));
        forward(io::Cursor::new(text), send, Printed::Out);
        let lines: Vec<String> = receive
            .iter()
            .map(|line| match line {
                Printed::Out(text) | Printed::Err(text) => text,
            })
            .collect();
        assert_eq!(lines[..3], ["one", "10%", "20%"]);
        assert_eq!(lines[3..].iter().map(String::len).collect::<Vec<_>>(), [LONGEST, 4]);
    }
}
