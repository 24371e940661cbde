use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use super::answers::Form;
use super::*;
use crate::sampling::work::Unsaved;
use crate::vote::reward::testing::{AT, Groups, refused};

/// Answers are alike as far as they begin with the same letter.
struct Letters;

impl Likeness for Letters {
    fn of(&self, _at: At, questions: &[Question<'_>], _work: &dyn Work) -> Result<likeness::Alike, StageError> {
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
    let answers = Answers::of(&groups.judged()[0], Compared::Answer, Form::Prose);
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
    let keys: Vec<&str> = refused(|c| reward.check(c))
        .iter()
        .map(|violation| violation.key)
        .collect();
    assert_eq!(
        keys,
        [
            "reward.threshold",
            "reward.template",
            "reward.path",
            "reward.timeout_seconds"
        ]
    );
    assert_eq!(refused(|c| Consensus::default().check(c)), []);
}

#[test]
fn the_key_has_what_is_read() {
    let words = Consensus {
        template: "{first}{second}{instruction}".into(),
        timeout_seconds: 3,
        inputs: 5,
        ..Consensus::default()
    };
    assert_eq!(words.in_key(), Consensus::default());
    for equality in [Equality::Entailment, Equality::Program, Equality::Outputs] {
        let read = Consensus {
            equality,
            ..words.clone()
        };
        let unread = Consensus {
            equality,
            ..Consensus::default()
        };
        assert_ne!(read.in_key(), unread.in_key(), "{equality:?}");
    }
}

#[test]
fn a_text_that_is_not_like_itself_has_no_vote() {
    let groups = Groups::of(&[&["a", "b", "b", "c"]]);
    let answers = Answers::of(&groups.judged()[0], Compared::Answer, Form::Prose);
    // The most frequent one is no answer.
    let alike = [vec![1.0, 0.0, 0.0], vec![0.0, 0.0, 0.0], vec![0.0, 0.0, 1.0]];
    let verdict = answers.verdict(&alike, 0.5);
    let vote = verdict.vote.as_ref().unwrap();
    assert_eq!((vote.parsed, vote.majority.as_ref().unwrap().answer.as_str()), (2, "a"));
    assert_eq!(verdict.rewards, Some(vec![1.0, 0.0, 0.0, 0.0]));
}

#[test]
fn code_is_another_where_its_letters_or_lines_are() {
    let texts = ["X = 1", "x = 1", "if a:\n  b\nc", "if a:\n  b\n  c", " x = 1\n"];
    let answers = Answers::among(texts.into_iter(), Form::Code);
    assert_eq!(answers.given, [Some(0), Some(1), Some(2), Some(3), Some(1)]);
}

/// Answers that people would group so.
#[derive(Deserialize)]
struct Grouped {
    instruction: String,
    responses: Vec<String>,
    cluster: Vec<usize>,
}

/// The members of each cluster.
fn members(cluster: &[usize]) -> BTreeSet<Vec<usize>> {
    let of = |number: usize| (0..cluster.len()).filter(|&place| cluster[place] == number).collect();
    cluster.iter().map(|&number| of(number)).collect()
}

/// Of the groups of a file: the share whose largest clusters are found with all their members and no others, and the
/// mean error of r_mean.
fn found_by_words(file: &str) -> (f64, f64) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../experiments/consensus")
        .join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let groups: Vec<Grouped> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(groups.len(), 200);
    let (mut found, mut error) = (0.0, 0.0);
    for group in &groups {
        let responses: Vec<&str> = group.responses.iter().map(String::as_str).collect();
        let answers = Answers::among(responses.iter().copied(), Form::Prose);
        let question = Question {
            instruction: &group.instruction,
            texts: answers.texts.clone(),
        };
        let alike = Words.of(AT, &[question], &Unsaved).unwrap().remove(0);
        let clusters = answers.clusters(&alike, Consensus::default().threshold());
        let given: Vec<usize> = answers.given.iter().map(|given| clusters[given.unwrap()]).collect();
        let largest = |of: BTreeSet<Vec<usize>>| {
            let most = of.iter().map(Vec::len).max().unwrap();
            of.into_iter()
                .filter(|members| members.len() == most)
                .collect::<BTreeSet<_>>()
        };
        let (ours, theirs) = (largest(members(&given)), largest(members(&group.cluster)));
        found += f64::from(u8::from(ours == theirs));
        let share = |of: &BTreeSet<Vec<usize>>| of.first().unwrap().len() as f64 / given.len() as f64;
        error += (share(&ours) - share(&theirs)).abs();
    }
    (found / 200.0, error / 200.0)
}

/// What experiments/consensus/README.md says of words.
#[test]
fn words_find_what_they_can() {
    for (file, found, error) in [("short.jsonl", 0.59, 0.069), ("sentences.jsonl", 0.38, 0.118)] {
        let measured = found_by_words(file);
        let near = (measured.0 - found).abs() < 0.011 && (measured.1 - error).abs() < 0.005;
        assert!(near, "{file}: {measured:?}");
    }
}
