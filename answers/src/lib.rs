//! Final answers of language models: extracted from a response, and compared by canonical form.
//!
//! ```
//! use serl_answers::{DEFAULT_ORDER, Method, canonical, extract};
//!
//! let found = extract(r"Half of $2{,}500$ is \boxed{1250.0}.", &DEFAULT_ORDER);
//! assert_eq!(found.method, Some(Method::Boxed));
//! assert_eq!(canonical(&found.answer.unwrap())?, canonical("$1,250")?);
//! # Ok::<(), serl_answers::OverBudget>(())
//! ```
//!
//! Two answers are equal exactly if their canonical forms are. Equality is therefore reflexive, symmetric and
//! transitive by construction, and grouping `n` answers takes `n` look-ups.
//!
//! An answer is parsed and evaluated: rational numbers exactly; other constants with error bounds, to 30 certain
//! digits; expressions in variables at several points, which are the same on every machine. So `\frac{1}{\sqrt2}`
//! equals `\frac{\sqrt2}{2}` and `(x+1)^2` equals `x^2+2x+1`, but `1 - 1/e` does not equal `1 + 1/e`, nor `\pi`
//! `355/113`. The price of such an equality is that some distinctions are lost; [`canonical()`] lists them.
//!
//! All functions are pure: no threads, no clocks, no panics. Extraction takes time linear in the length of the
//! response. An answer beyond the bounds in [`budget`], which are counted in bytes, digits, levels and steps, is
//! [`OverBudget`] instead of a long wait.
//!
//! Only [`grade`] knows gold answers, and only [`vote`] more than one response; everything else reads one response or
//! one answer at a time.

pub mod budget;
pub mod english;
pub mod vote;

mod canonical;
mod choices;
mod extract;
mod grade;
mod script;

pub use budget::OverBudget;
pub use canonical::{Canonical, canonical};
pub use choices::Choices;
pub use extract::{DEFAULT_ORDER, Extraction, Method, UnknownMethod, extract};
pub use grade::{Grade, Status, gold_answer, grade};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
