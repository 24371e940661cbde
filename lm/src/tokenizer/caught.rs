//! Calls of a library that panics on some files.
//!
//! `tokenizers` indexes and unwraps while it reads a `tokenizer.json` (a `Precompiled` normalizer with a damaged table,
//! for one) and while it does what the file says (a post-processor with an unknown token), and a file that a user
//! downloaded must not end the program. Everything else in this crate that panics is a bug, and is not caught.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is expected, and so not shown.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// The result of `call`, or the message of its panic.
///
/// `call` may only change values that are lost in a panic, so that none is seen half-changed.
pub(super) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !EXPECTED.get() {
                before(panic);
            }
        }));
    });
    EXPECTED.set(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    EXPECTED.set(false);
    result.map_err(|panic| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic
            .downcast_ref::<&str>()
            .map_or_else(String::new, |text| (*text).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| -> u8 { panic!("index {}", 3) }), Err("index 3".to_owned()));
        assert_eq!(caught(|| -> u8 { panic!("short") }), Err("short".to_owned()));
    }
}
