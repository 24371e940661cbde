//! Any response to a question with options has an answer or none, and its letter is one of the question.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serl_answers::{Choices, DEFAULT_ORDER};

fuzz_target!(|input: (Vec<String>, &str)| {
    let (options, response) = input;
    let choices = Choices::new(&options);
    let found = choices.extract(response, &DEFAULT_ORDER);
    assert_eq!(found.answer.is_some(), found.method.is_some());
    if let Some(letter) = found.answer.as_deref().and_then(|answer| choices.letter(answer)) {
        assert!(letter.is_ascii_uppercase());
    }
});
