//! Rows as public data sets have them, one test per shape of docs/src/data.md.

mod options;
mod presets;

use serde_json::json;

use super::*;

fn file(rows: &[Value]) -> tempfile::TempPath {
    let lines: Vec<String> = rows.iter().map(|row| row.to_string() + "\n").collect();
    written(&lines.concat())
}

fn written(text: &str) -> tempfile::TempPath {
    let path = tempfile::Builder::new()
        .suffix(".jsonl")
        .tempfile()
        .unwrap()
        .into_temp_path();
    std::fs::write(&path, text).unwrap();
    path
}

fn seed_texts(rows: &[Value]) -> (Vec<String>, Vec<String>) {
    let imported = seeds(&file(rows), &SeedsConfig::default()).unwrap();
    let texts = imported.rows.into_iter().map(|seed| seed.text);
    (texts.collect(), without_path(imported.notes))
}

fn without_path(notes: Vec<String>) -> Vec<String> {
    let after = |note: String| note.split_once(".jsonl: ").unwrap().1.to_owned();
    notes.into_iter().map(after).collect()
}

fn solved(rows: &[Value], change: impl FnOnce(&mut EvalConfig)) -> Imported<Problem> {
    let mut config = EvalConfig::default();
    change(&mut config);
    let imported = problems(&file(rows), &config).unwrap();
    let notes = without_path(imported.notes);
    let rows = imported.rows;
    Imported { rows, notes }
}

fn refused(rows: &[Value]) -> String {
    let error = problems(&file(rows), &EvalConfig::default()).unwrap_err();
    assert!(error.is_user_error(), "{error}");
    error.to_string()
}

/// The first problem: what is asked, and the gold answer.
fn asked(row: Value) -> (String, String) {
    let problem = solved(&[row], |_| {}).rows.remove(0);
    (problem.problem, problem.gold_answer)
}

#[test]
fn seeds_lose_their_answers_and_their_doubles() {
    let path = written("{\"problem\": \"1+1?\", \"answer\": \"2\"}\n{\"problem\": \" 1+1? \"}\n");
    let seeds = seeds(&path, &SeedsConfig::default()).unwrap().rows;
    assert_eq!(seeds.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(), ["1+1?"]);
}

#[test]
fn a_missing_column_names_those_there_are() {
    let error = seeds(&file(&[json!({"task_id": "1+1?", "n": 1})]), &SeedsConfig::default()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("no column `problem`, ") && text.contains("it has `task_id`, `n`"),
        "{text}"
    );
    assert!(text.ends_with("name the column with `seeds.column=…`"), "{text}");
    assert!(error.is_user_error());
    let name = "\u{1b}]0;x\u{7}".to_owned() + &"y".repeat(100);
    let text = seeds(&file(&[json!({name: 1})]), &SeedsConfig::default())
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("it has `\\u{1b}]0;x\\u{7}yyy") && text.contains("…`"),
        "{text}"
    );
}

#[test]
fn an_object_that_holds_the_rows_is_recognised() {
    let text = refused(&[json!({"1": {"question": "x"}, "2": {"question": "y"}})]);
    assert!(text.contains("if its members are the rows, save them alone"), "{text}");
    let text = refused(&[json!({"version": 1, "data": [{"problem": "x", "answer": "1"}]})]);
    assert!(
        text.contains("if `data` has the rows, save them alone: `jq '.data' FILE`"),
        "{text}"
    );
}

#[test]
fn a_bad_value_names_its_line() {
    let path = written("{\"problem\": \"1+1?\"}\n{\"problem\": [1]}\n");
    let text = seeds(&path, &SeedsConfig::default()).unwrap_err().to_string();
    assert!(
        text.ends_with("line 2: column `problem` must be a text, not a list"),
        "{text}"
    );
}

