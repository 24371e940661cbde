//! Answers in words, and formulas that have no value.

use super::check;

#[test]
fn words() {
    check(&[
        &["\\text{Evelyn}", "Evelyn", "evelyn", "Evelyn."],
        &["Mrs. Hilt", "\\text{Mrs. Hilt}", "mrs Hilt."],
        &["No", "no.", "NO", "\\text{No}"],
        &["does not exist", "Does not exist.", "\\text{does not exist}"],
        &["no solution", "No solutions", "\\text{no solution}"],
        &["Rug B", "rug B."],
        &["Vendor 2"],
        &["February 3rd", "february 3rd."],
        &["They are equal"],
        &["\\text{east}", "east"],
        &["C is not invertible"],
        &["0 otherwise"],
        &["0"],
    ]);
}

#[test]
fn what_has_no_value_is_compared_as_text() {
    check(&[
        &["1/0"],
        &["2/0"],
        &["\\frac{1}{0}", "\\frac10"],
        &["\\ln 0"],
        &["-"],
        &["$"],
        &["$$"],
    ]);
}

#[test]
fn sentences_are_cut_down_to_their_value() {
    check(&[
        &["Tuesday", "It is Tuesday", "The day is Tuesday."],
        &["Evelyn", "Evelyn is the fastest"],
        &["Evelyn is not the fastest"],
        &["Evelyn is the wrong answer"],
        &["Yes", "Yes, it is"],
        &["yes, no"],
        &["no solution", "There is no solution"],
    ]);
}
