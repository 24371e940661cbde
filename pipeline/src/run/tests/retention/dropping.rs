//! What is dropped, and what is not.

use super::*;

#[test]
fn what_everything_has_read_is_dropped_and_nothing_runs_again_for_it() {
    let (place, last) = (Project::new(), named("test", all_but_last(2)));
    let notes = Notes::default();
    place.retaining(rounds(2, &[]), &Selection::default(), &notes, &last);
    assert_eq!(place.dropped("test", 2), ["1/start", "1/train.0"]);
    let told = notes.0.take();
    let at = |note: &str| told.iter().position(|told| told == note).unwrap();
    assert_eq!(at("dropped 1/start policy"), at("finished 1/train.0") + 1, "{told:?}");
    assert_eq!(place.problems(), []);
    assert_eq!(place.collected(false), []);
    assert_eq!(runs(&place.store).unwrap()[0].dropped, 2);

    assert_eq!(place.will_run(rounds(2, &[]), &last), []);
    assert!(place.everything(rounds(2, &[]), &last).is_empty());
    let keep = named("test", Retention::default());
    assert!(place.everything(rounds(2, &[]), &keep).is_empty());
    assert_eq!(place.dropped("test", 2), ["1/start", "1/train.0"]);
}

#[test]
fn what_was_kept_is_dropped_by_a_later_run_that_does_nothing_else() {
    let place = Project::new();
    place.everything(rounds(2, &[]), &named("test", Retention::default()));
    assert!(place.dropped("test", 2).is_empty());
    let last = named("test", all_but_last(2));
    assert!(place.everything(rounds(2, &[]), &last).is_empty());
    assert_eq!(place.dropped("test", 2), ["1/start", "1/train.0"]);
    assert_eq!(place.problems(), []);
}

#[test]
fn what_another_run_or_a_pin_has_is_not_dropped() {
    let (place, count) = (Project::new(), 2);
    place.everything(rounds(count, &[]), &named("other", Retention::default()));
    let last = named("test", all_but_last(count));
    assert!(place.everything(rounds(count, &[]), &last).is_empty());
    assert!(place.dropped("test", count).is_empty());
    // Its own nodes are: the other run does not have them.
    place.everything(rounds(count, &["1/train.0"]), &last);
    assert_eq!(place.dropped("test", count), ["1/train.0"]);

    let place = Project::new();
    place.everything(rounds(count, &[]), &named("test", Retention::default()));
    pin(&place.store, "test").unwrap();
    place.everything(rounds(count, &[]), &last);
    assert!(place.dropped("test", count).is_empty());
    crate::unpin(&place.store, "test").unwrap();
    place.everything(rounds(count, &[]), &last);
    assert_eq!(place.dropped("test", count).len(), 2);
    std::fs::write(place.store.record_path("broken"), b"{").unwrap();
    place.everything(rounds(count, &["1/vote.1"]), &last);
    assert!(
        place.dropped("test", count).is_empty(),
        "nobody knows what the broken record needs"
    );
}

#[test]
fn files_stay_while_another_run_may_rely_on_them() {
    let (place, last) = (Project::new(), named("test", all_but_last(1)));
    let mut other = place.store.clone();
    other.announce("other").unwrap();
    place.everything(rounds(1, &[]), &last);
    let policy = place.policy("test", "1/start");
    assert!(policy.dropped && place.weights(&policy).exists());
    assert_eq!(place.problems(), []);
    drop(other);
    let garbage = place.collected(true);
    assert_eq!(garbage.len(), 1, "{garbage:?}");
    assert!(!place.weights(&policy).exists());
    assert!(place.everything(rounds(1, &[]), &last).is_empty());
}

#[test]
fn files_that_a_dead_run_left_are_removed_by_the_next() {
    let (place, last) = (Project::new(), named("test", all_but_last(1)));
    place.everything(rounds(1, &[]), &named("test", Retention::default()));
    let record = place.store.run_record("test").unwrap().unwrap();
    let key = record.nodes[&"1/start".into()];
    crate::upkeep::dropping::mark(&place.store, &key, &["policy".to_owned()]).unwrap();
    let policy = place.policy("test", "1/start");
    assert!(policy.dropped && place.weights(&policy).exists());
    assert_eq!(place.problems(), []);
    assert!(place.everything(rounds(1, &[]), &last).is_empty());
    assert_eq!(place.dropped("test", 1), ["1/start"]);
}
