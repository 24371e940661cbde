//! Where time goes: spans around the parts of a computation, added up while recording.
//!
//! A section is what the policy is doing, a phase the kind of operation; time is booked on both. Spans nest, and each
//! books its own time without that of the spans within it, so that all of them add up to the outermost ones. Without
//! recording, a span costs one relaxed load. Where work is queued, as on CUDA, the time is that of queueing.

mod names;
mod recorder;
mod report;

pub(crate) use names::{Phase, Section};
pub use report::{Profile, ProfileRow};

use recorder::{Recorder, Span};

static RECORDER: Recorder = Recorder::new();

/// Starts recording from zero.
pub fn start() {
    RECORDER.start();
}

/// Stops recording; nothing if nothing was recorded.
pub fn stop() -> Option<Profile> {
    RECORDER.stop()
}

/// Books the time until the guard is dropped on `section`; spans within it belong to it.
pub(crate) fn section(section: Section) -> Span<'static> {
    RECORDER.section(section)
}

/// Books the time until the guard is dropped on `phase` of the section around it.
pub(crate) fn span(phase: Phase) -> Span<'static> {
    RECORDER.span(phase)
}
