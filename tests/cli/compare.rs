//! Runs pooled over seeds, and compared in pairs.

use crate::support::{FINISHED, Playground, TINY};

#[test]
fn runs_are_pooled_and_compared_problem_by_problem() {
    let place = Playground::after_finished();
    let other = ["run", "-q", "name=other", "seed=2"];
    place.run(&[&other[..1], TINY, &other[1..]].concat()).succeeded();
    let pooled = place.json(&["compare", "-q", "tiny", "other"]);
    let rows = pooled.as_array().unwrap();
    assert_eq!(
        rows.iter()
            .map(|row| row["iteration"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [0, 1, 2]
    );
    // Both runs start from one policy, whose greedy answers do not depend on the seed.
    assert_eq!((&rows[0]["runs"], &rows[0]["pass_at_1_sd"]), (&2.into(), &0.0.into()));
    let share = |run: &str, iteration: usize| place.json(&["compare", "-q", run])[iteration]["pass_at_1"].as_f64();
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
