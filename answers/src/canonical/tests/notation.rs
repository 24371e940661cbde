//! Times of day, ratios, numerals of other bases, options.

use super::check;

#[test]
fn times_of_day() {
    check(&[
        &[
            "3:30 p.m.",
            "3:30 pm",
            "3:30 PM",
            "15:30",
            "3:30\\text{ p.m.}",
            "3:30pm",
        ],
        &["3:30", "3:30 a.m.", "03:30"],
        &["12:00 a.m.", "0:00"],
        &["12:00 p.m.", "12:00"],
        &["9:03:36 a.m.", "9:03:36"],
        &["9:00 a.m.", "9 am", "9 a.m."],
        &["21:00", "9 pm", "9 PM", "9:00 p.m."],
        &["5!=120"],
        &["330"],
    ]);
}

#[test]
fn ratios() {
    check(&[
        &["1:10", "1 : 10"],
        &["3:4", "3 : 4", "6:8", "\\frac34", "3\\colon 4"],
        &["4:3"],
        &["1:2:3", "2:4:6"],
        &["1:3:2"],
    ]);
}

#[test]
fn a_numeral_of_another_base_is_that_numeral() {
    check(&[
        &["52_8", "52_{8}", "$52_8$"],
        &["52_9"],
        &["52"],
        &["42"],
        &["0.0011_{2}"],
        &["-221_3"],
        &["1A_{16}", "1a_{16}"],
    ]);
}

#[test]
fn options() {
    check(&[
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
            "(C)** 42",
            "C. the largest",
        ],
        &["c", "$c$"],
        &["\\text{C,E}", "E, C", "C and E"],
        &["K"],
    ]);
}

#[test]
fn infinity() {
    check(&[&["\\infty", "+\\infty", "∞", "infinity"], &["-\\infty", "-∞"]]);
}

#[test]
fn combinations_and_arrangements() {
    check(&[
        &["10", "C_5^2", "{}_5C_2"],
        &["20", "A_5^2", "{}_5P_2", "A_5^2 \\cdot A_2^2 / 2"],
        &["A_2^5"],
        &["P_5^2"],
    ]);
}

#[test]
fn ratios_in_words() {
    check(&[
        &["3:4", "3 to 4", "3 \\text{ to } 4"],
        &["3 to 4 hours"],
        &["from 3 to 4"],
    ]);
}
