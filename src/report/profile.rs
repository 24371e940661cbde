//! Where time went, as a table.

use serl_lm::profile::{Profile, ProfileRow};

use super::show::{align, number, percent};

/// One line per section and phase; the last one is the time that no span covers.
pub fn profile_table(profile: &Profile) -> String {
    let header = ["section", "phase", "calls", "seconds", "share"].map(String::from);
    let cells = |section: &str, phase: &str, calls: String, seconds: f64| {
        let share = percent(seconds / profile.seconds.max(f64::MIN_POSITIVE));
        vec![section.to_owned(), phase.to_owned(), calls, number(seconds, 3), share]
    };
    let row = |row: &ProfileRow| cells(row.section, row.phase, row.calls.to_string(), row.seconds);
    let covered: f64 = profile.rows.iter().map(|row| row.seconds).sum();
    let rest = (profile.seconds - covered).max(0.0);
    let ends = [
        cells("elsewhere", "-", "-".to_owned(), rest),
        cells("all", "-", "-".to_owned(), profile.seconds),
    ];
    align(&header, profile.rows.iter().map(row).chain(ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_time_that_passed() {
        let row = |phase, calls, seconds| ProfileRow {
            section: "decode",
            phase,
            calls,
            seconds,
        };
        let profile = Profile {
            seconds: 8.0,
            rows: vec![row("linear", 1024, 4.0), row("rest", 32, 2.0)],
        };
        insta::assert_snapshot!(profile_table(&profile));
    }
}
