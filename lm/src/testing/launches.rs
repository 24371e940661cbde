//! Kernels that are launched on a GPU, counted on the thread that launches them: other tests do not count.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use burn_cubecl::cubecl::logging::{LaunchObservation, LaunchObserver};

/// How often kernels were launched, by their names: burn's and this crate's own.
pub(crate) type Launches = BTreeMap<&'static str, usize>;

/// Launches of one thread, by kernel.
struct Counter {
    thread: ThreadId,
    launches: Mutex<Launches>,
}

impl LaunchObserver for Counter {
    fn launched(&self, kernel: &'static str) {
        if thread::current().id() == self.thread {
            *self.launches.lock().unwrap().entry(kernel).or_default() += 1;
        }
    }
}

/// The launches of `work`, which does them on this thread.
pub(crate) fn launches(work: impl FnOnce()) -> Launches {
    let counter = Arc::new(Counter {
        thread: thread::current().id(),
        launches: Mutex::default(),
    });
    let watching = LaunchObservation::new(counter.clone());
    work();
    drop(watching);
    std::mem::take(&mut counter.launches.lock().unwrap())
}
