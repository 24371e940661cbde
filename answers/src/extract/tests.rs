//! Extraction as a whole, and what holds for any response.

use super::*;
use proptest::prelude::*;

#[test]
fn the_first_method_in_order_that_finds_something_wins() {
    let response = "The answer is 3.\n#### 4\n\\boxed{5} of 6";
    let cases: [(&[Method], Option<&str>); 5] = [
        (&DEFAULT_ORDER, Some("5")),
        (&[Method::Hash, Method::Phrase], Some("4")),
        (&[Method::Phrase], Some("3")),
        (&[Method::Choice, Method::LastNumber], Some("6")),
        (&[], None),
    ];
    for (order, expected) in cases {
        let found = extract(response, order);
        assert_eq!(found.answer.as_deref(), expected, "{order:?}");
        assert_eq!(found.method.is_some(), expected.is_some());
    }
}

#[test]
fn no_answer_is_a_value() {
    for response in ["", " \n", "I do not know.", "\\boxed{}", "####", "Answer:"] {
        assert_eq!(extract(response, &DEFAULT_ORDER), Extraction::default(), "{response:?}");
    }
}

#[test]
fn the_default_order_reads_what_models_write() {
    let cases = [
        ("x^2+1", Method::Bare, "x^2+1"),
        ("12+7=19\n19-5=14", Method::LastNumber, "14"),
        ("Then we get $x = 3\\sqrt{2}$.", Method::LastFormula, "3\\sqrt{2}"),
        ("We add.\n\n(C) 42 apples", Method::Choice, "C"),
        ("C", Method::Choice, "C"),
        ("Therefore, option C.", Method::Phrase, "C"),
        ("The roots are $\\boxed{2}$ and $\\boxed{3}$.", Method::Boxed, "2, 3"),
        ("There are 5 pears, thus 12 apples.", Method::LastNumber, "12"),
        ("yes", Method::Bare, "yes"),
        ("We add.\n\n**Yes**", Method::Bare, "Yes"),
        ("We solve.\n**x = 7, y = 8**", Method::Bare, "x = 7, y = 8"),
        ("A is 5.\nThus C.", Method::Choice, "C"),
        ("The answer is [C].", Method::Phrase, "C"),
        ("A: 5", Method::Bare, "5"),
        ("Tom finishes at 3:45 p.m.", Method::LastNumber, "3:45 p.m."),
        ("$$\nx + 1\n$$", Method::Bare, "x + 1"),
    ];
    for (response, method, answer) in cases {
        let found = extract(response, &DEFAULT_ORDER);
        assert_eq!(found.method, Some(method), "{response:?}");
        assert_eq!(found.answer.as_deref(), Some(answer), "{response:?}");
    }
}

#[test]
fn reasoning_yields_to_what_follows_it() {
    let cases = [
        ("<think>the answer is 3</think>\n\n4", "4"),
        ("<think>\nSo the answer is 3.\n</think>\n\nThe result is 4", "4"),
        ("<think>I get \\boxed{3}</think>\nThe total is 4.", "4"),
        ("<think>I get \\boxed{3}", "3"),
        ("<think>The answer is 3</think>", "3"),
        ("The answer is 3<think>hm</think>", "3"),
        ("I get \\boxed{3}.</think>\n\n**4**", "4"),
    ];
    for (response, answer) in cases {
        let found = extract(response, &DEFAULT_ORDER);
        assert_eq!(found.answer.as_deref(), Some(answer), "{response:?}");
    }
}

