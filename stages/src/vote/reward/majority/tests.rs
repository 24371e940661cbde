use super::*;
use crate::sampling::work::Unsaved;
use crate::vote::reward::testing::{AT, Groups, refused};

fn judged(reward: &Majority, groups: &Groups) -> Vec<Verdict> {
    reward.judge(AT, &groups.judged(), (), &Unsaved).unwrap()
}

fn majority(verdict: &Verdict) -> Option<&str> {
    Some(verdict.vote.as_ref()?.majority.as_ref()?.answer.as_str())
}

#[test]
fn the_papers_reward_counts_votes() {
    let groups = Groups::of(&[&["1", "1", "2", ""], &["", ""]]);
    let verdicts = judged(&Majority::default(), &groups);
    assert_eq!(verdicts[0].rewards, Some(vec![1.0, 1.0, 0.0, 0.0]));
    assert_eq!((verdicts[0].r_mean, &verdicts[1].rewards), (0.5, &None));
}

#[test]
fn confident_responses_may_outvote_many() {
    let likelihood = Majority {
        weight: VoteWeight::Likelihood,
        ..Majority::default()
    };
    let groups = Groups::of(&[&["1", "1", "2"]]);
    // Weights e^-2, e^-2 and e^-1: 0.27 against 0.37.
    let unsure = judged(
        &likelihood,
        &Groups::of(&[&["1", "1", "2"]]).scored(&[&[-2.0, -2.0, -1.0]]),
    );
    assert_eq!((majority(&unsure[0]), unsure[0].r_mean), (Some("2"), 1.0 / 3.0));
    assert_eq!(unsure[0].rewards, Some(vec![0.0, 0.0, 1.0]));
    let alike = judged(&likelihood, &groups.scored(&[&[-1.0; 3]]));
    assert_eq!(majority(&alike[0]), Some("1"));
}

#[test]
fn responses_without_probabilities_cannot_be_weighed() {
    let likelihood = Majority {
        weight: VoteWeight::Likelihood,
        ..Majority::default()
    };
    let groups = Groups::of(&[&["1", "1", "2"]]).unreported();
    let error = likelihood.judge(AT, &groups.judged(), (), &Unsaved).unwrap_err();
    assert!(error.is_user_error());
    assert!(
        error
            .to_string()
            .starts_with("`reward.weight`: this takes log-probabilities"),
        "{error}"
    );
}

#[test]
fn an_answer_that_is_given_to_everything_must_do_better_than_that() {
    let corrected = Majority {
        base_rate: 1.0,
        ..Majority::default()
    };
    // 0 has three of four votes on the first, and half of them on each of the others.
    let groups = Groups::of(&[
        &["0", "0", "0", "5"],
        &["0", "0", "7", "7"],
        &["0", "0", "8", "9"],
        &["0", "0", "", ""],
    ]);
    let verdicts = judged(&corrected, &groups);
    // 3/4 - 1/2 = 1/4 is as much as 5 has: the tie goes to the answer given first, as always.
    assert_eq!(majority(&verdicts[0]), Some("0"));
    // 1/2 - (3/4 + 1/2 + 1/2) / 3 is below 0; 7 is nowhere else.
    assert_eq!((majority(&verdicts[1]), verdicts[1].r_mean), (Some("7"), 0.5));
    assert_eq!(verdicts[1].rewards, Some(vec![0.0, 0.0, 1.0, 1.0]));
    assert_eq!(majority(&verdicts[2]), Some("8"));
    // Nothing is above its base rate: there is no verdict, and r_mean is that of the plain vote.
    assert_eq!((&verdicts[3].rewards, verdicts[3].r_mean), (&None, 0.5));
}

#[test]
fn shares_of_votes_are_rewards() {
    let soft = Majority {
        worth: Worth::Share,
        ..Majority::default()
    };
    let verdicts = judged(&soft, &Groups::of(&[&["1", "1", "2", ""]]));
    assert_eq!(verdicts[0].rewards, Some(vec![0.5, 0.5, 0.25, 0.0]));
    assert_eq!(verdicts[0].r_mean, 0.5);
}

#[test]
fn a_lone_instruction_has_no_base_rate() {
    let corrected = Majority {
        base_rate: 1.0,
        ..Majority::default()
    };
    let verdicts = judged(&corrected, &Groups::of(&[&["0", "0", "1"]]));
    assert_eq!(majority(&verdicts[0]), Some("0"));
}

#[test]
fn base_rates_are_within_bounds() {
    let reward = Majority {
        base_rate: -1.0,
        ..Majority::default()
    };
    assert_eq!(
        refused(|c| reward.check(c))[0].to_string(),
        "`reward.base_rate` is -1, but must be within 0..=10"
    );
}
