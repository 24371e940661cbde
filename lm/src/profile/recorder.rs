//! The bookkeeping behind spans: one cell of counters per section and phase, and per thread what is open.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::names::{PHASES, Phase, SECTIONS, Section};
use super::report::{Profile, ProfileRow};

/// Phase of a section's own time, after the named ones.
const REST: usize = PHASES.len();

/// Section of spans outside of any, after the named ones.
const NONE: usize = SECTIONS.len();

#[derive(Default)]
struct Counters {
    calls: AtomicU64,
    nanos: AtomicU64,
}

impl Counters {
    const fn new() -> Self {
        Self {
            calls: AtomicU64::new(0),
            nanos: AtomicU64::new(0),
        }
    }
}

/// The open spans of a thread.
#[derive(Clone, Copy)]
struct Open {
    section: usize,
    phase: usize,
    /// Nanoseconds of the spans that were opened and closed within the innermost open one.
    within: u64,
}

thread_local! {
    static OPEN: Cell<Open> = const { Cell::new(Open { section: NONE, phase: REST, within: 0 }) };
}

/// Adds up spans. Counters are independent sums, so relaxed operations suffice.
pub(super) struct Recorder {
    on: AtomicBool,
    started: Mutex<Option<Instant>>,
    cells: [[Counters; REST + 1]; NONE + 1],
}

impl Recorder {
    pub(super) const fn new() -> Self {
        Self {
            on: AtomicBool::new(false),
            started: Mutex::new(None),
            cells: [const { [const { Counters::new() }; REST + 1] }; NONE + 1],
        }
    }

    pub(super) fn start(&self) {
        for cell in self.cells.iter().flatten() {
            cell.calls.store(0, Relaxed);
            cell.nanos.store(0, Relaxed);
        }
        *self.clock() = Some(Instant::now());
        self.on.store(true, Relaxed);
    }

    pub(super) fn stop(&self) -> Option<Profile> {
        self.on.store(false, Relaxed);
        let seconds = self.clock().take()?.elapsed().as_secs_f64();
        Some(Profile {
            seconds,
            rows: self.rows(),
        })
    }

    fn clock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows(&self) -> Vec<ProfileRow> {
        let sections = SECTIONS.iter().map(|(_, name)| *name).chain(["other"]);
        let named = |(section, cells): (&'static str, &[Counters; REST + 1])| {
            let phases = PHASES.iter().map(|(_, name)| *name).chain(["rest"]);
            let row = |(phase, cell): (&'static str, &Counters)| ProfileRow {
                section,
                phase,
                calls: cell.calls.load(Relaxed),
                seconds: cell.nanos.load(Relaxed) as f64 * 1e-9,
            };
            phases.zip(cells).map(row).collect::<Vec<_>>()
        };
        let rows = sections.zip(&self.cells).flat_map(named);
        rows.filter(|row| row.calls > 0).collect()
    }

    /// Opens a section; see [`super::section`].
    pub(super) fn section(&self, section: Section) -> Span<'_> {
        self.open(|_| (section as usize, REST))
    }

    /// Opens a span; see [`super::span`].
    pub(super) fn span(&self, phase: Phase) -> Span<'_> {
        // A product is booked where it is computed; the head's are recognised by their caller.
        self.open(|around| match (around.phase, phase) {
            (outer, Phase::Linear) if outer == Phase::Head as usize => (around.section, outer),
            _ => (around.section, phase as usize),
        })
    }

    fn open(&self, place: impl FnOnce(Open) -> (usize, usize)) -> Span<'_> {
        let opened = self.on.load(Relaxed).then(|| {
            let around = OPEN.get();
            let (section, phase) = place(around);
            OPEN.set(Open {
                section,
                phase,
                within: 0,
            });
            Opened {
                cell: &self.cells[section][phase],
                around,
                at: Instant::now(),
            }
        });
        Span {
            opened,
            thread: PhantomData,
        }
    }
}

struct Opened<'a> {
    cell: &'a Counters,
    around: Open,
    at: Instant,
}

/// Books its lifetime. Spans of a thread must be dropped in the reverse order of their opening, as scopes do.
#[must_use = "a span that is not kept ends at once"]
pub(crate) struct Span<'a> {
    opened: Option<Opened<'a>>,
    /// What is open is the thread's: a guard must not leave it.
    thread: PhantomData<*const ()>,
}

