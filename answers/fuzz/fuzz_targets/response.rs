//! Any response has an answer or none, by every method, and the answer can be brought into canonical form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serl_answers::{DEFAULT_ORDER, canonical, extract};

fuzz_target!(|response: &str| {
    for method in DEFAULT_ORDER {
        let found = extract(response, &[method]);
        assert_eq!(found.answer.is_some(), found.method.is_some());
        if let Some(answer) = found.answer {
            assert!(!answer.trim().is_empty());
            let _ = canonical(&answer);
        }
    }
});
