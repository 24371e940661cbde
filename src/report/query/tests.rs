use serde_json::{Map, Value, json};

use super::*;

fn frame() -> Frame {
    let rows = [
        json!({"iteration": 1, "r_mean": 0.25, "reason": "selected", "tie": false, "text": "Tom has 3 pens"}),
        json!({"iteration": 1, "r_mean": 0.9, "reason": "too_easy", "tie": false, "text": "Ann has 5 cups"}),
        json!({"iteration": 2, "r_mean": null, "reason": null, "tie": true, "text": "Bo has 7 PENS"}),
        json!({"iteration": 2, "r_mean": 0.5, "reason": "selected", "tie": true, "text": "It rains."}),
    ];
    let rows: Vec<Map<String, Value>> = rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
    Frame::of_values(&rows).unwrap()
}

fn met(condition: &str) -> Vec<u32> {
    let query = Query {
        conditions: vec![condition.parse().unwrap()],
        ..Query::default()
    };
    query.choose(&frame()).unwrap().rows
}

#[test]
fn conditions_mean_what_they_mean_in_sql() {
    let cases: [(&str, &[u32]); 31] = [
        ("r_mean > 0.3", &[1, 3]),
        ("r_mean >= 0.25 and r_mean <= 0.5", &[0, 3]),
        ("r_mean between 0.25 and 0.5", &[0, 3]),
        ("r_mean not between 0.25 and 0.5", &[1]),
        ("reason = 'selected'", &[0, 3]),
        ("reason == 'selected'", &[0, 3]),
        ("reason <> 'selected'", &[1]),
        ("reason != 'selected'", &[1]),
        // What is missing is neither equal nor unequal.
        ("not reason = 'selected'", &[1]),
        ("reason is null", &[2]),
        ("r_mean is not null", &[0, 1, 3]),
        ("reason in ('too_easy', 'too_hard')", &[1]),
        ("reason not in ('too_easy', 'too_hard')", &[0, 3]),
        ("tie", &[2, 3]),
        ("not tie", &[0, 1]),
        ("tie = true and iteration = 2", &[2, 3]),
        // Unknown or true is true.
        ("r_mean > 0.8 or tie", &[1, 2, 3]),
        ("text like '%pens'", &[0]),
        ("text ilike '%pens'", &[0, 2]),
        ("text not like '%has _ %'", &[3]),
        ("text like '%!%' escape '!'", &[]),
        ("text like 'Tom has !3%' escape '!'", &[0]),
        ("text ilike '%~_PENS' escape '~'", &[]),
        ("text ~ '^(Tom|Bo) has \\d'", &[0, 2]),
        ("text !~* 'PENS'", &[1, 3]),
        ("iteration - r_mean > 0.5", &[0, 3]),
        ("2 * r_mean = 1", &[3]),
        ("R_Mean > 0.3 and TIE", &[3]),
        ("\"reason\" = 'selected'", &[0, 3]),
        ("Reason is null", &[2]),
        ("(iteration = 1 or iteration = 2) and -r_mean < -0.6", &[1]),
    ];
    for (condition, rows) in cases {
        assert_eq!(met(condition), rows, "{condition}");
    }
    assert_eq!(met("1 < 2"), [0, 1, 2, 3]);
    assert!(met("'a' = 'b'").is_empty());
}

#[test]
fn columns_that_differ_in_case_alone_are_told_apart() {
    let rows = [json!({"n": 1, "N": 2}), json!({"n": 2, "N": 1})];
    let rows: Vec<Map<String, Value>> = rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
    let frame = Frame::of_values(&rows).unwrap();
    let met = |text: &str| text.parse::<Condition>().unwrap().holds(&frame).unwrap();
    assert_eq!((met("n = 1"), met("N = 1")), (vec![true, false], vec![false, true]));
    let rows = [json!({"Ab": 1, "aB": 2})];
    let rows: Vec<Map<String, Value>> = rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
    let frame = Frame::of_values(&rows).unwrap();
    let error = "ab = 1".parse::<Condition>().unwrap().holds(&frame).unwrap_err();
    assert_eq!(error.to_string(), "`--where`: the column `ab` could be `Ab` or `aB`");
    let sort = Query {
        sort: vec!["AB".to_owned()],
        ..Query::default()
    };
    let error = sort.choose(&frame).unwrap_err();
    assert_eq!(error.to_string(), "`--sort`: the column `AB` could be `Ab` or `aB`");
}

#[test]
fn a_column_without_values_is_unknown() {
    let rows = [json!({"n": 1, "detail": null}), json!({"n": 2, "detail": null})];
    let rows: Vec<Map<String, Value>> = rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
    let frame = Frame::of_values(&rows).unwrap();
    let met = |text: &str| text.parse::<Condition>().unwrap().holds(&frame).unwrap();
    let none = [
        "detail = 'x'",
        "detail > 1",
        "detail like '%x%'",
        "not detail = 'x'",
        "detail + 1 = 2",
        "detail",
    ];
    for condition in none {
        assert_eq!(met(condition), [false, false], "{condition}");
    }
    assert_eq!(met("detail is null and n = 2"), [false, true]);
    assert_eq!(met("detail = 'x' or n = 1"), [true, false]);
}

#[test]
fn conditions_of_any_length_are_read_or_refused() {
    let long = vec!["iteration = 1"; 10_000].join(" or ");
    assert!(long.parse::<Condition>().unwrap_err().contains("too many"));
    let sum = format!("iteration = {}", vec!["1"; 10_000].join("+"));
    assert!(sum.parse::<Condition>().is_err());
    let nested = format!("{}iteration = 1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(nested.parse::<Condition>().is_err());
    let many = format!("iteration in ({})", vec!["1"; 10_000].join(","));
    assert_eq!(met(&many), [0, 1]);
}

#[test]
fn rows_are_chosen_sorted_and_counted() {
    let query = Query {
        conditions: vec!["r_mean is not null".parse().unwrap(), "iteration < 3".parse().unwrap()],
        sort: vec!["r_mean".to_owned()],
        reverse: true,
        limit: Some(2),
    };
    let chosen = query.choose(&frame()).unwrap();
    assert_eq!((chosen.rows, chosen.of), (vec![1, 3], 3));
}

/// What the user is told.
fn told(condition: &str) -> String {
    let chosen = condition
        .parse::<Condition>()
        .map_err(anyhow::Error::msg)
        .and_then(|condition| {
            let query = Query {
                conditions: vec![condition],
                ..Query::default()
            };
            query.choose(&frame()).map(drop)
        });
    let error = chosen.unwrap_err();
    match error.downcast_ref::<crate::failure::Mistake>() {
        Some(mistake) => format!("{mistake}\n  {}", mistake.hint.as_deref().unwrap_or_default()),
        None => error.to_string(),
    }
}

#[test]
fn what_makes_no_condition_is_told() {
    let cases = [
        "rmean > 0.5",
        "reason = selected",
        "r_mean = 'high'",
        "r_mean > 0.5 r_mean",
        "r_mean >",
        "r_mean + 1",
        "r_mean",
        "text",
        "r_mean = null",
        "text + 1 = 2",
        "iteration like '1%'",
        "text like reason",
        "text like 'a!' escape '!'",
        "text like 'a' escape 'ab'",
        "\"R_Mean\" > 1",
        "text ~ '('",
        "iteration < 1_000",
        "max(r_mean) > 1",
        "exists (select 1)",
        "",
    ];
    let told: Vec<String> = cases.iter().map(|case| format!("{case}\n  {}", told(case))).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}
