use super::testing::refused;
use super::*;

#[test]
fn faults_of_a_mixture_are_told_with_their_kind() {
    let part = |weight, reward| Part { weight, reward };
    let judge = Judge {
        n: 0,
        ..Judge::default()
    };
    let mixed = Mixed {
        parts: vec![
            part(0.0, RewardConfig::default()),
            part(1.0, RewardConfig::default()),
            part(1.0, RewardConfig::Judge(judge)),
        ],
    };
    let told: Vec<String> = refused(|c| mixed.check(c)).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`reward.parts` is a list in which `majority` has the weight 0.0, but must be such that every weight is \
             above 0",
            "`reward.parts` is a list with `majority` more than once, but must be such that every kind is there once",
            "`reward.parts` is a list in which n of `judge` is 0, but must be at least 1",
        ]
    );
    let empty = RewardConfig::Mixed(Mixed::default());
    assert_eq!(refused(|c| empty.check(c)).len(), 1);
}
