//! Machines at work on the same nodes at once, and the leases by which they wait for each other.

use super::*;

#[test]
fn two_machines_at_once_end_with_the_same() {
    for (index, can_swap) in [true, false].into_iter().cycle().take(8).enumerate() {
        let memory = Memory::new();
        let remote = |memory: &Memory| -> Faulty {
            let remote = memory.remote();
            if can_swap { remote } else { remote.without_swap() }
        };
        let reports: Vec<_> = std::thread::scope(|scope| {
            let run = |own: &'static str| {
                let remote = remote(&memory);
                scope.spawn(move || {
                    let machine = Machine::with(remote);
                    digests(&machine.report(chain(), &mut Fake::doing(rounding(own))))
                })
            };
            let both = [run("one"), run("two")];
            both.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert_eq!(reports[0], reports[1], "{index}");
        is_whole(&memory);
    }
}

#[test]
fn a_lease_is_waited_for_and_taken_over_by_the_clock_of_the_remote() {
    for clock in [SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30), SystemTime::now()] {
        let memory = Memory::new();
        memory.set_clock(clock);
        memory
            .remote()
            .create(&keys::lease(&make_key()), b"process 7 on far")
            .unwrap();
        let machine = Machine::of(&memory);
        std::thread::scope(|scope| {
            let run = scope.spawn(|| machine.place.ran(chain()));
            std::thread::sleep(Duration::from_millis(300));
            assert!(!run.is_finished(), "it has not run out");
            memory.age(Duration::from_secs(91));
            assert_eq!(run.join().unwrap().len(), 3);
        });
        let leases = memory
            .everything()
            .into_keys()
            .filter(|key| key.starts_with(keys::LEASES));
        assert_eq!(leases.count(), 0, "they are given up");
    }
}

#[test]
fn the_lease_of_a_dead_process_of_this_machine_is_taken_over_at_once() {
    let Some(owner) = serl_artifacts::owner::Owner::current() else {
        return;
    };
    let memory = Memory::new();
    // A process of the same number that began at another time has ended.
    let lease = format!("process 7 on here\n{owner}0\n7\n");
    memory
        .remote()
        .create(&keys::lease(&make_key()), lease.as_bytes())
        .unwrap();
    assert_eq!(Machine::of(&memory).place.ran(chain()).len(), 3);
}

#[test]
fn a_remote_without_leases_shares_all_the_same() {
    let memory = Memory::new();
    let first = Machine::with(memory.remote().without_swap());
    assert_eq!(first.place.ran(chain()).len(), 3);
    assert!(
        Machine::with(memory.remote().without_swap())
            .place
            .ran(chain())
            .is_empty()
    );
}
