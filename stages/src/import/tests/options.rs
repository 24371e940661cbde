//! Questions of multiple choice.

use super::*;

#[test]
fn options_of_every_shape_are_shown_with_letters() {
    let shown = "Which is even?\nAnswer Choices: (A) one (B) two (C) three";
    let texts = ["one", "two", "three"];
    let labelled = |labels: [&str; 3]| {
        let option = |(label, text): (&str, &str)| json!({"text": text, "label": label});
        labels.into_iter().zip(texts).map(option).collect::<Vec<_>>()
    };
    let question = "Which is even?";
    let rows = [
        json!({"question": question, "choices": texts, "answer": "B"}),
        json!({"question": question, "choices": texts, "answer": 1}),
        json!({"question": question, "choices": texts, "answer": "two"}),
        json!({"question": question, "options": texts, "answer": "B", "answer_index": 1, "category": "math"}),
        json!({"question": question, "options": ["A)one", "B)two", "C)three"], "rationale": "…", "correct": "B"}),
        json!({"question": question, "choices": {"text": texts, "label": ["A", "B", "C"]}, "answerKey": "B"}),
        json!({"question": question, "choices": {"text": texts, "label": ["1", "2", "3"]}, "answerKey": "2"}),
        json!({"question": {"stem": question, "choices": labelled(["A", "B", "C"])}, "answerKey": "B"}),
        json!({"question_stem": question, "choices": labelled(["1", "2", "3"]), "answerKey": "2"}),
        json!({"question": question, "options": {"A": "one", "B": "two", "C": "three", "D": null}, "answer": "B"}),
        json!({"question": question, "A": "one", "B": "two", "C": "three", "answer": "B"}),
        json!({"question": question, "opa": "one", "opb": "two", "opc": "three", "cop": 1}),
        json!({"Question": question, "option_a": "one", "option_b": "two", "option_c": "three", "Answer": "b"}),
        json!({"question": question, "option1": "one", "option2": "two", "option3": "three", "answer": "2"}),
        json!({"question": question, "answerA": "one", "answerB": "two", "answerC": "three", "label": "2"}),
        json!({"Problem": question, "options": "a ) one , b ) two , c ) three", "correct": "b"}),
        json!({"question": question, "choices": "[\"one\", \"two\", \"three\"]", "answer": "\\boxed{B}"}),
        json!({"question": question, "options": texts, "gold": [1]}),
    ];
    for row in rows {
        // A second row settles whether numbers count from 0, where that matters.
        let mut first = row.clone();
        let zero = row.get("cop").or(row.get("gold"));
        for (column, value) in first.as_object_mut().unwrap() {
            match column.as_str() {
                "cop" => *value = json!(0),
                "gold" => *value = json!([0]),
                "label" => *value = json!("3"),
                _ => {}
            }
        }
        let rows = if zero.is_some() || row.get("label").is_some() {
            vec![row.clone(), first]
        } else {
            vec![row.clone()]
        };
        let problem = solved(&rows, |_| {}).rows.remove(0);
        assert_eq!((&*problem.problem, &*problem.gold_answer), (shown, "B"), "{row}");
        assert_eq!(problem.choices, ["(A) one", "(B) two", "(C) three"], "{row}");
        let seeds = seeds(&file(std::slice::from_ref(&row)), &SeedsConfig::default()).unwrap();
        assert_eq!(seeds.rows[0].text, shown, "{row}");
    }
}

#[test]
fn lists_that_python_printed_are_options() {
    for choices in ["['one', \"two's\"]", "['one' \"two's\"]", "['one', 'two\\'s']"] {
        let row = json!({"question": "?", "choices": choices, "answer": "B"});
        assert_eq!(asked(row).0, "?\nAnswer Choices: (A) one (B) two's");
    }
}

