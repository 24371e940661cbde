//! Cases of the canonical form as a whole.

use super::*;
use crate::budget::{MAX_ANSWER_BYTES, MAX_DIGITS};

fn form(answer: &str) -> String {
    canonical(answer).expect(answer).into()
}

/// Every row: the canonical form, and what is written for it.
const FORMS: &[(&str, &[&str])] = &[
    (
        "14",
        &[
            "14",
            " 14 ",
            "14.",
            "14.0",
            "+14",
            "$14$",
            "$14",
            "\\$14",
            "14\\$",
            "**14**",
            "{14}",
            "(14)",
            "-(-14)",
            "14 apples",
            "14 cm",
            "14cm",
            "14\\text{ m}",
            "14^\\circ",
            "14°",
            "14 degrees",
            "14\\%",
            "14%",
            "14 percent",
            "€14",
            "\\text{14}",
            "\\boxed{14}",
            "x = 14",
            "x=14",
            "\\(14\\)",
            "\\frac{28}{2}",
            "28/2",
            "about 14",
            "\\approx 14",
            "6 + 8 = 14",
            "x = 6+8 = 14",
            "x_1 = 14",
            "Total cost = $14",
            "14 miles per hour",
            "14 km/h",
            "14 square-feet",
            "14th",
            "14.00 dollars",
            "14\\mbox{ cm}^2",
            "14 cm²",
            "\\left(14\\right)",
        ],
    ),
    (
        "1080",
        &[
            "1080",
            "1,080",
            "1{,}080",
            "1,\\!080",
            "1,\\! 080",
            "1 080",
            "1\\,080",
            "1080.0",
            "$1,080.00",
        ],
    ),
    (
        "11111111100",
        &["11,\\! 111,\\! 111,\\! 100", "11,111,111,100"],
    ),
    (
        "-5",
        &[
            "-5",
            "−5",
            "–5",
            "- 5",
            "-5.0",
            "-$5",
            "$-5",
            "-\\$5",
            "\\frac{-10}{2}",
            "\\frac{10}{-2}",
            "-\\frac{10}{2}",
        ],
    ),
    ("0", &["0", "-0", "0.00", "0/7", "000"]),
    (
        "1/2",
        &[
            "1/2",
            "0.5",
            ".5",
            "0.50",
            "\\frac{1}{2}",
            "\\frac12",
            "\\frac 12",
            "\\dfrac12",
            "\\tfrac{2}{4}",
            "½",
            "1 / 2",
            "\\frac{0.5}{1}",
            "1/2 cup",
            "1⁄2",
        ],
    ),
    (
        "9/5",
        &[
            "1\\frac{4}{5}",
            "1 4/5",
            "1 \\frac45",
            "1.8",
            "9/5",
            "\\frac95",
            "1 4/5 hours",
        ],
    ),
    ("-9/5", &["-1\\frac{4}{5}", "-1 4/5", "-1.8"]),
    ("5/2", &["2½", "2 1/2", "2.5", "$2.50"]),
    ("275/2", &["137 \\frac{1}{2}"]),
    ("270/7", &["\\frac{270}7\\text{ degrees}"]),
    (
        "2500000",
        &["2.5 million", "2.5 million dollars", "2,500 thousand"],
    ),
    (
        "C",
        &[
            "C",
            "(C)",
            "C.",
            "C)",
            "C:",
            "(c)",
            "\\text{(C)}",
            "\\textbf{(C)}",
            "\\text{C}",
            "**C**",
            "(C) 42 apples",
            "C. the largest",
        ],
    ),
    ("c", &["c", "$c$"]),
    (
        "\\frac{\\pi}{2}",
        &[
            "\\frac{\\pi}{2}",
            "\\dfrac\\pi2",
            "\\frac{π}{2}",
            "x = \\frac{\\pi}{2}",
        ],
    ),
    (
        "3\\sqrt{13}",
        &["3\\sqrt{13}", "3 \\sqrt{13}", "3√13", "3\\sqrt13"],
    ),
    (
        "(3,\\frac{\\pi}{2})",
        &["\\left( 3, \\frac{\\pi}{2} \\right)", "(3,\\frac\\pi2)"],
    ),
    ("y=2x+3", &["y = 2x + 3", "y=2x+3.", "$y = 2x+3$"]),
    ("2x=4", &["2x = 4"]),
    ("52_{8}", &["52_8", "52_{8}"]),
    ("3:30pm", &["3:30 p.m.", "3:30 pm"]),
    ("3:4", &["3:4", "3 : 4"]),
    ("mrs hilt", &["Mrs. Hilt", "\\text{Mrs. Hilt}", "mrs Hilt."]),
    ("no", &["No", "no.", "NO"]),
    ("60", &["The 60th caller.", "60th caller"]),
    ("february3rd", &["February 3rd", "february 3rd."]),
    ("rug B", &["Rug B", "rug B."]),
    ("yes f(x)", &["Yes. f(x)"]),
    ("vendor2", &["Vendor 2"]),
    ("3,5,7", &["3, 5, 7", "3,5,7"]),
    ("(1,234)", &["(1,234)", "(1, 234)"]),
    (
        "\\{1\\pm\\sqrt{5},-2\\}",
        &[
            "\\{1\\pm\\sqrt{5},-2\\}",
            "\\left\\{ 1 \\pm \\sqrt5, -2 \\right\\}",
        ],
    ),
    ("x^{2}", &["x^2", "x^{2}", "x²", "{x}^2"]),
    ("-", &["-"]),
    ("1/0", &["1/0"]),
    ("\\frac{1}{0}", &["\\frac10"]),
];

