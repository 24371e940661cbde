//! Programs that are started: each in a process group of its own, which ends with it.
//!
//! A program may be a script that starts others, so signals go to the whole group. Ctrl-C at a terminal does not reach
//! it: whoever started the program decides when it ends.
//!
//! Knows nothing of what the programs do.

use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Puts a program into a process group of its own.
#[cfg(unix)]
pub fn apart(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Puts a program into a process group of its own.
#[cfg(not(unix))]
pub fn apart(_command: &mut Command) {}

/// Has the kernel ask a program to end when this one ends, even if it is killed. To be started from the main thread,
/// since the kernel means the thread. Only on Linux.
#[cfg(target_os = "linux")]
pub fn die_with_us(command: &mut Command) {
    use nix::sys::prctl::set_pdeathsig;
    use nix::sys::signal::Signal::SIGTERM;

    let prepare = || set_pdeathsig(SIGTERM).map_err(std::io::Error::from);
    // SAFETY: between fork and exec, it makes one system call, and neither allocates nor locks.
    unsafe {
        std::os::unix::process::CommandExt::pre_exec(command, prepare);
    }
}

/// Has the kernel ask a program to end when this one ends, even if it is killed. Only on Linux.
#[cfg(not(target_os = "linux"))]
pub fn die_with_us(_command: &mut Command) {}

/// Asks a program that was started [`apart`], and everything that it has started, to end.
#[cfg(unix)]
pub fn ask(child: &Child) {
    signal(child, nix::sys::signal::Signal::SIGTERM);
}

/// Asks a program to end. There is no such request on this system, so it goes on until [`end`].
#[cfg(not(unix))]
pub fn ask(_child: &Child) {}

/// Ends a program that was started [`apart`], and everything that it has started, at once.
pub fn end(child: &mut Child) {
    #[cfg(unix)]
    signal(child, nix::sys::signal::Signal::SIGKILL);
    // It may have ended by itself, which is what is wanted.
    let _ended = child.kill();
    let _ended = child.wait();
}

/// [Asks](ask) a program to end, and [ends](end) what is left of it after `grace`.
pub fn stop(child: &mut Child, grace: Duration) {
    ask(child);
    let until = Instant::now() + grace;
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
        thread::sleep(LOOK);
    }
    end(child);
}

#[cfg(unix)]
fn signal(child: &Child, signal: nix::sys::signal::Signal) {
    let group = nix::unistd::Pid::from_raw(child.id().cast_signed());
    // A group that has ended is what is wanted.
    let _ended = nix::sys::signal::killpg(group, signal);
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    use super::*;

    /// A shell that runs `script` apart, and a reader of its output, the first line of which has been read.
    fn started(script: &str) -> (Child, impl BufRead) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        apart(&mut command);
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut String::new()).unwrap();
        (child, output)
    }

    #[test]
    fn what_a_script_has_started_ends_with_it() {
        let (mut child, mut output) = started("sleep 600 & echo up; wait");
        end(&mut child);
        // The pipe ends only when nobody holds it any more.
        assert_eq!(output.read_line(&mut String::new()).unwrap(), 0);
    }

    #[test]
    fn one_that_is_asked_may_finish() {
        let (mut child, mut output) = started("trap 'echo done; exit 3' TERM; echo up; while :; do sleep 0.05; done");
        stop(&mut child, Duration::from_secs(60));
        let mut said = String::new();
        output.read_line(&mut said).unwrap();
        assert_eq!(said, "done\n");
        assert_eq!(child.wait().unwrap().code(), Some(3));
    }

    #[test]
    fn one_that_does_not_end_is_killed() {
        let (mut child, _output) = started("trap '' TERM; echo up; while :; do sleep 0.05; done");
        stop(&mut child, Duration::from_millis(100));
        assert_eq!(child.wait().unwrap().code(), None);
    }
}

/// The example of the README, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
