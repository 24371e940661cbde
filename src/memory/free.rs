//! How much memory is free on this machine, which only Linux reports here.

use std::fs;

/// Bytes that a process can have: what the machine has left, within the limit of a container.
pub fn free() -> Option<u64> {
    let machine = available(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let of = |file: &str| fs::read_to_string(format!("/sys/fs/cgroup/{file}")).ok();
    let group = of("memory.max").zip(of("memory.current"));
    let group = group.and_then(|(most, used)| left(&most, &used));
    Some(group.map_or(machine, |group| group.min(machine)))
}

/// `MemAvailable` of `/proc/meminfo`.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(1024 * kilobytes)
}

/// What a control group has left; none without a limit.
fn left(most: &str, used: &str) -> Option<u64> {
    let [most, used] = [most, used].map(|text| text.trim().parse::<u64>().ok());
    Some(most?.saturating_sub(used?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_available_is_read_in_kilobytes() {
        let meminfo = "MemTotal:       24684392 kB\nMemFree:  1 kB\nMemAvailable:   22440000 kB\n";
        assert_eq!(available(meminfo), Some(22_440_000 * 1024));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
    }

    #[test]
    fn a_group_has_what_its_limit_leaves() {
        assert_eq!(left("1000\n", "300\n"), Some(700));
        assert_eq!(left("1000\n", "1300\n"), Some(0));
        assert_eq!(left("max\n", "300\n"), None);
    }
}
