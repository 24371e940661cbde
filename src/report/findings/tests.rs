//! A sound run, and what is found of it once one thing is wrong.

use std::collections::BTreeMap;

use serl_artifacts::tables::TrainLog;

use super::evidence::{Evidence, Played};
use super::{Finding, Verdict, judged};
use crate::report::compare::Greedy;
use crate::report::drift::DriftRow;
use crate::report::funnel::FunnelRow;
use crate::report::iterations::IterationRow;
use crate::report::steps::StepRow;
use crate::report::warnings::WarningRow;

/// Of 100 problems, the first `right` are answered right.
fn greedy(right: usize) -> Greedy {
    let id = |problem: usize| ("b".to_owned(), problem.to_string());
    (0..100).map(|problem| (id(problem), problem < right)).collect()
}

fn row(iteration: u32, right: usize) -> IterationRow {
    let share = right as f64 / 100.0;
    IterationRow {
        iteration,
        selected_share: (iteration > 0).then_some(0.6),
        problems: Some(100),
        pass_at_1: Some(share),
        sampled_problems: Some(100),
        sampled_pass_at_1: Some(share),
        k: Some(16),
        pass_at_k: Some(0.9),
        maj_at_k: Some(share),
        ..IterationRow::default()
    }
}

fn warning(iteration: u32) -> WarningRow {
    WarningRow {
        iteration,
        top_majority: Some("0".to_owned()),
        top_majority_share: Some(0.05),
        truncated_share: Some(0.01),
        zero_advantage_groups: Some(0.1),
        flip_rate: (iteration > 1).then_some(0.1),
        repeated_problems: Some(0),
        near_problems: Some(1),
        ..WarningRow::default()
    }
}

