use super::*;
use crate::config::Preset;

fn mmlu_pro(category: &str, answer: &str) -> Value {
    json!({"question": "Which?", "options": ["one", "two", "three"], "answer": answer, "answer_index": 0,
           "category": category})
}

#[test]
fn a_part_of_a_benchmark_has_its_rows_alone() {
    let rows = ["law", "math", "health", "engineering"].map(|category| mmlu_pro(category, "C"));
    let imported = solved(&rows, |config| config.preset = Preset::MmluProStem);
    let found: Vec<_> = imported
        .rows
        .iter()
        .map(|p| (&*p.benchmark, p.subject.as_deref(), &*p.gold_answer))
        .collect();
    assert_eq!(
        found,
        [
            ("mmlu-pro-stem", Some("math"), "C"),
            ("mmlu-pro-stem", Some("engineering"), "C")
        ]
    );
    assert_eq!(
        imported.notes,
        [
            "mmlu-pro-stem has 5878 problems, but this file has 2; figures can be compared with published ones only on \
             the same problems (TIGER-Lab/MMLU-Pro, data/test-00000-of-00001.parquet)"
        ]
    );
}

#[test]
fn a_limit_does_not_hide_that_the_file_is_another() {
    let imported = solved(
        &[
            json!({"question": "1+1?", "answer": "#### 2"}),
            json!({"question": "2+2?", "answer": "#### 4"}),
        ],
        |config| {
            config.preset = Preset::Gsm8k;
            config.limit = 1;
        },
    );
    assert_eq!(imported.rows.len(), 1);
    assert!(imported.notes[0].starts_with("gsm8k has 1319 problems, but this file has 2"));
}

#[test]
fn a_file_without_the_rows_of_the_benchmark_says_what_it_has() {
    let refused = |row: Value| {
        let config = EvalConfig {
            preset: Preset::MmluProSocial,
            ..EvalConfig::default()
        };
        problems(&file(&[row]), &config).unwrap_err().to_string()
    };
    let other = refused(mmlu_pro("law", "A"));
    assert!(
        other.contains("with category economics, psychology; `category` has law"),
        "{other}"
    );
    let none = refused(json!({"question": "?", "options": ["a", "b"], "answer": "A"}));
    assert!(none.contains("there is no column `category`"), "{none}");
}

#[test]
fn columns_of_the_user_come_before_those_of_the_benchmark() {
    let row = json!({"Body": "Tom has 2 cups.", "Question": "How many?", "Answer": "2.0", "asked": "Cups?"});
    let asked = |column: &str| {
        let change = |config: &mut EvalConfig| {
            config.preset = Preset::Svamp;
            config.problem_column = column.to_owned();
            config.limit = 1;
        };
        let imported = solved(std::slice::from_ref(&row), change);
        imported.rows[0].problem.clone()
    };
    assert_eq!(asked(""), "Tom has 2 cups.\n\nHow many?");
    assert_eq!(asked("asked"), "Cups?");
}

#[test]
fn names_are_those_in_tables() {
    for name in ["math-500", "math-hard", "gsm8k", "college-math", "mmlu-pro-other"] {
        let preset: Preset = serde_json::from_value(json!(name)).unwrap();
        assert_eq!(preset.benchmark().unwrap().name, name);
    }
    assert_eq!(Preset::None.benchmark(), None);
}
