//! Servers that are started for a policy and stopped after it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serl_processes::{apart, die_with_us};

use crate::error::ServingError;
use crate::settings::Settings;

/// How long a server has to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// Between two looks at whether something has happened.
const LOOK: Duration = Duration::from_millis(100);

/// A server that was started here. Dropping it stops the server.
#[derive(Debug)]
pub(crate) struct Started {
    child: Child,
    url: String,
    log: PathBuf,
}

impl Started {
    /// Starts the server of `settings` at `url` with the model in `folder`; what it prints goes to a file in `logs`.
    ///
    /// # Errors
    /// A command that cannot be run, or a log that cannot be written.
    pub fn new(settings: &Settings, url: &str, folder: &Path, logs: &Path) -> Result<Self, ServingError> {
        let failed = |reason: String| ServingError::Start {
            url: url.to_owned(),
            reason,
        };
        let (host, port) = place(url)?;
        let fill = |argument: &String| {
            let folder = folder.to_string_lossy();
            argument
                .replace("{model}", &folder)
                .replace("{host}", host)
                .replace("{port}", port)
        };
        let command: Vec<String> = settings.start.iter().map(fill).collect();
        let Some((program, arguments)) = command.split_first() else {
            return Err(failed("it is empty".to_owned()));
        };
        let log = logs.join(format!("server-{host}-{port}.log"));
        let open = || {
            fs::create_dir_all(logs)?;
            let file = File::create(&log)?;
            Ok((file.try_clone()?, file))
        };
        let (out, err) = open().map_err(|error: std::io::Error| failed(format!("{}: {error}", log.display())))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(out).stderr(err);
        // A group of its own: Ctrl-C is for serl, which stops the server when it no longer needs it.
        apart(&mut command);
        die_with_us(&mut command);
        let child = command.spawn();
        let child = child.map_err(|error| failed(format!("`{program}` cannot be run: {error}")))?;
        Ok(Self {
            child,
            url: url.to_owned(),
            log,
        })
    }

    /// Waits until the server `is_up`, at most `timeout`.
    ///
    /// # Errors
    /// It has ended, or the time is over.
    pub fn wait(&mut self, timeout: Duration, is_up: impl Fn() -> bool) -> Result<(), ServingError> {
        let end = Instant::now() + timeout;
        loop {
            // Before it is asked: something else may answer there.
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.failed(&format!("it ended with {status}")));
            }
            if is_up() {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(self.failed(&format!("it does not answer after {} s", timeout.as_secs())));
            }
            thread::sleep(LOOK);
        }
    }

    fn failed(&self, what: &str) -> ServingError {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines[lines.len().saturating_sub(5)..].join("\n  ");
        let last = if last.is_empty() {
            " nothing".to_owned()
        } else {
            format!("\n  {last}")
        };
        ServingError::Start {
            url: self.url.clone(),
            reason: format!("{what}; {} ends with{last}", self.log.display()),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        serl_processes::stop(&mut self.child, GRACE);
    }
}

/// Host and port of `url`.
///
/// # Errors
/// It is not `http://HOST:PORT`.
pub(crate) fn place(url: &str) -> Result<(&str, &str), ServingError> {
    let wrong = |reason| ServingError::Address {
        url: url.to_owned(),
        reason,
    };
    let rest = url.strip_prefix("http://").ok_or_else(|| {
        wrong(match url.starts_with("https://") {
            true => "this build speaks no TLS",
            false => "it does not begin with `http://`",
        })
    })?;
    let (host, port) = rest
        .trim_end_matches('/')
        .rsplit_once(':')
        .ok_or_else(|| wrong("it has no port"))?;
    let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    match (host.is_empty(), is_port) {
        (true, _) => Err(wrong("it has no host")),
        (false, false) => Err(wrong("its port is no number from 1 to 65535")),
        (false, true) => Ok((host, port)),
    }
}
