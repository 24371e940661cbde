//! Calls of a library that panics on some files.
//!
//! `parquet` and `arrow` assert while they decode pages (levels that say more than there is, for one), and a file that
//! a user downloaded must not end the program. Only their calls are caught: other panics of this crate are bugs.

use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is expected, and so not shown.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// What `call` returns; its error or the message of its panic as a text.
pub(super) fn caught<T, E: Display>(call: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !EXPECTED.get() {
                before(panic);
            }
        }));
    });
    EXPECTED.set(true);
    // What the call worked on is not used after a panic.
    let result = catch_unwind(AssertUnwindSafe(call));
    EXPECTED.set(false);
    match result {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => {
            let message = panic.downcast_ref::<&str>().copied();
            let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            Err(format!("it is damaged ({})", message.unwrap_or("no reason is known")))
        }
    }
}

/// An iterator of the library, which ends after a panic.
pub(super) struct Caught<I>(Option<I>);

impl<I> Caught<I> {
    pub(super) fn new(items: I) -> Self {
        Self(Some(items))
    }
}

impl<T, E: Display, I: Iterator<Item = Result<T, E>>> Iterator for Caught<I> {
    type Item = Result<T, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let items = self.0.as_mut()?;
        let next = caught(|| items.next().transpose());
        if next.is_err() {
            self.0 = None;
        }
        next.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_the_end() {
        let items = (0..5).map(|item| match item {
            2 => panic!("item {item}"),
            item => Ok::<_, String>(item),
        });
        let items: Vec<Result<i32, String>> = Caught::new(items).collect();
        assert_eq!(items, [Ok(0), Ok(1), Err("it is damaged (item 2)".to_owned())]);
    }
}
