//! Work on many rows: without the GIL, on threads if asked to, and ended by Ctrl-C.
//!
//! Threads live as long as a call, so that a process can fork between two.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// Rows that a thread takes at once.
const BLOCK: usize = 32;

/// How often Python is asked for signals.
const PAUSE: Duration = Duration::from_millis(20);

/// `row(0)` to `row(count - 1)`, computed on up to `threads` threads.
///
/// # Errors
/// What a handler of signals raises, such as `KeyboardInterrupt`.
pub(crate) fn map<T: Send>(
    py: Python<'_>,
    count: usize,
    threads: usize,
    row: impl Fn(usize) -> T + Sync,
) -> PyResult<Vec<T>> {
    let threads = threads.min(count.div_ceil(BLOCK));
    let row = &row;
    py.detach(|| match threads {
        0 | 1 => serial(count, row),
        _ => parallel(count, threads, row),
    })
}

fn serial<T>(count: usize, row: impl Fn(usize) -> T) -> PyResult<Vec<T>> {
    let mut rows = Vec::with_capacity(count);
    let mut asked = Instant::now();
    for place in 0..count {
        rows.push(row(place));
        if asked.elapsed() >= PAUSE {
            Python::attach(|py| py.check_signals())?;
            asked = Instant::now();
        }
    }
    Ok(rows)
}

fn parallel<T: Send>(count: usize, threads: usize, row: &(impl Fn(usize) -> T + Sync)) -> PyResult<Vec<T>> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, done) = mpsc::channel();
    let mut blocks = thread::scope(|scope| {
        let (next, stop) = (&next, &stop);
        let spawn = |_: usize| {
            let sender = sender.clone();
            let spawned = thread::Builder::new().spawn_scoped(scope, move || work(count, next, stop, row, &sender));
            spawned.is_ok()
        };
        // Where the system allows no more threads, there are fewer; where it allows none, this one does the work.
        if (0..threads).map(spawn).take_while(|&spawned| spawned).count() == 0 {
            work(count, next, stop, row, &sender);
        }
        drop(sender);
        let mut blocks = Vec::new();
        let mut asked = Instant::now();
        loop {
            match done.recv_timeout(PAUSE) {
                Ok(block) => blocks.push(block),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(blocks),
            }
            if asked.elapsed() >= PAUSE {
                if let Err(error) = Python::attach(|py| py.check_signals()) {
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
                asked = Instant::now();
            }
        }
    })?;
    blocks.sort_unstable_by_key(|(place, _)| *place);
    Ok(blocks.into_iter().flat_map(|(_, rows)| rows).collect())
}

/// Takes one block after the other until none is left.
fn work<T>(
    count: usize,
    next: &AtomicUsize,
    stop: &AtomicBool,
    row: &impl Fn(usize) -> T,
    sender: &Sender<(usize, Vec<T>)>,
) {
    loop {
        let start = next.fetch_add(BLOCK, Ordering::Relaxed);
        if start >= count {
            return;
        }
        let mut rows = Vec::with_capacity(BLOCK);
        for place in start..count.min(start + BLOCK) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            rows.push(row(place));
        }
        // Whoever no longer receives has been interrupted.
        if sender.send((start, rows)).is_err() {
            return;
        }
    }
}
