//! The file of a stream.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::entry::Entry;
use super::sink::Sink;

/// Name of the file in the folder of a run.
pub const NAME: &str = "metrics.jsonl";

/// Bytes that are looked at together.
const BLOCK: u64 = 1 << 16;

/// Appends to a stream.
#[derive(Debug)]
pub(super) struct Appender {
    path: PathBuf,
    file: File,
}

impl Appender {
    /// Opens the stream at `path`, which may not be there yet, and cuts off a line that was not written whole.
    ///
    /// # Errors
    /// The file or its folder cannot be made or written to.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        // Whoever writes to it holds the lock with others; where there are no locks, only one machine writes.
        match file.try_lock() {
            Ok(()) => {
                cut(&mut file)?;
                file.unlock()?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(_)) => cut(&mut file)?,
        }
        let _ = file.try_lock_shared();
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }
}

impl Sink for Appender {
    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        // At once, so that lines of two processes do not mix.
        self.file.write_all(&line)
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// Cuts off what follows the last line break.
fn cut(file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        if let Some(at) = block.iter().rposition(|&byte| byte == b'\n') {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length { file.set_len(end) } else { Ok(()) }
}

/// Reads a stream that may still grow.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    offset: u64,
}

impl Tail {
    /// A reader of the stream at `path`, from its beginning. There may be none yet.
    pub fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            offset: 0,
        }
    }

    /// The entries that were appended since the last call. Lines that are no entries are skipped: they are of a newer
    /// version, or were damaged; a last line without an end is left for the next call. Begins anew if the file has
    /// become shorter.
    ///
    /// # Errors
    /// The file is there, but cannot be read.
    pub fn read(&mut self) -> io::Result<Vec<Entry>> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            opened => opened?,
        };
        if file.metadata()?.len() < self.offset {
            self.offset = 0;
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        self.offset += whole as u64;
        let lines = bytes[..whole].split(|&byte| byte == b'\n');
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::entry::Event;

    fn entry(text: &str) -> Entry {
        Entry {
            time: "2026-11-29T12:00:46.123Z".to_owned(),
            run: "test".to_owned(),
            event: Event::Message { text: text.to_owned() },
        }
    }

    fn append(path: &Path, bytes: &[u8]) {
        OpenOptions::new()
            .append(true)
            .open(path)
            .unwrap()
            .write_all(bytes)
            .unwrap();
    }

    #[test]
    fn a_torn_line_is_neither_read_nor_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run").join(NAME);
        let mut tail = Tail::of(&path);
        assert_eq!(tail.read().unwrap(), []);
        Appender::open(&path).unwrap().write(&entry("a")).unwrap();
        append(&path, br#"{"time":"2026"#);
        assert_eq!(tail.read().unwrap(), [entry("a")]);
        assert_eq!(tail.read().unwrap(), []);
        let mut writer = Appender::open(&path).unwrap();
        writer.write(&entry("b")).unwrap();
        assert_eq!(tail.read().unwrap(), [entry("b")]);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[test]
    fn lines_that_are_no_entries_are_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        Appender::open(&path).unwrap().write(&entry("a")).unwrap();
        append(&path, b"{\"event\":\"of_the_future\"}\n\0\0\0\n\xff\n\n");
        Appender::open(&path).unwrap().write(&entry("b")).unwrap();
        assert_eq!(Tail::of(&path).read().unwrap(), [entry("a"), entry("b")]);
    }

    #[test]
    fn a_torn_line_longer_than_a_block_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        Appender::open(&path).unwrap().write(&entry("a")).unwrap();
        let whole = std::fs::metadata(&path).unwrap().len();
        append(&path, &vec![b'x'; 2 * BLOCK as usize]);
        Appender::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), whole);
    }

    #[test]
    fn another_writers_line_is_not_cut_while_it_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let _writer = Appender::open(&path).unwrap();
        append(&path, b"half");
        let _other = Appender::open(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"half");
    }
}
