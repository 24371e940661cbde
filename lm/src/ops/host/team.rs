//! Threads that stay awake between parallel loops.
//!
//! A step of decoding is hundreds of loops of some microseconds each. A thread that sleeps between two of them costs
//! more than its share of the next one: waking it is a system call here and an interrupt there. So the threads of the
//! pool look for work without a break while a step runs, and a loop is handed to them by one flag.

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::Yield;
use rayon::prelude::*;

/// How often a thread looks for a loop before it looks for other work of the pool.
const LOOKS: usize = 16;

/// How often it finds neither before it lets other processes run.
const PATIENCE: usize = 1 << 8;

thread_local! {
    /// The team that this thread leads, unless it works on one of its loops.
    static LED: Cell<*const Team> = const { Cell::new(null()) };

    /// Whether this thread leads a team or works on one of its loops.
    static ENGAGED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f` on a thread of the pool, while the others wait for its loops ([`for_each`]) and other work of the pool.
pub(crate) fn awake<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| awake_here(f))
}

/// As [`awake`], on this thread. If it is not one of the pool's, or the only one, nobody waits.
pub(crate) fn awake_here<R>(f: impl FnOnce() -> R) -> R {
    if rayon::current_thread_index().is_none() || rayon::current_num_threads() == 1 {
        return f();
    }
    let team = Arc::new(Team::new(rayon::current_num_threads()));
    // Threads that are busy until `f` is done, such as this one, come to this later: then the team is gone.
    let helped = Arc::downgrade(&team);
    rayon::spawn_broadcast(move |_| helped.upgrade().iter().for_each(|team| team.help()));
    let _end = End(&team);
    let _led = Set::new(&LED, Arc::as_ptr(&team));
    let _engaged = Set::new(&ENGAGED, true);
    f()
}

/// Calls `f` with all numbers below `tasks`, in parallel, each thread beginning with neighbours.
pub(crate) fn for_each(tasks: usize, f: impl Fn(usize) + Sync) {
    if tasks <= 1 {
        return (0..tasks).for_each(f);
    }
    // SAFETY: the pointer is set while `awake` holds the team, on this thread.
    match unsafe { LED.get().as_ref() } {
        Some(team) => team.run(tasks, &f),
        None => (0..tasks).into_par_iter().with_max_len(1).for_each(&f),
    }
}

/// The threads of a pool, one of which leads.
struct Team {
    /// Whether there is a loop to work on.
    open: AtomicBool,
    /// Whether there will be no more.
    over: AtomicBool,
    /// How many threads beside the leader may be looking at the loop.
    helpers: AtomicUsize,
    /// The loop. It changes only while the team is not open and has no helpers.
    body: UnsafeCell<Body>,
    /// The tasks by thread.
    parts: Vec<Part>,
    /// What a task panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// The body of a loop: a function and what it is called with.
#[derive(Clone, Copy)]
struct Body {
    call: unsafe fn(*const (), usize),
    data: *const (),
}

/// Tasks that one thread begins with; others take what it leaves.
#[repr(align(128))]
struct Part {
    next: AtomicUsize,
    end: AtomicUsize,
}

// SAFETY: `body` is only written when nothing reads it, as its comment says, and points to what is `Sync`.
unsafe impl Sync for Team {}
// SAFETY: as above.
unsafe impl Send for Team {}

impl Team {
    fn new(threads: usize) -> Self {
        let part = |_| Part {
            next: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
        };
        Self {
            open: AtomicBool::new(false),
            over: AtomicBool::new(false),
            helpers: AtomicUsize::new(0),
            body: UnsafeCell::new(Body {
                call: |_, _| {},
                data: null(),
            }),
            parts: (0..threads).map(part).collect(),
            panic: Mutex::new(None),
        }
    }

    /// Runs a loop; only the leader calls this, and not from within one.
    fn run<F: Fn(usize) + Sync>(&self, tasks: usize, f: &F) {
        unsafe fn call<F: Fn(usize)>(f: *const (), task: usize) {
            // SAFETY: it points to the loop's `F`, which `run` keeps until the loop has ended.
            unsafe { (*f.cast::<F>())(task) }
        }
        let threads = self.parts.len();
        for (thread, part) in self.parts.iter().enumerate() {
            part.next.store(thread * tasks / threads, Relaxed);
            part.end.store((thread + 1) * tasks / threads, Relaxed);
        }
        // SAFETY: the last loop has ended, so nobody reads it.
        unsafe {
            *self.body.get() = Body {
                call: call::<F>,
                data: (&raw const *f).cast(),
            };
        }
        self.open.store(true, SeqCst);
        {
            let _led = Set::new(&LED, null());
            self.work_caught(f);
        }
        self.close();
        let panic = self.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Ends a loop: none of its tasks is at work afterwards.
    fn close(&self) {
        self.open.store(false, SeqCst);
        let mut waited = 0;
        while self.helpers.load(SeqCst) > 0 {
            spin_loop();
            waited += 1;
            if waited > LOOKS * PATIENCE {
                std::thread::yield_now();
            }
        }
    }

    /// Takes tasks until none is left, or one panics: the leader will do so when the loop has ended.
    fn work_caught(&self, f: impl Fn(usize)) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.work(f))) {
            *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
        }
    }

    /// Takes tasks until none is left.
    fn work(&self, f: impl Fn(usize)) {
        let own = rayon::current_thread_index().unwrap_or_default();
        for part in (0..self.parts.len()).map(|i| &self.parts[(own + i) % self.parts.len()]) {
            while part.next.load(Relaxed) < part.end.load(Relaxed) {
                let task = part.next.fetch_add(1, Relaxed);
                if task < part.end.load(Relaxed) {
                    f(task);
                }
            }
        }
    }

    /// Works on loops until there are no more. A thread that leads, or works on a loop, has something to come back to:
    /// two of them would wait for each other.
    fn help(&self) {
        let mut idle = 0;
        while !ENGAGED.get() && !self.over.load(Acquire) {
            if self.join() || rayon::yield_now() == Some(Yield::Executed) {
                idle = 0;
            } else if idle < PATIENCE {
                idle += 1;
            } else {
                std::thread::yield_now();
            }
        }
    }

    /// Works on the next loop if there soon is one.
    fn join(&self) -> bool {
        let left = |part: &Part| part.next.load(Relaxed) < part.end.load(Relaxed);
        let there = (0..LOOKS).any(|_| {
            spin_loop();
            self.open.load(Acquire) && self.parts.iter().any(left)
        });
        if !there {
            return false;
        }
        let _engaged = Set::new(&ENGAGED, true);
        self.helpers.fetch_add(1, SeqCst);
        // The leader closes the loop before it looks for helpers: either it sees this one, or this one sees that.
        if self.open.load(SeqCst) {
            // SAFETY: the leader waits for this helper before it changes the loop.
            let Body { call, data } = unsafe { *self.body.get() };
            // SAFETY: as above, so the data are there.
            self.work_caught(|task| unsafe { call(data, task) });
        }
        self.helpers.fetch_sub(1, SeqCst);
        true
    }
}

/// Lets the helpers of a team go when it is dropped, by a panic too.
struct End<'a>(&'a Team);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Release);
    }
}

/// A value of this thread that is set until this is dropped.
struct Set<T: Copy + 'static>(&'static std::thread::LocalKey<Cell<T>>, T);

impl<T: Copy> Set<T> {
    fn new(key: &'static std::thread::LocalKey<Cell<T>>, value: T) -> Self {
        Self(key, key.replace(value))
    }
}

impl<T: Copy> Drop for Set<T> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    /// The sum of the numbers below `tasks`, by a loop.
    fn sum(tasks: usize) -> usize {
        let sum = AtomicUsize::new(0);
        for_each(tasks, |task| {
            sum.fetch_add(task, Relaxed);
        });
        sum.into_inner()
    }

    #[test]
    fn every_task_is_done_once() {
        for threads in [1, 2, 3] {
            pool(threads).install(|| {
                for tasks in [0, 1, 2, 3, 100] {
                    let done: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                    for times in 1..50 {
                        awake(|| {
                            for_each(tasks, |task| {
                                done[task].fetch_add(1, Relaxed);
                            });
                        });
                        assert!(done.iter().all(|done| done.load(Relaxed) == times));
                    }
                }
            });
        }
    }

    #[test]
    fn all_threads_of_the_pool_work_on_a_loop() {
        for threads in [2, 3] {
            pool(threads).install(|| {
                awake(|| {
                    for _ in 0..20 {
                        // Nobody leaves before all are there.
                        let all = std::sync::Barrier::new(threads);
                        for_each(threads, |_| {
                            all.wait();
                        });
                    }
                });
            });
        }
    }

    #[test]
    fn teams_within_teams_and_beside_others_end() {
        for threads in [1, 2, 3] {
            let inner = || (0..5).into_par_iter().map(|_| sum(10)).sum::<usize>();
            let nested = || {
                awake(|| {
                    let all = AtomicUsize::new(0);
                    for_each(10, |_| {
                        all.fetch_add(sum(20) + inner() + awake(|| sum(10)), Relaxed);
                    });
                    all.into_inner() + sum(100) + awake(|| sum(10))
                })
            };
            let all: Vec<usize> = pool(threads).install(|| (0..40).into_par_iter().map(|_| nested()).collect());
            assert!(all.iter().all(|sum| *sum == 10 * (190 + 5 * 45 + 45) + 4950 + 45));
        }
    }

    #[test]
    fn a_panic_of_any_task_reaches_the_leader_and_lets_the_others_go() {
        pool(2).install(|| {
            for bad in 0..8 {
                let failed = catch_unwind(|| awake(|| for_each(8, |task| assert!(task != bad, "task {task}"))));
                let message = *failed.unwrap_err().downcast::<String>().unwrap();
                assert_eq!(message, format!("task {bad}"));
                assert!(LED.get().is_null() && !ENGAGED.get());
                assert_eq!(awake(|| sum(100)), 4950);
                // A team whose loop panicked is sound afterwards.
                let both = || {
                    let failed = catch_unwind(|| for_each(8, |task| assert!(task != bad && task != bad ^ 4)));
                    (failed.is_err(), sum(100))
                };
                assert_eq!(awake(both), (true, 4950));
            }
        });
    }
}
