//! Does a server compute with the weights that it was told to load? Its word is not enough: servers have answered that
//! all is well and gone on with other weights, or with damaged ones.
//!
//! A few fixed prompts are answered by the server with fixed seeds. Their tokens are scored by the policy in this
//! process, and both sides' log-probabilities must agree. Where the policy has changed by less than a server rounds,
//! agreement shows little: there, the *changes* since the last policy are compared.

mod ask;

use serl_lm::{LmError, Tokenizer};

pub(crate) use ask::{Test, answers};

use crate::dialect::Reply;

/// What the policy is asked. Prose, code, numbers and a question: rows of different weights take part.
const TEXTS: [&str; 8] = [
    "The river rises in the mountains and",
    "Once upon a time there was a",
    "def largest(numbers):\n",
    "1, 2, 4, 8, 16,",
    "Question: How many legs have three cats and a bird?\nAnswer:",
    "Dear Sir or Madam,\n",
    "12 + 7 * 3 =",
    "The three most important things are",
];

/// Tokens of each answer at most.
const LENGTH: usize = 24;

/// How many times as far off as with the first policy a server may be: rounding hardly changes with the weights.
const UNUSUAL: f64 = 5.0;

/// Mean difference, in nats, that is no sign of anything.
const NEGLIGIBLE: f64 = 1e-4;

/// Tokens that a comparison of changes needs.
const FEWEST: usize = 16;

/// Share of the tokens that a server must draw again, at least: a draw may tip over by rounding, all of them do not.
const SAME: f64 = 0.25;

/// Token ids of the prompts.
///
/// # Errors
/// A tokenizer that cannot encode.
pub(crate) fn prompts(tokenizer: &Tokenizer) -> Result<Vec<Vec<u32>>, LmError> {
    let prompts = TEXTS.iter().map(|text| tokenizer.raw(text));
    prompts.collect()
}

/// Answers of a server, with what the policy says about their tokens.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// By prompt.
    pub replies: Vec<Reply>,
    /// Log-probabilities of their tokens under the policy in this process.
    pub expected: Vec<Vec<f32>>,
}

impl Sample {
    /// By how many nats the server's log-probabilities differ from the policy's, in the mean over tokens and at most.
    pub fn differences(&self) -> (f64, f64) {
        let pairs = self.replies.iter().zip(&self.expected);
        let differences = pairs.flat_map(|(reply, expected)| {
            let both = reply.logprobs.iter().zip(expected);
            both.map(|(given, expected)| (given - f64::from(*expected)).abs())
        });
        let differences: Vec<f64> = differences.collect();
        (mean(&differences), differences.iter().copied().fold(0.0, f64::max))
    }

    /// What speaks against the server having the policy's weights; `tolerance` is in nats, in the mean over tokens.
    pub fn against(&self, tolerance: f64) -> Option<String> {
        // A mean that is no number is not within the tolerance.
        let agrees = self.differences().0 <= tolerance;
        (!agrees).then(|| {
            format!(
                "{}, and `sampler.tolerance` is {tolerance}: it has other weights, or computes much more coarsely",
                self.differ()
            )
        })
    }

    /// What speaks for the server having a part of the policy's weights only; `usual` is the mean difference with the
    /// first policy, which was by rounding alone.
    pub fn is_partial(&self, usual: f64) -> Option<String> {
        (self.differences().0 > (usual * UNUSUAL).max(NEGLIGIBLE)).then(|| {
            let differ = self.differ();
            format!(
                "{differ}; with the first policy it was {usual:.1e} in the mean: it has loaded a part of the weights"
            )
        })
    }

    fn differ(&self) -> String {
        let (mean, most) = self.differences();
        format!("its log-probabilities differ by {mean:.1e} nats in the mean and {most:.1e} at most")
    }

    /// What speaks for the server still having the weights of `before`, although it was told to load those of this
    /// sample. `now` is what this sample's policy says about the tokens of `before`.
    pub fn is_stale(&self, before: &Self, now: &[Vec<f32>]) -> Option<String> {
        let mut changes = Vec::new();
        for (i, (old, new)) in before.replies.iter().zip(&self.replies).enumerate() {
            let same = old.tokens.iter().zip(&new.tokens).take_while(|(a, b)| a == b).count();
            let of_server = new.logprobs.iter().zip(&old.logprobs).map(|(new, old)| new - old);
            let of_policy = now[i].iter().zip(&before.expected[i]);
            let of_policy = of_policy.map(|(new, old)| f64::from(*new) - f64::from(*old));
            changes.extend(of_policy.zip(of_server).take(same));
        }
        let (slope, error) = slope(&changes)?;
        // One policy's change arrives with a slope of 1, no change with a slope of 0.
        (slope + 2.0 * error < 0.5).then(|| {
            format!(
                "its log-probabilities have changed by {:.0} % of what they should have since the last policy: it \
                 has kept the former weights",
                100.0 * slope.max(0.0)
            )
        })
    }

