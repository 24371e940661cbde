//! Several runs of one store at once.

use std::sync::{Barrier, Mutex};

use super::*;
use crate::store::Process;

/// Notes, from several threads, who waits.
struct Waits<'a>(&'a Mutex<Vec<Option<Process>>>);

impl Observer for Waits<'_> {
    fn on_event(&self, event: &Event<'_>) {
        if let Event::Waiting { holder, .. } = event {
            self.0.lock().unwrap().push(holder.cloned());
        }
    }
}

#[test]
fn two_runs_at_once_do_everything_once() {
    let place = Project::new();
    let (ran, waits, begin) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()), Barrier::new(2));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                begin.wait();
                let mut fake = Fake::doing(|node, ctx| {
                    ran.lock().unwrap().push(node.id.to_string());
                    std::thread::sleep(std::time::Duration::from_millis(200));
                    honest_work(node, ctx)
                });
                let observer = Waits(&waits);
                let selection = Selection::default();
                place
                    .run_with(chain(), &selection, &mut fake, &observer, &CancelFlag::new())
                    .unwrap();
            });
        }
    });
    let mut ran = ran.into_inner().unwrap();
    ran.sort_unstable();
    assert_eq!(ran, ["1/join", "1/last", "1/make"]);
    assert_eq!(waits.into_inner().unwrap()[0], Some(Process::current()));
    assert_eq!(place.view("1/last/out"), "l[j[m]]");
}

#[test]
fn the_lock_of_a_node_is_free_after_it_failed() {
    let place = Project::new();
    let fail = |_: &NodeSpec, _: &mut NodeContext| Err(PipelineError::Interrupted);
    place.try_run(chain(), &mut Fake::doing(fail)).unwrap_err();
    assert_eq!(place.ran(chain()).len(), 3);
}
