use super::*;

fn choices(options: &[&str]) -> Choices {
    Choices::new(&options.iter().map(ToString::to_string).collect::<Vec<_>>())
}

#[test]
fn an_answer_is_a_letter_or_a_text() {
    let options = choices(&["maintain the rate", "cut it", "1/2", "42 apples"]);
    let cases = [
        ("C", Some('C')),
        ("(c)", Some('C')),
        ("c", Some('C')),
        ("**C**", Some('C')),
        ("\\textbf{(C)}", Some('C')),
        ("Option C", Some('C')),
        ("choice (c).", Some('C')),
        ("Maintain the rate.", Some('A')),
        ("0.5", Some('C')),
        ("C. 0.5", Some('C')),
        ("(B) cut it", Some('B')),
        ("b) cut it", Some('B')),
        ("E", None),
        ("raise it", None),
        ("", None),
    ];
    for (answer, expected) in cases {
        assert_eq!(options.letter(answer), expected, "{answer:?}");
    }
}

#[test]
fn a_sentence_or_a_list_is_no_option() {
    let options = choices(&["10", "12", "14"]);
    for answer in [
        "(A) or (B)",
        "(A), (B)",
        "A, B",
        "(A) is too small",
        "(a) The mass is 14 g per mole",
        "(a) First: 3\n(b) Second: 4",
        "A, 12",
    ] {
        assert_eq!(options.letter(answer), None, "{answer:?}");
    }
    let options = choices(&["yes", "no"]);
    assert_eq!(
        (options.letter("A, yes"), options.letter("(b) no")),
        (Some('A'), Some('B'))
    );
}

#[test]
fn labels_are_read_in_any_style_and_order() {
    for options in [
        ["(A) five", "(B) six", "(C) seven"],
        ["A. five", "B. six", "C. seven"],
        ["a) five", "b) six", "c) seven"],
        ["B: six", "A: five", "C: seven"],
        ["$\\textbf{(A)}\\ five$", "$\\textbf{(B) }six$", "**C.** seven"],
    ] {
        assert_eq!(choices(&options).letter("six"), Some('B'), "{options:?}");
        assert_eq!(choices(&options).letter("five"), Some('A'), "{options:?}");
    }
}

#[test]
fn options_without_labels_of_their_own_go_by_position() {
    // Two of three look labelled, and both with the same letter.
    let options = choices(&["C. elegans", "E. coli", "C. albicans"]);
    assert_eq!(options.letter("E. coli"), Some('B'));
    let options = choices(&["A. x", "y", "z"]);
    assert_eq!(options.letter("y"), Some('B'));
    assert_eq!(choices(&["B", "A"]).letter("B"), Some('B'));
}

#[test]
fn two_options_with_the_same_text_are_told_apart_by_letter_alone() {
    let options = choices(&["0.5", "1/2", "3"]);
    assert_eq!(options.letter("1/2"), None);
    assert_eq!(options.letter("(B) 1/2"), Some('B'));
}

#[test]
fn a_small_letter_may_be_the_text_of_an_option() {
    let options = choices(&["a", "b", "c", "x + c"]);
    assert_eq!(options.letter("c"), Some('C'));
    let options = choices(&["c", "b", "a"]);
    assert_eq!((options.letter("c"), options.letter("C")), (Some('A'), Some('C')));
}

#[test]
fn no_options_mean_no_letter_and_the_eleventh_has_none() {
    assert_eq!(choices(&[]).letter("A"), None);
    let many: Vec<String> = (0..12).map(|i| format!("text{i}")).collect();
    let options = Choices::new(&many);
    assert_eq!((options.letter("text9"), options.letter("text10")), (Some('J'), None));
}
