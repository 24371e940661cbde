use super::*;

#[test]
fn what_is_announced_is_found() {
    let cases = [
        ("The answer is 5.", Some("5")),
        ("the final answer is: 5 apples. I hope it is correct.", Some("5 apples")),
        ("So the ANSWER IS 3.5", Some("3.5")),
        ("**Answer:** 12", Some("12")),
        ("**Final Answer**: **12**", Some("12")),
        ("Final Answer:\n\n$\\frac{1}{2}$", Some("\\frac{1}{2}")),
        (
            "Final Answer: The final answer is $5$. I hope it is correct.",
            Some("5"),
        ),
        ("The answer is \\(x = 3\\), as shown.", Some("x = 3")),
        ("The answer is $$7$$", Some("7")),
        ("The answer is $5 and not $6.", Some("5")),
        ("The answer is $18.90.", Some("$18.90")),
        ("The answer is Mrs. Hilt. She has more.", Some("Mrs. Hilt")),
        ("The answer is 3:30 p.m.", Some("3:30 p.m.")),
        ("The answer is (C).", Some("(C)")),
        ("The answer is C. It is the largest.", Some("C")),
        ("The answer is 4. No, the answer is 5.", Some("5")),
        ("The answer is 5!", Some("5!")),
        ("The answer is Lisa!", Some("Lisa")),
        (r"The answer is 11,\! 111.", Some(r"11,\! 111")),
        ("the answer would be 5.", Some("5")),
        ("The answer should be: $5$.", Some("5")),
        ("answer = 5", Some("5")),
        ("Answer：5", Some("5")),
        ("The answer is 5。谢谢", Some("5")),
        ("The answer is 5. I hope it is correct.", Some("5")),
        ("The final answer is 5 I hope it is correct.", Some("5")),
        ("The answer is therefore $12\\pi$.", Some("12\\pi")),
        ("The answer to the question is 5.", Some("5")),
        ("Answer to part 2: 5", Some("5")),
        ("The answers are $2$ and $3$.", Some("2, 3")),
        ("Answers: 2, 3", Some("2, 3")),
        ("**Final Answer:**\n\\[\nx = 5\n\\]", Some("x = 5")),
        ("## Final Answer\n\n$5$", Some("5")),
        ("**Answer**\n5 cm", Some("5 cm")),
        ("Final Answer: option C", Some("C")),
        ("The answer is choice (B).", Some("B")),
        ("The answer is not 5.", None),
        ("## Answer\nThere are five of them.", None),
        ("My only answer\n5", None),
        ("The answer to what is asked", None),
        ("The result is 5.", None),
        ("The solution is 5.", None),
        ("answers 5", None),
        ("I know what the answer is.", None),
        ("The answer isn't 5", None),
        ("Answering: 5", None),
        ("unanswered: 5", None),
        (
            "Answer: we add all of them up one after the other and then we take half of it",
            None,
        ),
        ("answer", None),
        ("answer é", None),
        ("The answer is... B", Some("B")),
        ("The answer is 10. No wait, it's 12.", Some("12")),
        ("The answer is 10. To check, 12 - 2 = 10.", Some("10")),
        ("The answer is not A, but B.", Some("B")),
        ("The answer is B rather than A.", Some("B")),
        ("The answer is ~~A~~ B.", Some("B")),
        ("One might think the answer is 5.", None),
        ("The answer is not listed.", None),
        ("The answer is (", None),
        ("Answer:\n1. 15", Some("15")),
        ("Answer:\n1. 15\n2. 20", None),
        ("The answer is not listed, but the closest option is (B).", Some("B")),
        ("<answer>The answer is 5</answer>", Some("5")),
    ];
    for (response, expected) in cases {
        assert_eq!(
            find(response, 0).map(|found| found.text).as_deref(),
            expected,
            "{response:?}"
        );
    }
}

#[test]
fn a_reason_is_no_part_of_the_value() {
    let cases = [
        ("The answer is C because B is false.", "C"),
        ("The answer is C, since B is false.", "C"),
        ("The answer is 12, because 3*4=12.", "12"),
        ("The answer is 42, which is even.", "42"),
        ("So the answer is 5 since 2+3=5.", "5"),
        ("Answer: 7 (since 3+4=7)", "7"),
        ("The answer is 5, not 6.", "5"),
        ("The answer is 5, as shown above.", "5"),
        ("**Answer: 5**, because 2+3=5.", "5"),
        ("The answer is $x, because$.", "x, because"),
        ("The answer is that it does not exist.", "it does not exist"),
    ];
    for (response, expected) in cases {
        assert_eq!(
            find(response, 0).map(|found| found.text).as_deref(),
            Some(expected),
            "{response:?}"
        );
    }
}

#[test]
fn announced_options_are_found() {
    let cases = [
        ("The correct option is C", Some("C")),
        ("the correct choice is (B).", Some("B")),
        ("The right choice would be **D**.", Some("D")),
        ("Correct option: C", Some("C")),
        ("the correct option is C because it is the largest", Some("C")),
        ("the correct option is A.", Some("A")),
        ("Therefore, option C.", Some("C")),
        ("Thus, the correct option (C)", Some("C")),
        ("Hence choice B is correct.", Some("B")),
        ("Option C is the correct answer.", Some("C")),
        ("So, **option (D)** is right.", Some("D")),
        ("option B is correct. No, option C is correct.", Some("C")),
        ("Therefore, option C is wrong.", None),
        ("Option C is not correct.", None),
        ("option C is larger", None),
        ("the best choice is A plane", None),
        ("the best option is to leave", None),
        ("the correct option is not C", None),
        ("the option is C", None),
        ("Therefore, options C", None),
        ("Therefore, option Cat", None),
        ("adoption C is correct", None),
    ];
    for (response, expected) in cases {
        assert_eq!(
            find(response, 0).map(|found| found.text).as_deref(),
            expected,
            "{response:?}"
        );
    }
}