#[test]
fn a_file_without_a_usable_row_is_an_error() {
    let text = seeds(&written(""), &SeedsConfig::default()).unwrap_err().to_string();
    assert!(text.contains("no rows"), "{text}");
    let rows = [json!({"problem": null}), json!({"problem": " "})];
    let text = seeds(&file(&rows), &SeedsConfig::default()).unwrap_err().to_string();
    assert!(text.contains("no row has a text in column `problem`"), "{text}");
    let text = refused(&[json!({"problem": "x", "answer": null})]);
    assert!(
        text.contains("no row has both a text in column `problem` and an answer in `answer`"),
        "{text}"
    );
}

#[test]
fn blank_rows_are_left_out_and_counted() {
    let rows = [
        json!({"problem": "a?"}),
        json!({"problem": null}),
        json!({"problem": "b?"}),
        json!({"problem": ""}),
    ];
    let (texts, notes) = seed_texts(&rows);
    assert_eq!(
        (texts, notes),
        (
            vec!["a?".into(), "b?".into()],
            vec!["left out 2 rows without a text in `problem`".into()]
        )
    );
    let rows = [
        json!({"problem": "a?", "answer": ""}),
        json!({"problem": null, "answer": "2"}),
        json!({"problem": "c?", "answer": "3"}),
    ];
    let imported = solved(&rows, |_| {});
    assert_eq!((imported.rows.len(), &*imported.rows[0].id), (1, "2"));
    assert_eq!(
        imported.notes,
        [
            "left out 1 row without a text in `problem`",
            "left out 1 row without a gold answer in `answer`"
        ]
    );
}

#[test]
fn shapes_of_reinforcement_learning_are_read() {
    let turns = json!([{"role": "user", "content": "1+1?"}]);
    let rows = [
        json!({"ID": 1, "Problem": "1+1?", "Answer": 2}),
        json!({"prompt": turns, "solution": "2"}),
        json!({"data_source": "x", "prompt": turns, "reward_model": {"style": "rule", "ground_truth": "2"}}),
        json!({"prompt": turns, "reward_model": {"ground_truth": "[\"2\"]"}}),
        json!({"messages": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}]}),
        json!({"conversations": [{"from": "human", "value": "1+1?"}, {"from": "gpt", "value": "2"}]}),
        json!({"prompt": turns, "completion": [{"role": "assistant", "content": "2"}]}),
        json!({"question": "1+1?", "answer": ["2"]}),
    ];
    for row in rows {
        assert_eq!(asked(row.clone()), ("1+1?".into(), "2".into()), "{row}");
    }
    let row = json!({"extra": {"q": "1+1?", "a": {"v": 2}}});
    let named = solved(&[row], |config| {
        config.problem_column = "extra.q".into();
        config.answer_column = "extra.a.v".into();
    });
    assert_eq!((&*named.rows[0].problem, &*named.rows[0].gold_answer), ("1+1?", "2"));
}

#[test]
fn a_system_turn_is_named_and_a_dialogue_is_no_problem() {
    let turn = |role: &str, content: &str| json!({"role": role, "content": content});
    let row = json!({"prompt": [turn("system", "Be brief."), turn("user", "1+1?")], "answer": "2"});
    let notes = solved(&[row], |_| {}).notes;
    assert_eq!(
        notes,
        ["system turns in `prompt` are not shown; `prompt.system` sets one"]
    );
    let dialogue = json!([turn("user", "1+1?"), turn("assistant", "2"), turn("user", "And 2+2?")]);
    let text = refused(&[json!({"prompt": dialogue, "answer": "4"})]);
    assert!(
        text.contains("the conversation in column `prompt` has 2 turns of the user"),
        "{text}"
    );
    let (texts, notes) = seed_texts(&[json!({"messages": dialogue})]);
    assert_eq!(texts, ["1+1?"]);
    assert_eq!(
        notes,
        ["of conversations in `messages`, only the user's first turn is used"]
    );
}