#[test]
fn columns_that_only_look_like_options_can_be_left_out() {
    let row = json!({"question": "a + b?", "a": 1, "b": 2, "answer": 3});
    assert_eq!(asked(row), ("a + b?".into(), "3".into()));
    let row = json!({"question": "A + B?", "A": 1, "B": 2, "answer": 3});
    assert!(refused(std::slice::from_ref(&row)).contains("`3` is neither the letter, the number nor the text"));
    let problem = solved(&[row], |config| config.choices_column = "none".into())
        .rows
        .remove(0);
    assert_eq!((&*problem.problem, &*problem.gold_answer), ("A + B?", "3"));
}

#[test]
fn options_that_a_question_lists_are_not_repeated() {
    let listed = [
        "Which is even?\nAnswer Choices: (A) one (B) two",
        "Which is even?\nA. one\nB. two",
        "Which is even? A) one\n B)  two",
    ];
    for question in listed {
        let row = json!({"question": question, "choices": ["(A) one", "(B) two"], "answer": "\\boxed{B}"});
        assert_eq!(asked(row), (question.into(), "B".into()));
    }
    let question = "Which is larger, 3 or 5?";
    let row = json!({"question": question, "choices": ["3", "5"], "answer": "5"});
    assert_eq!(
        asked(row),
        (format!("{question}\nAnswer Choices: (A) 3 (B) 5"), "B".into())
    );
}

#[test]
fn wrong_options_without_an_order_get_one_that_does_not_tell() {
    let row = |right: &str, wrong: [&str; 2]| {
        let [first, second] = wrong;
        json!({"question": "?", "correct_answer": right, "distractor1": first, "distractor2": second, "support": ""})
    };
    let imported = solved(&[row("two", ["one", "three"]), row("one", ["two", "three"])], |_| {});
    let (first, second) = (&imported.rows[0], &imported.rows[1]);
    assert_eq!(first.problem, second.problem);
    assert_ne!(first.gold_answer, second.gold_answer);
    let letter = |problem: &Problem, text: &str| {
        problem
            .choices
            .iter()
            .any(|option| *option == format!("({}) {text}", problem.gold_answer))
    };
    assert!(letter(first, "two") && letter(second, "one"));
}

#[test]
fn which_option_is_right_is_never_guessed() {
    let row = json!({"question": "?", "choices": ["red", "green"], "answer": "1"});
    let text = refused(std::slice::from_ref(&row));
    let expected = "line 1: the gold answer `1` can mean different options; \
                    say which with `eval.answer_kind=…`: \"index0\" or \"index1\"";
    assert!(text.ends_with(expected), "{text}");
    for (kind, letter) in [(AnswerKind::Index0, "B"), (AnswerKind::Index1, "A")] {
        let imported = solved(std::slice::from_ref(&row), |config| config.answer_kind = kind);
        assert_eq!(imported.rows[0].gold_answer, letter);
    }
    let noted = solved(
        &[json!({"question": "?", "choices": ["red", "green", "blue"], "answer": 1})],
        |_| {},
    );
    assert_eq!(noted.rows[0].gold_answer, "B");
    assert_eq!(
        noted.notes,
        ["`answer` is read as numbers of options, counted from 0; if that is wrong, set `eval.answer_kind`"]
    );
    let text = refused(&[json!({"question": "?", "choices": ["red", "green"], "answer": ["A", "B"]})]);
    assert!(
        text.contains("column `answer` must be one option, not a list"),
        "{text}"
    );
    let text = refused(&[json!({"question": "?", "choices": "abc", "answer": "A"})]);
    assert!(
        text.contains("column `choices` must be a list of options, not a text without labels"),
        "{text}"
    );
}

#[test]
fn many_options_are_answered_by_their_text() {
    let texts: Vec<String> = (0..12).map(|number| format!("n{number}")).collect();
    let problem = solved(&[json!({"question": "?", "choices": texts, "answer": "L"})], |_| {})
        .rows
        .remove(0);
    assert_eq!((&*problem.gold_answer, problem.choices.len()), ("n11", 0));
    assert!(
        problem.problem.starts_with("?\nAnswer Choices: n0; n1; "),
        "{}",
        problem.problem
    );
}
