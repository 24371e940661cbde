//! Cases of the canonical form as a whole, one file per kind of answer.
//!
//! A table lists classes of answers: those of one class are equal, those of different classes are not.

mod bounds;
mod expressions;
mod notation;
mod numbers;
mod relations;
mod structures;
mod words;

use std::collections::HashMap;

use super::canonical;

pub(super) fn form(answer: &str) -> String {
    canonical(answer).expect(answer).into()
}

/// Checks a table of classes.
fn check(classes: &[&[&str]]) {
    let mut owners: HashMap<String, &str> = HashMap::new();
    for class in classes {
        let expected = form(class[0]);
        for answer in *class {
            assert_eq!(form(answer), expected, "{answer:?} and {:?}", class[0]);
        }
        if let Some(other) = owners.insert(expected, class[0]) {
            panic!("{:?} and {other:?} are of different classes", class[0]);
        }
    }
}