#[test]
fn any_of_several_gold_answers_counts() {
    let problem = solved(&[json!({"question": "2+2?", "answer": ["4", "four", "4"]})], |_| {})
        .rows
        .remove(0);
    assert_eq!(
        (problem.gold_answer, problem.accepted),
        ("4".into(), vec!["four".into()])
    );
    for (answer, reason) in [
        (json!(true), "a truth value"),
        (json!([[1], [2]]), "a list"),
        (json!({"a": 1}), "with `a`"),
    ] {
        let text = refused(&[json!({"question": "x", "answer": answer})]);
        assert!(
            text.contains("column `answer` must be a text, a number or a list of them") && text.contains(reason),
            "{text}"
        );
    }
}

#[test]
fn what_a_question_is_about_is_joined_or_named() {
    let row = json!({"instruction": "Add the numbers.", "input": "1 and 1", "output": "2"});
    assert_eq!(asked(row), ("Add the numbers.\n\n1 and 1".into(), "2".into()));
    assert_eq!(
        asked(json!({"input": "not ( True )", "target": "False"})).0,
        "not ( True )"
    );

    let row = json!({"passage": "Tom has 2 cups.", "question": "How many?", "answer": "2"});
    let notes = solved(std::slice::from_ref(&row), |_| {}).notes;
    let told = "`passage` is not shown to the policy; to show it, name both columns: \
                `eval.problem_column=passage,question`";
    assert_eq!(notes, [told]);
    let joined = solved(&[row], |config| config.problem_column = "passage,question".into());
    assert_eq!(
        (&*joined.rows[0].problem, joined.notes),
        ("Tom has 2 cups.\n\nHow many?", vec![])
    );
    // As in ASDiv, where the question repeats its body.
    let row = json!({"body": "Tom has 2 cups.", "question": "Tom has 2 cups. How many?", "answer": "2"});
    assert_eq!(solved(&[row], |_| {}).notes, Vec::<String>::new());
}

#[test]
fn a_table_comes_before_its_question() {
    let row = |choices: Value, answer: &str| {
        json!({
            "question": "How many?", "choices": choices, "answer": answer, "unit": null,
            "table_title": "Cups", "table": "Tom | 2\nSam | 3", "table_for_pd": {"x": [1]},
        })
    };
    let rows = [row(json!(null), "5"), row(json!(["yes", "no"]), "no")];
    let imported = solved(&rows, |_| {});
    let text = "Cups\nTom | 2\nSam | 3\n\nHow many?";
    assert_eq!(
        (&*imported.rows[0].problem, &*imported.rows[0].gold_answer),
        (text, "5")
    );
    let options = format!("{text}\nAnswer Choices: (A) yes (B) no");
    assert_eq!(
        (&*imported.rows[1].problem, &*imported.rows[1].gold_answer),
        (&*options, "B")
    );
    assert_eq!(imported.notes, Vec::<String>::new());
}

#[test]
fn rows_beyond_the_limit_help_to_understand_the_others() {
    let row = |answer: i64| json!({"question": "?", "choices": ["red", "green"], "answer": answer});
    let imported = solved(&[row(1), row(2)], |config| config.limit = 1);
    assert_eq!((imported.rows.len(), &*imported.rows[0].gold_answer), (1, "A"));
    assert_eq!(imported.notes, Vec::<String>::new());
}

#[test]
fn subjects_come_from_the_usual_columns() {
    for (column, subject) in [("subject", "algebra"), ("category", "math"), ("type", "x")] {
        let row = json!({"problem": "1+1?", "answer": "2", column: subject, "level": 3});
        let problem = solved(&[row], |_| {}).rows.remove(0);
        assert_eq!(
            (problem.subject.as_deref(), problem.level.as_deref()),
            (Some(subject), Some("3"))
        );
    }
}

#[test]
fn an_empty_column_of_answers_gives_way_to_a_filled_one() {
    let row = json!({"question": "Nine and nine?", "answer": null, "answer_number": 18});
    assert_eq!(asked(row), ("Nine and nine?".into(), "18".into()));
}

#[test]
fn no_digit_of_a_gold_answer_is_lost() {
    let path = written("{\"problem\": \"a?\", \"answer\": 12345678901234567890123}\n");
    let problems = problems(&path, &EvalConfig::default()).unwrap().rows;
    assert_eq!(problems[0].gold_answer, "12345678901234567890123");
}
