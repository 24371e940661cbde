//! Memory and CPU time of this process, which only Linux reports here.

use std::fs;

/// Ticks per second in `/proc/self/stat`: `USER_HZ`, which Linux keeps at 100 whatever its clock rate.
const TICKS: f64 = 100.0;

/// Peak resident memory in bytes (`VmHWM`).
pub(super) fn peak_rss() -> Option<u64> {
    peak_in(&fs::read_to_string("/proc/self/status").ok()?)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(1024 * kilobytes)
}

/// CPU seconds of all threads together, in user and system mode.
pub(super) fn cpu_seconds() -> Option<f64> {
    cpu_in(&fs::read_to_string("/proc/self/stat").ok()?)
}

fn cpu_in(stat: &str) -> Option<f64> {
    // The second field is the name in parentheses and may contain spaces; fields 14 and 15 are `utime` and `stime`.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_in_kilobytes() {
        let status = "Name:\tserl\nVmPeak:\t   99 kB\nVmHWM:\t    3052 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(peak_in(status), Some(3052 * 1024));
        assert_eq!(peak_in("Name:\tserl\n"), None);
    }

    #[test]
    fn user_and_system_time_are_added_whatever_the_name() {
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 20 0 3 0";
        assert_eq!(cpu_in(stat), Some(3.0));
        assert_eq!(cpu_in("7 (a) S 1"), None);
    }
}