impl Drop for Span<'_> {
    fn drop(&mut self) {
        let Some(Opened { cell, around, at }) = self.opened.take() else {
            return;
        };
        let nanos = u64::try_from(at.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let within = OPEN.get().within;
        cell.calls.fetch_add(1, Relaxed);
        cell.nanos.fetch_add(nanos.saturating_sub(within), Relaxed);
        OPEN.set(Open {
            within: around.within + nanos,
            ..around
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn pause(millis: u64) {
        std::thread::sleep(Duration::from_millis(millis));
    }

    fn row<'a>(profile: &'a Profile, section: &str, phase: &str) -> &'a ProfileRow {
        let found = |row: &&ProfileRow| row.section == section && row.phase == phase;
        profile.rows.iter().find(found).unwrap()
    }

    #[test]
    fn names_are_in_the_order_of_the_types() {
        for (index, (section, _)) in SECTIONS.iter().enumerate() {
            assert_eq!(*section as usize, index);
        }
        for (index, (phase, _)) in PHASES.iter().enumerate() {
            assert_eq!(*phase as usize, index);
        }
    }

    #[test]
    fn a_span_books_its_own_time_and_all_add_up_to_the_outermost() {
        let recorder = Recorder::new();
        recorder.start();
        let begun = Instant::now();
        let decode = recorder.section(Section::Decode);
        for _ in 0..3 {
            let _attention = recorder.span(Phase::Attention);
            pause(2);
            let _linear = recorder.span(Phase::Linear);
            pause(4);
        }
        {
            let _sampling = recorder.section(Section::Sampling);
            pause(3);
        }
        drop(decode);
        let outermost = begun.elapsed().as_secs_f64();
        let profile = recorder.stop().unwrap();
        assert_eq!(profile.rows.len(), 4, "{profile:?}");
        assert_eq!(row(&profile, "decode", "attention").calls, 3);
        assert_eq!(row(&profile, "decode", "rest").calls, 1);
        let linear = row(&profile, "decode", "linear").seconds;
        assert!(linear >= 0.012, "{profile:?}");
        assert!(row(&profile, "decode", "attention").seconds >= 0.006);
        assert!(row(&profile, "sampling", "rest").seconds >= 0.003);
        // What was booked twice would make the sum exceed what passed; the smallest sum is that of the pauses.
        let sum: f64 = profile.rows.iter().map(|row| row.seconds).sum();
        assert!(0.021 <= sum && sum <= outermost && outermost <= profile.seconds);
    }

    #[test]
    fn nothing_is_recorded_before_the_start_and_after_the_end() {
        let recorder = Recorder::new();
        drop(recorder.section(Section::Decode));
        assert_eq!(recorder.stop(), None);
        recorder.start();
        assert_eq!(recorder.stop().unwrap().rows, []);
        drop(recorder.section(Section::Decode));
        recorder.start();
        drop(recorder.span(Phase::Head));
        let profile = recorder.stop().unwrap();
        let rows: Vec<_> = profile
            .rows
            .iter()
            .map(|row| (row.section, row.phase, row.calls))
            .collect();
        assert_eq!(rows, [("other", "head", 1)]);
    }

    #[test]
    fn a_product_for_the_head_is_the_heads() {
        let recorder = Recorder::new();
        recorder.start();
        let _decode = recorder.section(Section::Decode);
        {
            let _head = recorder.span(Phase::Head);
            drop(recorder.span(Phase::Linear));
        }
        drop(recorder.span(Phase::Linear));
        let profile = recorder.stop().unwrap();
        assert_eq!(row(&profile, "decode", "head").calls, 2);
        assert_eq!(row(&profile, "decode", "linear").calls, 1);
    }

    #[test]
    fn threads_count_each_for_itself() {
        let recorder = Recorder::new();
        recorder.start();
        let _outer = recorder.section(Section::Prefill);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let _own = recorder.section(Section::Score);
                    for _ in 0..100 {
                        drop(recorder.span(Phase::Norm));
                    }
                });
            }
        });
        let profile = recorder.stop().unwrap();
        assert_eq!(row(&profile, "score", "norm").calls, 400);
        assert_eq!(row(&profile, "score", "rest").calls, 4);
    }
}