#[test]
fn a_megabyte_of_any_fragment_is_read() {
    let fragments = [
        "\\boxed{",
        "\\boxed ",
        "\\boxed a{",
        "{",
        "}",
        "#### ",
        "####",
        "answer: ",
        "answer is $x ",
        "the answer is . ",
        "1",
        "1,",
        "-1/",
        "1:",
        "\\frac{1}{",
        "\\",
        "\\\\boxed",
        "(",
        "\n",
        "é",
        "\\boxed1",
        "\\boxed{1}, ",
        "\\boxed{1}\\text{",
        "\\boxed{1}x = ",
        "\\text{",
        "\\text{and}",
        "\\begin{",
        "\\begin{a}",
        "the answer to ",
        "the answer to it is $1$ and ",
        "answers are ",
        "answer\n",
        "## Answer\n\n",
        "option ",
        "option (",
        "correct option is (A",
        "therefore, choice A. ",
        "is option A is correct ",
        "(A) ",
        "A\n",
        "A. ",
        "Option ",
        "$",
        "$ ",
        "$1$ ",
        "$$",
        "\\(",
        "\\(x = ",
        "\\[",
        "\\[1\\] ",
        "= ",
        "1e",
        "1e1",
        "1^{",
        "1^{1",
        "1 ",
        "1 1/",
        "1 1/1 ",
        "1\\frac{1}{",
        "1 \\times 10^{",
        "1×10^",
        " ",
        " \n",
        "\r\n",
        "。",
        "*",
        "xy ",
        "<think>",
        "<think>1</think>",
        "answer: 1 because ",
        "answer: 1, {",
        "So C. ",
        "**1**",
        "step 1",
    ];
    for fragment in fragments {
        let response = fragment.repeat(1_000_000 / fragment.len());
        for method in DEFAULT_ORDER {
            extract(&response, &[method]);
        }
    }
}

proptest! {
    #[test]
    fn never_panics(response in any::<String>()) {
        for method in DEFAULT_ORDER {
            let found = extract(&response, &[method]);
            prop_assert!(found.answer.is_none_or(|answer| !answer.trim().is_empty()));
        }
    }

    #[test]
    fn never_panics_on_what_models_write(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "\\boxed", "\\fbox{", "{", "}", "\\{", "\\\\", "####", "#", "the answer is ", "Answer:", "**",
                "$", "\\(", "\\)", "\n", " ", ". ", "−", "-", "1", "12,", "345", ".", "/", ":", "%", "\\frac{",
                "(C)", "B.", "π", "½", "answers are ", " is ", "to ", "option ", "choice ", "correct ",
                "therefore, ", "A", "C", "and ", "or ", ",", "x", "=", "x_2 =", "\\text{", "\\begin{a}",
                "\\end{a}", "\\[", "\\]", "$$", "\\", "e3", "^", " \\times 10^{", "×", "。", "：",
                "I hope it is correct", "## ", "cm", "\r\n", "≈", "<think>", "</think>",
                "because ", "not ", "I choose ", "Step ", " p.m.",
            ]),
            0..40,
        )
    ) {
        let response: String = parts.concat();
        for method in DEFAULT_ORDER {
            let found = extract(&response, &[method]);
            prop_assert_eq!(found.answer.is_some(), found.method == Some(method));
        }
    }

    #[test]
    fn boxes_with_separators_between_them_are_a_list(
        values in prop::collection::vec("[0-9a-z]{1,4}", 2..6),
        separator in prop::sample::select(vec![", ", " and ", "$ or $", "; ", ", x = ", "\n", " \\text{ and } "]),
    ) {
        let boxes: Vec<String> = values.iter().map(|value| format!("\\boxed{{{value}}}")).collect();
        let equal = values.iter().all(|value| *value == values[0]);
        let expected = if equal { values[0].clone() } else { values.join(", ") };
        let found = extract(&format!("So ${}$.", boxes.join(separator)), &DEFAULT_ORDER);
        prop_assert_eq!(found.answer, Some(expected));
    }

    #[test]
    fn a_correction_replaces_all_boxes_before_it(
        value in "[0-9]{1,4}", prose in "(so|but|no, wait|hence x is)( [a-z]{2,6}){0,3}",
    ) {
        let response = format!("\\boxed{{1}}, \\boxed{{2}} {prose} \\boxed{{{value}}}");
        prop_assert_eq!(extract(&response, &DEFAULT_ORDER).answer, Some(value));
    }

    #[test]
    fn a_bare_answer_is_part_of_the_response(response in "[0-9a-z+=(), $\\\\^{}.*]{0,30}") {
        if let Some(answer) = extract(&response, &[Method::Bare]).answer {
            prop_assert!(response.contains(&answer));
            prop_assert!(answer.len() <= crate::budget::MAX_ANSWER_BYTES);
        }
    }

    #[test]
    fn a_balanced_box_is_found_whatever_surrounds_it(
        before in "[^\\\\]*", inside in "[0-9a-z+]*[0-9a-z]", after in "[^\\\\]*",
    ) {
        let response = format!("{before}\\boxed{{{inside}}}{after}");
        let found = extract(&response, &DEFAULT_ORDER);
        prop_assert_eq!(found.answer.as_deref(), Some(inside.trim()));
    }
}
