//! Any answer has a canonical form or is over budget, and has the same one again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serl_answers::canonical;

fuzz_target!(|answer: &str| {
    let form = canonical(answer);
    assert_eq!(form, canonical(answer));
    if let Ok(form) = form {
        assert_eq!(form.as_str().is_empty(), answer.trim().is_empty());
        // What is said around an answer does not change it.
        if !answer.contains(['$', '\\', '%', '{']) && !answer.trim().is_empty() {
            assert_eq!(canonical(&format!(" {answer} ")), Ok(form));
        }
    }
});