#[test]
fn written_forms_have_one_canonical_form() {
    for (expected, written) in FORMS {
        for answer in *written {
            assert_eq!(form(answer), *expected, "{answer:?}");
        }
    }
}

#[test]
fn different_answers_differ() {
    let pairs = [
        ("5", "-5"),
        ("5", "5x"),
        ("2", "2i"),
        ("5", "5\\mathrm{i}"),
        ("1 - 1/e", "1 + 1/e"),
        ("0.33", "1/3"),
        ("1,2", "12"),
        ("1, 2", "1.2"),
        ("5!", "5"),
        ("10^2", "102"),
        ("10^2", "10"),
        ("52_8", "52"),
        ("2 or 3", "2"),
        ("24 December", "24"),
        ("3:30", "330"),
        ("AB", "ab"),
        ("x", "X"),
        ("(1,2)", "[1,2]"),
        ("1/2/3", "1/2"),
        ("\\sqrt{2}", "2"),
        ("\\pi", "p i"),
        ("\\pi r", "\\pir"),
        ("5 feet 3 inches", "5"),
        ("x^{12}", "x^12 3"),
        ("2^{10}", "2^1 0"),
        ("x < 5", "x > 5"),
        ("0,5", "5"),
        ("100000000000000000001", "100000000000000000002"),
        ("$", "$$"),
        ("2x = 4", "4"),
        ("y = 2x", "2x"),
    ];
    for (left, right) in pairs {
        assert_ne!(form(left), form(right), "{left:?} and {right:?}");
    }
}

#[test]
fn beyond_the_bounds_is_an_outcome() {
    let long = "(".repeat(100_000);
    assert_eq!(canonical(&long), Err(OverBudget::Length { bytes: 100_000 }));
    assert!(canonical(&"1".repeat(1_000_000)).is_err());
    let digits = "7".repeat(MAX_DIGITS + 1);
    assert_eq!(
        canonical(&digits),
        Err(OverBudget::Digits {
            digits: MAX_DIGITS + 1
        })
    );
    assert!(canonical(&format!("0.{digits}")).is_err());
    let trillions = format!("1{}", " trillion".repeat(100));
    assert_eq!(
        canonical(&trillions),
        Err(OverBudget::Digits { digits: 1200 })
    );
    assert_eq!(form(&"7".repeat(MAX_DIGITS)), "7".repeat(MAX_DIGITS));
}

#[test]
fn the_largest_answers_within_bounds_are_worked_on() {
    for fragment in [
        "(", "{", "\\frac", "\\frac1", "^", "\\sqrt[", "\\text{", "1 ", "1,", "-", "=", "{^",
        " million",
    ] {
        let answer = fragment.repeat(MAX_ANSWER_BYTES / fragment.len());
        canonical(&answer).expect("no number of it is long");
    }
}
