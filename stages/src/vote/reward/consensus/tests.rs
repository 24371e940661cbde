use super::*;
use crate::sampling::work::Unsaved;
use crate::vote::reward::testing::{AT, Groups};

/// Answers are alike as far as they begin with the same letter.
struct Letters;

impl Likeness for Letters {
    fn of(&self, _at: At, questions: &[Question<'_>], _work: &dyn Work) -> Result<Vec<Vec<Vec<f64>>>, StageError> {
        let alike = |a: &String, b: &String| f64::from(u8::from(a.chars().next() == b.chars().next()));
        let matrix = |question: &Question<'_>| {
            let texts = &question.texts;
            texts
                .iter()
                .map(|a| texts.iter().map(|b| alike(a, b)).collect())
                .collect()
        };
        Ok(questions.iter().map(matrix).collect())
    }
}

fn judged(answers: &[&[&str]]) -> Vec<Verdict> {
    let groups = Groups::of(answers);
    let meaning = Meaning(Box::new(Letters));
    Consensus::default()
        .judge(AT, &groups.judged(), meaning, &Unsaved)
        .unwrap()
}

#[test]
fn the_largest_cluster_wins() {
    let verdicts = judged(&[&["apple", "ant", "bee", "apple tree", ""], &["", ""]]);
    assert_eq!(verdicts[0].rewards, Some(vec![1.0, 1.0, 0.0, 1.0, 0.0]));
    let vote = verdicts[0].vote.as_ref().unwrap();
    assert_eq!(vote.majority.as_ref().unwrap().answer, "ant");
    assert_eq!((vote.distinct, vote.parsed, vote.r_mean), (2, 4, 0.6));
    assert_eq!((&verdicts[1].rewards, verdicts[1].r_mean), (&None, 0.0));
}

#[test]
fn of_equal_clusters_the_one_with_the_shortest_answer_wins() {
    let verdicts = judged(&[&["cat", "cow", "bee", "be"]]);
    let vote = verdicts[0].vote.as_ref().unwrap();
    assert_eq!(
        (vote.tie, vote.majority.as_ref().unwrap().answer.as_str()),
        (true, "be")
    );
}

#[test]
fn texts_that_differ_in_case_and_stops_alone_are_one() {
    let groups = Groups::of(&[&["The Sun.", "the  sun", "Moon"]]);
    let answers = Answers::of(&groups.judged()[0], Compared::Answer);
    assert_eq!(
        (answers.texts.len(), answers.given),
        (2, vec![Some(0), Some(0), Some(1)])
    );
}

#[test]
fn faults_are_named() {
    let reward = Consensus {
        equality: Equality::Program,
        threshold: 2.0,
        template: "{first}".into(),
        timeout_seconds: 0,
        ..Consensus::default()
    };
    let keys: Vec<&str> = reward.violations().iter().map(|violation| violation.key).collect();
    assert_eq!(
        keys,
        [
            "reward.threshold",
            "reward.template",
            "reward.path",
            "reward.timeout_seconds"
        ]
    );
    assert_eq!(Consensus::default().violations(), []);
}
