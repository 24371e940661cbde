//! How far the generated instructions have drifted from the seeds.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serl_artifacts::tables::{Drift, Filtered, Instruction};
use serl_pipeline::CancelFlag;

use super::rouge::{Lexicon, split_words};
use super::similar::nearest_of;

/// Statistics of one iteration's candidates (`judged`) and of those it kept.
///
/// Similarity, lengths, distinct n-grams, vocabulary and divergence are of the kept instructions; the duplicate rate is
/// of all candidates. A statistic without a value (nothing kept) is left out. Once `cancel` is raised, the result means
/// nothing.
pub fn drift(iteration: u32, seeds: &[Instruction], judged: &[Filtered], cancel: &CancelFlag) -> Vec<Drift> {
    let kept: Vec<&str> = judged.iter().filter(|f| f.kept).map(|f| f.text.as_str()).collect();
    let seeds: Vec<&str> = seeds.iter().map(|s| s.text.as_str()).collect();
    let mut values = vec![("candidates", judged.len() as f64), ("kept", kept.len() as f64)];
    if !judged.is_empty() {
        let texts: HashSet<&str> = judged.iter().map(|f| f.text.as_str()).collect();
        values.push(("duplicate_rate", 1.0 - texts.len() as f64 / judged.len() as f64));
    }
    if !kept.is_empty() && !seeds.is_empty() {
        values.extend(similarity(&seeds, &kept, cancel));
        values.extend(lengths(&seeds, &kept));
        values.extend(vocabulary(&seeds, &kept));
    }
    let row = |(statistic, value): (&str, f64)| Drift {
        iteration,
        statistic: statistic.into(),
        value,
    };
    values.into_iter().map(row).collect()
}

/// ROUGE-L F-measure of each kept instruction with its nearest seed.
fn similarity(seeds: &[&str], kept: &[&str], cancel: &CancelFlag) -> [(&'static str, f64); 2] {
    let nearest = nearest_of(seeds, kept, cancel);
    let all: Vec<f64> = nearest.into_iter().map(f64::from).collect();
    [
        ("seed_rouge_l_mean", mean(&all)),
        ("seed_rouge_l_max", all.iter().copied().fold(0.0, f64::max)),
    ]
}

fn lengths(seeds: &[&str], kept: &[&str]) -> [(&'static str, f64); 2] {
    let words = |texts: &[&str]| mean(&texts.iter().map(|t| split_words(t).count() as f64).collect::<Vec<_>>());
    [("words_mean", words(kept)), ("seed_words_mean", words(seeds))]
}

/// Distinct-n (Li et al., arXiv 1510.03055), new vocabulary, and the Jensen-Shannon divergence of word frequencies
/// (base 2: 0 is the same distribution, 1 disjoint vocabularies).
fn vocabulary(seeds: &[&str], kept: &[&str]) -> [(&'static str, f64); 4] {
    let (from, to) = (frequencies(seeds), frequencies(kept));
    let new = to.keys().filter(|word| !from.contains_key(*word)).count();
    [
        ("distinct_1", distinct(kept, 1)),
        ("distinct_2", distinct(kept, 2)),
        ("new_words_share", new as f64 / to.len().max(1) as f64),
        ("jensen_shannon", jensen_shannon(&from, &to)),
    ]
}

fn frequencies(texts: &[&str]) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for word in texts.iter().flat_map(|t| split_words(t)) {
        *counts.entry(word).or_insert(0.0) += 1.0;
    }
    let total: f64 = counts.values().sum();
    counts.values_mut().for_each(|n| *n /= total);
    counts
}

fn jensen_shannon(p: &BTreeMap<String, f64>, q: &BTreeMap<String, f64>) -> f64 {
    let words: BTreeSet<&String> = p.keys().chain(q.keys()).collect();
    let term = |x: f64, middle: f64| {
        if x > 0.0 { x * (x / middle).log2() } else { 0.0 }
    };
    let of = |map: &BTreeMap<String, f64>, word: &String| map.get(word).copied().unwrap_or(0.0);
    let divergence = |word: &&String| {
        let (x, y) = (of(p, word), of(q, word));
        let middle = f64::midpoint(x, y);
        f64::midpoint(term(x, middle), term(y, middle))
    };
    words.iter().map(divergence).sum()
}

fn distinct(texts: &[&str], n: usize) -> f64 {
    let mut lexicon = Lexicon::default();
    let texts: Vec<Vec<u32>> = texts.iter().map(|text| lexicon.words(text)).collect();
    let grams = || texts.iter().flat_map(|words| words.windows(n));
    match grams().count() {
        0 => 0.0,
        total => grams().collect::<HashSet<_>>().len() as f64 / total as f64,
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divergence_of_equal_and_disjoint_texts() {
        let (a, b) = (frequencies(&["x y"]), frequencies(&["u v"]));
        assert_eq!((jensen_shannon(&a, &a), jensen_shannon(&a, &b)), (0.0, 1.0));
        // scipy.spatial.distance.jensenshannon([.5, .5, 0], [.5, .25, .25], base=2) ** 2
        let (a, b) = (frequencies(&["x y x y"]), frequencies(&["x x y z"]));
        assert!(
            (jensen_shannon(&a, &b) - 0.155_639_1).abs() < 1e-6,
            "{}",
            jensen_shannon(&a, &b)
        );
    }

    #[test]
    fn distinct_counts_n_grams_within_texts() {
        assert_eq!(distinct(&["a b a b"], 2), 2.0 / 3.0);
        assert_eq!(distinct(&["a", "b"], 2), 0.0);
    }
}
