//! Processes, named for people.

use std::fmt;

use serde::{Deserialize, Serialize};
use serl_artifacts::owner::host;

/// A process on a machine. Written as `host:pid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The process id; 0 if it is not known.
    pub pid: u32,
    /// The machine; empty if its system does not tell, or if an earlier version wrote the name.
    #[serde(default)]
    pub host: String,
}

impl Process {
    /// This process.
    pub fn current() -> Self {
        Self {
            pid: std::process::id(),
            host: host(),
        }
    }

    /// The process that signed with `text`; none if nobody has signed yet.
    pub(crate) fn signed(text: &str) -> Option<Self> {
        let (host, pid) = text.trim().rsplit_once(':').unwrap_or(("", text.trim()));
        Some(Self {
            pid: pid.parse().ok()?,
            host: host.to_owned(),
        })
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.as_str() {
            "" => write!(f, "{}", self.pid),
            host => write!(f, "{}:{}", host.escape_debug(), self.pid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_read_again_also_by_an_earlier_version() {
        let process = Process {
            pid: 17,
            host: "n1".to_owned(),
        };
        assert_eq!(process.to_string(), "n1:17");
        assert_eq!(Process::signed("n1:17\n"), Some(process));
        let earlier = Process::signed("17\n").unwrap();
        assert_eq!((earlier.pid, earlier.to_string().as_str()), (17, "17"));
        assert_eq!(Process::signed(""), None);
        assert_eq!(Process::signed("n1:"), None);
    }
}
