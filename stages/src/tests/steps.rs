//! How many steps a round has, and on what.

use super::*;
use crate::config::{Normalise, Schedule};

/// The steps of a run of [`config`] that `change` has changed.
fn steps(change: impl FnOnce(&mut Config)) -> Vec<TrainLog> {
    let place = Place::new();
    let mut config = config();
    change(&mut config);
    let report = place.run(&config, &SCRIPT, BTreeMap::new());
    place.rows(&report, "1/train.0", "train_log.parquet")
}

fn responses(log: &[TrainLog]) -> Vec<u32> {
    log.iter().map(|step| step.responses).collect()
}

#[test]
fn a_round_has_as_many_steps_as_are_asked_for() {
    // Two groups of four responses, four to a step.
    assert_eq!(responses(&steps(|_| {})), [4, 4]);
    assert_eq!(responses(&steps(|config| config.train.max_steps = 1)), [4]);
    assert_eq!(responses(&steps(|config| config.train.max_steps = 9)), [4, 4]);
    assert_eq!(responses(&steps(|config| config.train.steps = 5)), [4; 5]);
    assert_eq!(responses(&steps(|config| config.train.steps = 1)), [4]);
}

#[test]
fn responses_beyond_the_first_only_vote() {
    let log = steps(|config| config.vote.train_n = 2);
    assert_eq!(responses(&log), [4]);
    // Of each group, one of the first two agrees with the majority of all four.
    assert_eq!(log[0].reward_mean, 0.5);
}

#[test]
fn advantages_are_normalised_over_what_is_chosen_and_only_the_selected_are_trained_on() {
    // Half of the responses to one instruction are right, none of those to the other, which is too hard.
    let answers = HashMap::from([
        ("Tom has 2 apples and gets 3 more.", "5"),
        ("Ann has 9 pens and loses 4.", "7"),
    ]);
    let mean_and_count = |normalise| {
        let place = Place::new();
        let mut config = config();
        (config.train.normalise, config.train.bounds) = (normalise, [0.2, 0.8]);
        config.reward = serde_json::from_value(json!({"kind": "rule", "path": "gold.jsonl"})).unwrap();
        let report = place.run(&config, &SCRIPT, golds(&place, &answers));
        let log: Vec<TrainLog> = place.rows(&report, "1/train.0", "train_log.parquet");
        let figures: Vec<TrainFigure> = place.rows(&report, "1/train.0", "train_figures.parquet");
        let mean = figures.iter().find(|figure| figure.name == "advantage_mean").unwrap();
        (mean.value, responses(&log))
    };
    let (mean, count) = mean_and_count(Normalise::Selected);
    assert!(mean.abs() < 1e-6, "{mean}");
    assert_eq!(count, [4]);
    // Among all responses, those that are trained on were worth more than the mean.
    let (mean, count) = mean_and_count(Normalise::All);
    assert!(mean > 0.1, "{mean}");
    assert_eq!(count, [4]);
}

#[test]
fn the_learning_rate_follows_the_schedule_over_the_steps_of_the_run() {
    let log = steps(|config| {
        config.train.steps = 4;
        (config.train.schedule, config.train.schedule_steps) = (Schedule::Linear, 4);
        (config.train.lr, config.train.lr_floor) = (1e-3, 0.2);
    });
    let rates: Vec<f64> = log.iter().map(|step| (step.lr * 1e9).round() / 1e9).collect();
    assert_eq!(rates, [8e-4, 6e-4, 4e-4, 2e-4]);
}
