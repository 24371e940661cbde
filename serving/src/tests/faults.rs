//! A hundred faults, and servers that fail for good.

use super::*;

/// Faults that a second attempt mends.
const PASSING: [Fault; 7] = [
    Fault::Status(500),
    Fault::Status(503),
    Fault::Status(429),
    Fault::Slow(Duration::from_millis(30)),
    Fault::Closed,
    Fault::Truncated,
    Fault::Garbled,
];

/// Faults after which nothing that the server says can be used.
const WRONG: [Fault; 4] = [Fault::WrongId, Fault::NotANumber, Fault::TooFew, Fault::BreaksOff];

/// Requests for test prompts before those of a test.
const CANARY: usize = 8;

/// A fault with the requests that it befalls.
fn at(fault: Fault, from: usize, count: usize) -> impl Fn(usize) -> Option<Fault> + Send + Sync {
    move |number| (from..from + count).contains(&number).then_some(fault)
}

fn drawn(engine: Engine, fakes: &[&Fake]) -> (Result<Vec<Vec<Response>>, LmError>, Vec<String>) {
    let mut connected = connect(settings(engine, fakes));
    let sampler = connected.open(&quickstart()).unwrap();
    let drawn = draw(&sampler, &asked(), &params());
    let notes = connected.notes.lock().unwrap().clone();
    (drawn, notes)
}

#[test]
fn a_hundred_faults_lose_nothing_and_falsify_nothing() {
    let expected = ENGINES.map(|engine| in_process(engine, &params()));
    for case in 0..100 {
        let mut place = serl_random::Place::new(1, "faults").index(case).stream();
        let which = case as usize % ENGINES.len();
        let (engine, expected) = (ENGINES[which], &expected[which]);
        let faults: Vec<Fault> = PASSING.into_iter().chain(WRONG).chain([Fault::Dies]).collect();
        let fault = faults[case as usize % faults.len()];
        // During the responses, or during the test prompts after them.
        let from = CANARY + place.below(10);
        let count = 1 + place.below(2);
        let faulty = fake(engine, at(fault, from, count));
        let (alone, _) = drawn(engine, &[&faulty]);
        let what = format!("case {case}: {fault:?} at {from}, {count} times");
        match (alone, PASSING.contains(&fault)) {
            (Ok(alone), true) => assert_eq!(alone, *expected, "{what}"),
            (Ok(_), false) => panic!("{what} is not noticed"),
            (Err(error), true) => panic!("{what}: {error}"),
            (Err(error), false) => assert!(error.to_string().contains(&faulty.url), "{what}: {error}"),
        }
    }
}

#[test]
fn a_second_server_makes_up_for_one_that_fails() {
    let expected = in_process(Engine::Vllm, &params());
    for fault in [
        Fault::Status(500),
        Fault::Closed,
        Fault::WrongId,
        Fault::NotANumber,
        Fault::Dies,
    ] {
        let faulty = fake(Engine::Vllm, at(fault, CANARY + 1, usize::MAX / 2));
        let sound = fake(Engine::Vllm, |_| None);
        let (drawn, notes) = drawn(Engine::Vllm, &[&faulty, &sound]);
        assert_eq!(drawn.unwrap(), expected, "{fault:?}");
        assert!(
            notes.iter().any(|note| note.contains(&faulty.url)),
            "{fault:?}: {notes:?}"
        );
    }
}

#[test]
fn no_server_gets_more_at_once_than_it_may_have() {
    let slow = Fault::Slow(Duration::from_millis(20));
    let steady = fake(Engine::Vllm, move |_| Some(slow));
    let dies = fake(Engine::Vllm, move |number| {
        Some(if number < CANARY + 2 { slow } else { Fault::Dies })
    });
    let (drawn, _) = drawn(Engine::Vllm, &[&steady, &dies]);
    assert_eq!(drawn.unwrap(), in_process(Engine::Vllm, &params()));
    // `in_flight` of the settings, also where the requests of both come to one.
    assert!((2..=4).contains(&steady.busiest()), "{}", steady.busiest());
    assert!((2..=4).contains(&dies.busiest()), "{}", dies.busiest());
}

/// What is said about a server that has `fault` from the first response on.
fn told(fault: Fault) -> (String, bool) {
    let faulty = fake(Engine::Vllm, at(fault, CANARY, usize::MAX / 2));
    let error = drawn(Engine::Vllm, &[&faulty]).0.unwrap_err();
    (error.to_string().replace(&faulty.url, "URL"), error.is_user_error())
}

#[test]
fn what_failed_is_said() {
    let texts = [
        Fault::Status(500),
        Fault::Status(400),
        Fault::WrongId,
        Fault::NotANumber,
        Fault::TooFew,
    ]
    .map(|fault| told(fault).0);
    insta::assert_snapshot!(texts.join("\n"));
    let user = [Fault::Status(500), Fault::Status(401), Fault::WrongId].map(|fault| told(fault).1);
    assert_eq!(user, [false, true, false], "a key that is missing is the user's to set");
}

#[test]
fn a_server_that_takes_too_long_is_asked_again() {
    let slow = fake(Engine::LlamaCpp, at(Fault::Slow(Duration::from_secs(4)), CANARY, 1));
    let quick = Settings {
        timeout: Duration::from_secs(2),
        ..settings(Engine::LlamaCpp, &[&slow])
    };
    let sampler = connect(quick).open(&quickstart()).unwrap();
    let drawn = draw(&sampler, &asked(), &params()).unwrap();
    assert_eq!(drawn, in_process(Engine::LlamaCpp, &params()));
}
