//! The list of domains.

use crate::arithmetic::Arithmetic;
use crate::calendar::Calendar;
use crate::domain::Domain;

/// Every domain, the embedded default's first.
pub const DOMAINS: &[&dyn Domain] = &[&Arithmetic, &Calendar];

/// The domain of that name.
pub fn named(name: &str) -> Option<&'static dyn Domain> {
    DOMAINS.iter().copied().find(|domain| domain.name() == name)
}

/// The names of all domains, for messages.
pub fn names() -> String {
    let names: Vec<&str> = DOMAINS.iter().map(|domain| domain.name()).collect();
    names.join(", ")
}