fn counts(of: &[(&str, usize)]) -> BTreeMap<String, usize> {
    of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn played(iteration: u32) -> Played {
    Played {
        funnel: FunnelRow {
            iteration,
            agreement: Some(0.4 + 0.05 * f64::from(iteration)),
            decided: counts(&[("kept", 80), ("too_similar", 10), ("surplus", 10)]),
            difficulty: counts(&[("selected", 48), ("too_easy", 20), ("too_hard", 12)]),
            ..FunnelRow::default()
        },
        unparsed: Some(0.02),
        cut: Some(0.01),
    }
}

fn drift(iteration: u32, distinct_2: f64) -> DriftRow {
    let statistics = [
        ("seed_rouge_l_mean", 0.5),
        ("distinct_2", distinct_2),
        ("jensen_shannon", 0.05),
    ];
    let statistics = statistics.map(|(name, value)| (name.to_owned(), value.into()));
    DriftRow {
        iteration,
        statistics: statistics.into_iter().collect(),
    }
}

fn step(iteration: u32) -> StepRow {
    let log = TrainLog {
        iteration,
        round: 0,
        step: 0,
        responses: 16,
        tokens: 100,
        loss: 0.1,
        kl: Some(0.05),
        reward_mean: 0.5,
        entropy: Some(0.2),
        grad_norm: 1.0,
        lr: 1e-5,
        mismatch_kl: Some(1e-12),
    };
    StepRow {
        log,
        figures: [("clip_fraction".to_owned(), 0.01)].into(),
    }
}

/// A run of two iterations in which nothing is amiss.
fn sound() -> Evidence {
    Evidence {
        rows: vec![row(0, 40), row(1, 60), row(2, 80)],
        warnings: vec![warning(1), warning(2)],
        greedy: [(0, greedy(40)), (1, greedy(60)), (2, greedy(80))].into(),
        played: vec![played(1), played(2)],
        drift: vec![drift(1, 0.3), drift(2, 0.3)],
        steps: vec![step(1), step(2)],
        first_top_share: Some(0.05),
    }
}

/// Policies that answered this many problems right.
fn measured(right: &[usize]) -> Evidence {
    let numbered = || (0..).zip(right.iter().copied());
    Evidence {
        rows: numbered().map(|(at, right)| row(at, right)).collect(),
        greedy: numbered().map(|(at, right)| (at, greedy(right))).collect(),
        ..sound()
    }
}

/// The findings that are not well, as `id verdict`.
fn amiss(evidence: &Evidence) -> Vec<String> {
    let found = judged(evidence);
    let amiss = found.iter().filter(|finding| finding.verdict > Verdict::Ok);
    amiss
        .map(|finding| format!("{} {}", finding.id, finding.verdict.word()))
        .collect()
}

fn finding(evidence: &Evidence, id: &str) -> Finding {
    judged(evidence).into_iter().find(|finding| finding.id == id).unwrap()
}

#[test]
fn a_sound_run_is_sound() {
    assert_eq!(amiss(&sound()), [""; 0]);
    let text = finding(&sound(), "learned").text;
    assert!(
        text.contains("rose from 40.0% to 80.0% on 100 held-out problems"),
        "{text}"
    );
    assert!(text.contains("40 became right, 0 became wrong"), "{text}");
    assert!(finding(&sound(), "next").text.contains("`iterations=3`"));
}

#[test]
fn each_fault_has_its_finding() {
    type Fault = fn(&mut Evidence);
    let faults: [(Fault, &str); 16] = [
        (
            |e| {
                e.steps[1].figures.insert("clip_fraction".to_owned(), 0.4);
            },
            "clipped warn",
        ),
        (|e| e.warnings[1].top_majority_share = Some(0.3), "answer-collapse warn"),
        (|e| e.warnings[1].top_majority_share = Some(0.6), "answer-collapse fail"),
        (
            |e| e.warnings[1].truncated_share = Some(0.1),
            "truncated-responses warn",
        ),
        (
            |e| e.warnings[1].truncated_share = Some(0.5),
            "truncated-responses fail",
        ),
        (
            |e| e.warnings[1].zero_advantage_groups = Some(0.5),
            "zero-advantage warn",
        ),
        (|e| e.warnings[1].repeated_problems = Some(1), "contamination warn"),
        (|e| e.rows[2].selected_share = Some(0.3), "selected-share warn"),
        (|e| e.rows[2].selected_share = Some(0.01), "selected-share fail"),
        (|e| e.played[1].unparsed = Some(0.2), "unparsed-responses warn"),
        (|e| e.played[1].cut = Some(0.2), "truncated-completions warn"),
        (
            |e| e.played[1].funnel.decided = counts(&[("kept", 10), ("surplus", 90)]),
            "surplus-candidates warn",
        ),
        (|e| e.drift[1] = drift(2, 0.1), "drift warn"),
        (|e| e.steps[1].log.entropy = Some(0.01), "entropy warn"),
        (|e| e.steps[1].log.kl = Some(0.5), "kl warn"),
        (|e| e.steps[1].log.mismatch_kl = Some(0.05), "mismatch warn"),
    ];
    for (fault, expected) in faults {
        let mut evidence = sound();
        fault(&mut evidence);
        assert_eq!(amiss(&evidence), [expected]);
    }
}

/// The share of the most common answer is high from the beginning where there are few answers, as in yes and no.
#[test]
fn few_answers_are_no_collapse() {
    let mut evidence = sound();
    evidence.first_top_share = Some(0.45);
    evidence.warnings[1].top_majority_share = Some(0.6);
    assert_eq!(amiss(&evidence), [""; 0]);
}

#[test]
fn accuracy_that_falls_while_agreement_rises_fails() {
    assert_eq!(
        amiss(&measured(&[60, 50, 30])),
        ["learned fail", "reward-accuracy fail"]
    );
    let told = finding(&measured(&[60, 50, 30]), "next").text;
    assert!(told.contains("`learned`"), "{told}");
    // It rose at first, and fell in the last iteration.
    assert_eq!(
        amiss(&measured(&[40, 80, 60])),
        ["best-iteration warn", "reward-accuracy fail"]
    );
}

#[test]
fn what_may_be_chance_is_no_gain() {
    let mut evidence = measured(&[40, 41, 42]);
    assert_eq!(amiss(&evidence), ["learned warn"]);
    evidence.played[1].funnel.agreement = Some(0.8);
    assert_eq!(amiss(&evidence), ["learned warn", "reward-accuracy warn"]);
}

#[test]
fn majorities_that_do_not_settle_are_seen() {
    let mut evidence = sound();
    evidence.warnings[0].flip_rate = Some(0.35);
    evidence.warnings[1].flip_rate = Some(0.4);
    assert_eq!(amiss(&evidence), ["flips warn"]);
    evidence.warnings[0].flip_rate = Some(0.5);
    assert_eq!(amiss(&evidence), [""; 0]);
}

#[test]
fn a_narrower_policy_is_seen() {
    let mut evidence = sound();
    evidence.rows[2].pass_at_k = Some(0.7);
    assert_eq!(amiss(&evidence), ["coverage warn"]);
}

#[test]
fn a_run_without_results_says_so() {
    let mut evidence = measured(&[]);
    assert_eq!(amiss(&evidence), ["learned warn"]);
    assert!(finding(&evidence, "next").text.contains("held-out"));
    (evidence.played, evidence.warnings, evidence.steps) = (Vec::new(), Vec::new(), Vec::new());
    evidence.drift = Vec::new();
    evidence.first_top_share = None;
    let ids: Vec<&str> = judged(&evidence).iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["learned", "next"]);
    assert_eq!(amiss(&measured(&[40])), ["learned warn"]);
}
