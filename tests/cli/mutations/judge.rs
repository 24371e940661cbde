//! What counts as a fault of `serl` on a damaged input.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::Playground;

/// Longer than any case takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// Address space in KiB: the cases need a tenth of it.
const MEMORY: &str = "6291456";
/// A longer message shows no one anything.
const LONGEST_MESSAGE: usize = 20_000;

/// Runs `serl` with bounded time and memory. Gives its exit code, or says what it did wrong.
pub fn judge(place: &Playground, arguments: &[&str]) -> Result<Option<i32>, String> {
    let (out, err) = (place.path("stdout"), place.path("stderr"));
    let file = |path| std::fs::File::create(path).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -c 0; ulimit -v \"$0\"; exec \"$@\"", MEMORY])
        .arg(env!("CARGO_BIN_EXE_serl"))
        .args(arguments)
        .current_dir(place.path(""))
        .stdin(Stdio::null())
        .stdout(file(&out))
        .stderr(file(&err))
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err(format!("no end within {} s", LIMIT.as_secs()));
        }
        sleep(Duration::from_millis(5));
    };
    let text = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let (said, printed) = (text(err), text(out));
    let beginning: String = said.chars().take(600).collect();
    if said.contains("panicked at") || !matches!(status.code(), Some(0 | 2)) {
        return Err(format!("{status}: {beginning}"));
    }
    if said.len() > LONGEST_MESSAGE {
        return Err(format!("a message of {} bytes: {beginning}", said.len()));
    }
    if status.code() == Some(2) && !said.contains("error") {
        return Err(format!("refused without a reason: {beginning}"));
    }
    match raw(&said).or(raw(&printed)) {
        Some(raw) => Err(format!("{raw:?} reaches the terminal: {}", beginning.escape_debug())),
        None => Ok(status.code()),
    }
}

/// A character that a terminal would obey.
fn raw(text: &str) -> Option<char> {
    text.chars().find(|&c| c.is_control() && !matches!(c, '\n' | '\t'))
}