    /// What speaks against `again` coming from the same weights: the same prompts, asked later with the same seeds.
    pub fn has_changed(&self, again: &[Reply], tolerance: f64) -> Option<String> {
        let (mut differences, mut tokens) = (Vec::new(), 0);
        for (first, second) in self.replies.iter().zip(again) {
            tokens += first.tokens.len();
            let both = first.tokens.iter().zip(&second.tokens);
            let same = both.take_while(|(a, b)| a == b).count();
            let logprobs = first.logprobs.iter().zip(&second.logprobs);
            differences.extend(logprobs.take(same).map(|(a, b)| (a - b).abs()));
        }
        let enough = differences.len() as f64 >= SAME * tokens as f64;
        let agrees = enough && mean(&differences) <= tolerance;
        (!agrees).then(|| {
            "it answers the test prompts in another way than before: it was started again, or has other weights"
                .to_owned()
        })
    }
}

/// The slope of a line through the origin for `(x, y)`, and its standard error; none where nothing can be said.
fn slope(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let xx: f64 = points.iter().map(|(x, _)| x * x).sum();
    let xy: f64 = points.iter().map(|(x, y)| x * y).sum();
    // Below, changes are those of rounding.
    let changed = xx / points.len() as f64 > 1e-10;
    if points.len() < FEWEST || !changed {
        return None;
    }
    let slope = xy / xx;
    let rest: f64 = points.iter().map(|(x, y)| (y - slope * x).powi(2)).sum();
    let error = (rest / (points.len() - 1) as f64 / xx).sqrt();
    Some((slope, error))
}

/// The mean; NaN of nothing.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers whose log-probabilities are `of(prompt, place)` with some noise of the server.
    fn sample(of: impl Fn(usize, usize) -> f64, noise: f64) -> Sample {
        let place = |i: usize, j: usize| of(i, j) + noise * ((i * 31 + j * 17) % 7) as f64 / 7.0;
        let reply = |i| Reply {
            tokens: (0..LENGTH as u32).collect(),
            logprobs: (0..LENGTH).map(|j| place(i, j)).collect(),
            reason: String::new(),
        };
        let expected = |i| (0..LENGTH).map(|j| of(i, j) as f32).collect();
        Sample {
            replies: (0..8).map(reply).collect(),
            expected: (0..8).map(expected).collect(),
        }
    }

    fn old(i: usize, j: usize) -> f64 {
        -1.0 - 0.1 * ((i * 5 + j * 3) % 11) as f64
    }

    /// A policy that differs from [`old`] by less than the noise of a server.
    fn new(i: usize, j: usize) -> f64 {
        old(i, j) + 0.002 * (((i * 7 + j * 2) % 9) as f64 - 4.0)
    }

    #[test]
    fn a_server_with_other_weights_is_found() {
        assert_eq!(sample(old, 0.01).against(0.02), None);
        let mut wrong = sample(old, 0.01);
        wrong
            .expected
            .iter_mut()
            .flatten()
            .for_each(|expected| *expected -= 0.9);
        assert!(
            wrong.against(0.02).unwrap().contains("differ by 9.0"),
            "{:?}",
            wrong.against(0.02)
        );
        wrong.replies[0].logprobs[0] = f64::NAN;
        assert!(wrong.against(0.02).is_some());
    }

    #[test]
    fn a_server_that_kept_its_weights_is_found_though_they_hardly_differ() {
        let before = sample(old, 0.01);
        let now: Vec<Vec<f32>> = (0..8)
            .map(|i| (0..LENGTH).map(|j| new(i, j) as f32).collect())
            .collect();
        let loaded = sample(new, 0.01);
        assert_eq!((loaded.against(0.02), loaded.is_stale(&before, &now)), (None, None));

        let mut stale = before.clone();
        stale.expected = now.clone();
        assert_eq!(stale.against(0.02), None, "it is within the tolerance");
        assert!(
            stale
                .is_stale(&before, &now)
                .unwrap()
                .contains("0 % of what they should")
        );
    }

    #[test]
    fn a_server_that_loaded_a_part_of_the_weights_is_found_by_what_is_usual_for_it() {
        let exact = sample(old, 1e-6);
        let (usual, _) = exact.differences();
        assert_eq!(exact.is_partial(usual), None);
        let mut partly = exact.clone();
        partly.expected[0].iter_mut().for_each(|expected| *expected -= 0.01);
        assert_eq!(partly.against(0.02), None, "it is within the tolerance");
        assert!(partly.is_partial(usual).unwrap().contains("a part of the weights"));
        // What a coarse engine rounds by is no sign.
        assert_eq!(partly.is_partial(0.001), None);
    }

    #[test]
    fn nothing_is_said_where_the_policy_has_not_changed() {
        let before = sample(old, 0.01);
        assert_eq!(before.is_stale(&before, &before.expected), None);
    }

    #[test]
    fn a_server_that_was_started_again_with_other_weights_is_found() {
        let first = sample(old, 0.0);
        assert_eq!(first.has_changed(&first.replies, 0.02), None);
        // Rounding may tip a draw over in some answers.
        let mut tipped = first.replies.clone();
        tipped[0].tokens[3] = 999;
        assert_eq!(first.has_changed(&tipped, 0.02), None);
        let other = sample(|i, j| old(i, j) - 0.5, 0.0);
        assert!(first.has_changed(&other.replies, 0.02).is_some());
        let mut elsewhere = first.replies.clone();
        elsewhere.iter_mut().for_each(|reply| reply.tokens[0] = 999);
        assert!(first.has_changed(&elsewhere, 0.02).is_some());
    }
}
