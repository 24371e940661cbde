//! A running `serl` whose messages are heard while it runs.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Outcome, Playground};

/// So long nothing is heard only if something is wrong.
const PATIENCE: Duration = Duration::from_secs(120);

/// A started `serl`.
pub struct Watched<'a> {
    place: &'a Playground,
    child: Child,
    lines: Receiver<String>,
    stdout: JoinHandle<String>,
    heard: Vec<String>,
}

impl<'a> Watched<'a> {
    pub fn start(place: &'a Playground, arguments: &[&str]) -> Self {
        let mut child = place.start(arguments);
        let (tell, lines) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let mut out = child.stdout.take().unwrap();
        let stdout = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = out.read_to_string(&mut text);
            text
        });
        Self {
            place,
            child,
            lines,
            stdout,
            heard: Vec::new(),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line on stderr that holds `text`.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no `{text}` in {:#?}", self.heard));
            self.heard.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits until `seen` holds; false if the process ended before.
    #[track_caller]
    pub fn until_seen(&mut self, seen: impl Fn() -> bool) -> bool {
        let begun = std::time::Instant::now();
        while !seen() {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing happened");
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Sends the signal `name`, as in `INT`.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end.
    pub fn end(mut self) -> Outcome {
        let status = self.child.wait().unwrap();
        self.heard.extend(self.lines.iter());
        let lines: Vec<String> = self.heard.iter().map(|line| format!("{line}\n")).collect();
        let stdout = self.stdout.join().unwrap();
        Outcome::told(status.code(), &stdout, &lines.concat(), self.place.folder.path())
    }
}
