//! Final answers of language models: found in a response, and compared by canonical form.
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
//! Two answers are equal exactly if their canonical forms are equal. Equality is therefore reflexive,
//! symmetric and transitive by construction, and `n` answers are grouped with `n` look-ups of a key.
//!
//! An answer is parsed and evaluated: rational numbers exactly; other constants with error bounds, to 30 digits that
//! are certain; what has variables at several points, which are the same on every machine. So `\frac{1}{\sqrt2}` is
//! `\frac{\sqrt2}{2}` and `(x+1)^2` is `x^2+2x+1`, but `1 - 1/e` is not `1 + 1/e` and `\pi` is not `355/113`. What
//! equality costs is that some meanings are given up: see [`canonical()`].
//!
//! Everything here is a pure function: no threads, no clocks, no panics. Extraction takes time linear in the response;
//! an answer beyond the bounds in [`budget`], which are counted in bytes, digits, levels and steps, is [`OverBudget`],
//! not a long wait.
//!
//! Only [`grade`] knows of a reference answer and of the options of a question; all else reads one response or one
//! answer at a time. This crate knows no vote.

pub mod budget;

mod canonical;
mod choices;
mod extract;
mod grade;

pub use budget::OverBudget;
pub use canonical::{Canonical, canonical};
pub use choices::Choices;
pub use extract::{DEFAULT_ORDER, Extraction, Method, UnknownMethod, extract};
pub use grade::{Grade, Status, grade, reference};
