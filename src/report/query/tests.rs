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
    let cases: [(&str, &[u32]); 25] = [
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
        ("text ~ '^(Tom|Bo) has \\d'", &[0, 2]),
        ("text !~* 'PENS'", &[1, 3]),
        ("iteration - r_mean > 0.5", &[0, 3]),
        ("2 * r_mean = 1", &[3]),
        ("(iteration = 1 or iteration = 2) and -r_mean < -0.6", &[1]),
    ];
    for (condition, rows) in cases {
        assert_eq!(met(condition), rows, "{condition}");
    }
    assert_eq!(met("1 < 2"), [0, 1, 2, 3]);
    assert!(met("'a' = 'b'").is_empty());
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
        "text ~ '('",
        "max(r_mean) > 1",
        "exists (select 1)",
        "",
    ];
    let told: Vec<String> = cases.iter().map(|case| format!("{case}\n  {}", told(case))).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}
