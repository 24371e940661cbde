//! Maj@k for every k up to the number of samples, from one sampling.

use serl_answers::vote::Candidate;

/// The probability that the majority of `k` responses, drawn from all without replacement, is right.
///
/// `candidates` are the answers in the order in which ties are decided, `right[i]` says whether the i-th is, and
/// `unparsed` responses have no answer: they are drawn like the others and never win. The result is exact, the mean
/// over all subsets of `k`; with all responses it is 1 or 0. Of equally frequent answers in a subset the one wins that
/// wins among all responses.
///
/// With `t` votes for the answer j, those before j must have fewer and those after j at most `t`. The number of subsets
/// in which that holds is a coefficient of a product of one polynomial per answer. They are scaled to probabilities of
/// drawing each response with the chance `k / n`, so that nothing overflows.
pub fn maj_at_k(candidates: &[Candidate], right: &[bool], unparsed: u32, k: u32) -> f64 {
    let n = unparsed + candidates.iter().map(|candidate| candidate.count).sum::<u32>();
    if k == 0 || k > n {
        return 0.0;
    }
    let chance = f64::from(k) / f64::from(n);
    let binomials = |count: u32, most: u32| binomials(count, count.min(most), chance);
    let mut wins = 0.0;
    for winner in (0..candidates.len()).filter(|&place| right[place]) {
        for votes in 1..=candidates[winner].count.min(k) {
            let mut others = truncated(binomials(unparsed, k - votes), k - votes);
            for (place, candidate) in candidates.iter().enumerate().filter(|(place, _)| *place != winner) {
                let most = if place < winner { votes - 1 } else { votes };
                others = product(&others, &binomials(candidate.count, most), k - votes);
            }
            let drawn = binomials(candidates[winner].count, votes)[votes as usize];
            wins += drawn * others.get((k - votes) as usize).copied().unwrap_or(0.0);
        }
    }
    wins / self::binomials(n, k, chance)[k as usize]
}

/// Probabilities of 0 to `most` successes in `count` tries.
fn binomials(count: u32, most: u32, chance: f64) -> Vec<f64> {
    if chance >= 1.0 {
        return (0..=most)
            .map(|successes| f64::from(u8::from(successes == count)))
            .collect();
    }
    let odds = (chance / (1.0 - chance)).ln();
    let none = f64::from(count) * (1.0 - chance).ln();
    // ln of C(count, s) * odds^s * (1 - chance)^count.
    let mut logarithm = none;
    let mut all = vec![none.exp()];
    for s in 1..=most {
        logarithm += (f64::from(count - s + 1) / f64::from(s)).ln() + odds;
        all.push(logarithm.exp());
    }
    all
}

fn truncated(mut polynomial: Vec<f64>, degree: u32) -> Vec<f64> {
    polynomial.truncate(degree as usize + 1);
    polynomial
}

fn product(a: &[f64], b: &[f64], degree: u32) -> Vec<f64> {
    let length = (a.len() + b.len() - 1).min(degree as usize + 1);
    let mut all = vec![0.0; length];
    for (i, x) in a.iter().enumerate() {
        for (sum, y) in all.iter_mut().skip(i).zip(b) {
            *sum += x * y;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serl_answers::vote::{Ballot, candidates, vote};

    fn ballots(answers: &[Option<u8>]) -> Vec<Option<Ballot>> {
        // Answers of one length each, so that ties in subsets go as they do among all.
        let ballot = |answer: u8| Ballot {
            answer: "x".repeat(usize::from(answer) + 1),
            canonical: answer.to_string(),
        };
        answers.iter().map(|answer| answer.map(ballot)).collect()
    }

    /// By voting on every subset.
    fn by_counting(answers: &[Option<u8>], k: u32) -> f64 {
        let (mut wins, mut subsets) = (0, 0);
        for mask in 0u32..1 << answers.len() {
            if mask.count_ones() != k {
                continue;
            }
            let drawn: Vec<Option<u8>> = (0..answers.len())
                .filter(|place| mask >> place & 1 == 1)
                .map(|place| answers[place])
                .collect();
            subsets += 1;
            let majority = vote(&ballots(&drawn)).majority;
            wins += u32::from(majority.is_some_and(|majority| majority.canonical == "1"));
        }
        f64::from(wins) / f64::from(subsets)
    }

    fn exactly(answers: &[Option<u8>], k: u32) -> f64 {
        let ballots = ballots(answers);
        let candidates = candidates(&ballots);
        let right: Vec<bool> = candidates
            .iter()
            .map(|candidate| {
                ballots[candidate.first]
                    .as_ref()
                    .is_some_and(|ballot| ballot.canonical == "1")
            })
            .collect();
        let unparsed = answers.iter().filter(|answer| answer.is_none()).count() as u32;
        maj_at_k(&candidates, &right, unparsed, k)
    }

    #[test]
    fn one_sample_is_its_own_majority() {
        assert!((exactly(&[Some(1), Some(0), None, Some(1)], 1) - 0.5).abs() < 1e-12);
        assert_eq!(exactly(&[None, None], 1), 0.0);
        assert_eq!(exactly(&[Some(1), Some(1), Some(0)], 3), 1.0);
    }

    #[test]
    fn many_samples_overflow_nothing() {
        let answers: Vec<Option<u8>> = (0..2000).map(|i| Some(u8::from(i % 5 < 3))).collect();
        let share = exactly(&answers, 101);
        assert!((0.97..1.0).contains(&share), "{share}");
    }

    proptest! {
        #[test]
        fn equals_voting_on_every_subset(answers in prop::collection::vec(prop::option::of(0u8..4), 1..10)) {
            for k in 1..=answers.len() as u32 {
                let (exact, counted) = (exactly(&answers, k), by_counting(&answers, k));
                prop_assert!((exact - counted).abs() < 1e-9, "k {}: {} {}", k, exact, counted);
            }
        }
    }
}
