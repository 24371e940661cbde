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
//! # Where to begin
//!
//! - [`extract`] finds the final answer of a response, and says by which [`Method`].
//! - [`canonical()`] brings an answer into the form by which it is compared.
//! - [`grade`] does both for a response and a gold answer, and says why it could not ([`Status`]).
//! - [`Choices`] are the options of a question: their letters and their texts are the same answers.
//!
//! Grading a response, and one to a multiple-choice question:
//!
//! ```
//! use serl_answers::{DEFAULT_ORDER, Status, grade};
//!
//! let graded = grade(r"\frac{1}{\sqrt2}", r"So the answer is $\frac{\sqrt2}{2}$.", &[], &DEFAULT_ORDER);
//! assert!(graded.equal);
//! assert_eq!(graded.status, Status::Compared);
//!
//! let options = ["3".to_owned(), "4".to_owned()];
//! assert!(grade("B", "The answer is 4.", &options, &DEFAULT_ORDER).equal);
//! ```
//!
//! Taking a majority vote:
//!
//! ```
//! use std::collections::HashMap;
//! use serl_answers::canonical;
//!
//! let mut votes: HashMap<String, usize> = HashMap::new();
//! for answer in ["1/2", "0.5", r"\frac{2}{4}", "2"] {
//!     *votes.entry(canonical(answer)?.as_str().to_owned()).or_default() += 1;
//! }
//! assert_eq!(votes[canonical("50/100")?.as_str()], 3);
//! # Ok::<(), serl_answers::OverBudget>(())
//! ```
//!
//! # Equality
//!
//! Two answers are equal exactly if their canonical forms are. Equality is therefore reflexive, symmetric and
//! transitive by construction, and grouping `n` answers takes `n` look-ups.
//!
//! An answer is parsed and evaluated: rational numbers exactly; other constants with error bounds, to 30 certain
//! digits; expressions in variables at several points, which are the same on every machine. So `\frac{1}{\sqrt2}`
//! equals `\frac{\sqrt2}{2}` and `(x+1)^2` equals `x^2+2x+1`, but `1 - 1/e` does not equal `1 + 1/e`, nor `\pi`
//! `355/113`. The price of such an equality is that some distinctions are lost; [`canonical()`] lists them.
//!
//! # Guarantees
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
