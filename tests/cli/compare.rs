//! Runs pooled over seeds, and compared in pairs.

use crate::support::{FINISHED, Playground, TINY};

#[test]
fn runs_are_pooled_and_compared_problem_by_problem() {
    let place = Playground::after_finished();
    let other = ["run", "-q", "name=other", "seed=2"];
    place.run(&[&other[..1], TINY, &other[1..]].concat()).succeeded();
    let pooled = |runs: &[&str]| {
        let rows = place.json(&[&["compare", "-q"], runs].concat());
        // Three of the six problems are sampled, and have rows of their own.
        let (all, sampled): (Vec<_>, Vec<_>) = rows.as_array().unwrap().iter().cloned().partition(|row| row["n"] == 6);
        assert_eq!(all.len(), sampled.len());
        all
    };
    let rows = pooled(&["tiny", "other"]);
    assert_eq!(
        rows.iter()
            .map(|row| row["iteration"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [0, 1, 2]
    );
    // Both runs start from one policy, whose greedy answers do not depend on the seed.
    assert_eq!((&rows[0]["runs"], &rows[0]["pass_at_1_sd"]), (&2.into(), &0.0.into()));
    let share = |run: &str, iteration: usize| pooled(&[run])[iteration]["pass_at_1"].as_f64();
    let one = place.json(&["compare", "-q", "tiny", "--against", "other"]);
    for (iteration, row) in one.as_array().unwrap().iter().enumerate() {
        let (first, second) = (share("tiny", iteration).unwrap(), share("other", iteration).unwrap());
        let difference = row["difference"].as_f64().unwrap();
        assert!((difference - (first - second)).abs() < 1e-12, "{row}");
        let counted = row["gained"].as_f64().unwrap() - row["lost"].as_f64().unwrap();
        assert!((difference - counted / 6.0).abs() < 1e-12, "{row}");
    }
    let paired = place.json(&["compare", "-q", "tiny", "other", "--against", "other", "tiny"]);
    for row in paired.as_array().unwrap() {
        // Each pair is there in both directions.
        assert_eq!(
            (&row["difference"], &row["gained"], &row["problems"]),
            (&0.0.into(), &row["lost"], &12.into())
        );
        assert_eq!(row["p"], 1.0);
    }
}

#[test]
fn policies_of_a_run_are_compared_with_each_other() {
    let rows = FINISHED.json(&["compare", "-q", "tiny", "--against-iteration", "0"]);
    let shares = FINISHED.json(&["inspect", "eval"]);
    let share = |iteration: u64| {
        let mut rows = shares.as_array().unwrap().iter();
        let row = rows.find(|row| row["iteration"] == iteration && row["n"] == 6).unwrap();
        row["pass_at_1"].as_f64().unwrap()
    };
    for (row, iteration) in rows.as_array().unwrap().iter().zip(0..) {
        assert_eq!(row["iteration"], iteration);
        let difference = row["difference"].as_f64().unwrap();
        assert!((difference - (share(iteration) - share(0))).abs() < 1e-12, "{row}");
    }
    let none = FINISHED.run(&["compare", "tiny", "--against-iteration", "7"]).refusal();
    assert!(none.contains("no iteration 7"), "{none}");
    let twice = FINISHED.run(&["compare", "tiny", "tiny"]).refusal();
    assert!(twice.contains("`tiny` is named twice"), "{twice}");
}

#[test]
fn runs_of_two_settings_are_pooled_with_a_word() {
    let place = Playground::after_finished();
    let other = ["name=other", "seed=2", "train.lr=1e-3", "filter.min_words=1"];
    place.run(&[&["run", "-q"], TINY, &other[..]].concat()).succeeded();
    let told = place.run(&["compare", "tiny", "other"]).succeeded().stderr;
    assert!(
        told.contains(
            "runs `tiny` and `other` are pooled, but differ in more than their seed: filter.min_words, train.lr"
        ),
        "{told}"
    );
    // Two sets are meant to differ.
    let told = place.run(&["compare", "tiny", "--against", "other"]).succeeded().stderr;
    assert!(!told.contains("pooled"), "{told}");
}

#[test]
fn tables_and_refusals_are_shown() {
    insta::assert_snapshot!(FINISHED.run(&["compare", "-q", "tiny"]).succeeded().stdout);
    insta::assert_snapshot!(
        FINISHED
            .run(&["compare", "-q", "tiny", "--against", "tiny"])
            .succeeded()
            .stdout
    );
    insta::assert_snapshot!(
        FINISHED
            .run(&["compare", "tiny", "tiny", "--against", "tiny"])
            .refusal()
    );
}
