//! Answers that are too large, and those that are nearly so.

use super::form;
use crate::budget::{MAX_ANSWER_BYTES, OverBudget};
use crate::canonical::canonical;

#[test]
fn beyond_the_bounds_is_an_outcome() {
    let over = |answer: &str| canonical(answer).expect_err(answer);
    assert_eq!(over(&"(".repeat(100_000)), OverBudget::Length { bytes: 100_000 });
    assert_eq!(over(&"7".repeat(1_000_000)), OverBudget::Length { bytes: 1_000_000 });
    assert!(matches!(over("9^{9^{9^9}}"), OverBudget::Digits { .. }));
    assert!(matches!(over("9^{9^9}"), OverBudget::Digits { .. }));
    assert!(matches!(over("10000!"), OverBudget::Digits { .. }));
    assert!(matches!(over("1e20000"), OverBudget::Digits { .. }));
    assert!(matches!(over("\\binom{100000}{50000}"), OverBudget::Digits { .. }));
    let trillions = format!("1{}", " trillion".repeat(400));
    assert!(canonical(&trillions).is_ok_and(|form| form.as_str().len() == 4801));
    assert_eq!(
        over(&format!("{}1{}", "(".repeat(200), ")".repeat(200))),
        OverBudget::Depth
    );
    assert_eq!(over("e^{e^{e^e}}"), OverBudget::Precision);
    assert_eq!(over("e^{100}+10^{-100}\\pi"), OverBudget::Precision);
    let many: Vec<String> = (0..300).map(|i| format!("\\ln(x+{i})")).collect();
    assert_eq!(over(&many.join("+")), OverBudget::Steps);
}

/// Each of these took up to a second before its kind of work was paid for in steps.
#[test]
fn work_that_adds_up_is_over_budget() {
    for fragment in [
        "9^{9999},",
        "9^{9999},1:",
        "(9^{9999})^{1/999},",
        "a<b,",
        "x,",
        "\\sqrt{x},",
        "\\pm x,",
    ] {
        let answer = fragment.repeat(MAX_ANSWER_BYTES / fragment.len());
        assert_eq!(canonical(&answer), Err(OverBudget::Steps), "{fragment}");
    }
}

#[test]
fn large_numbers_within_bounds_are_exact() {
    assert_eq!(form("\\frac{2004!}{2003!}"), "2004");
    assert_eq!(form("2^{10000} - 2^{10000} + 1"), "1");
    assert_ne!(form("10^{5000}"), form("10^{5000}+1"));
    assert_eq!(form(&"7".repeat(MAX_ANSWER_BYTES)), "7".repeat(MAX_ANSWER_BYTES));
}

/// Fragments that nest, split or grow when they are repeated.
#[test]
fn the_largest_answers_have_an_outcome() {
    for fragment in [
        "(",
        "[",
        "{",
        "\\{",
        "|",
        "\\frac",
        "\\frac1",
        "^",
        "_",
        "x^",
        "\\sqrt[",
        "\\sqrt",
        "\\text{",
        "1 ",
        "1,",
        "1:",
        "-",
        "+",
        "=",
        "x=",
        "x<",
        "{^",
        "^(",
        " million",
        "\\sin",
        "\\sin x",
        "\\log_",
        "\\pm",
        "\\pm1",
        "!",
        "\\cup",
        "f(",
        "f'",
        "a_",
        "x",
        "xy",
        "\\begin{pmatrix}",
        "1&",
        "\\\\",
        "1+",
        "9^",
        "x*",
        "²",
        "₁",
        "**",
        "\\overline",
        "or ",
        "and,",
        "\\lfloor",
        "\\mid",
        "\\left",
        "é",
        "1/",
        "\\binom",
    ] {
        let answer = fragment.repeat(MAX_ANSWER_BYTES / fragment.len());
        if let Ok(form) = canonical(&answer) {
            assert!(!form.as_str().is_empty(), "{fragment}");
        }
    }
}
