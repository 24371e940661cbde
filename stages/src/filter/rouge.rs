//! ROUGE-L: similarity of two texts by their longest common subsequence of words.
//!
//! Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004), section 3, with beta = 1; words as in the
//! `rouge-score` package without stemming: lower-case runs of ASCII letters and digits.

use std::collections::HashMap;

/// A text as the sequence of its words, each word a number of the [`Lexicon`] that made it.
pub(crate) type Words = Vec<u32>;

/// Numbers words, so that they compare fast.
#[derive(Default)]
pub(crate) struct Lexicon(HashMap<String, u32>);

impl Lexicon {
    /// The words of `text`.
    pub(crate) fn words(&mut self, text: &str) -> Words {
        split_words(text)
            .map(|word| {
                let next = self.0.len() as u32;
                *self.0.entry(word).or_insert(next)
            })
            .collect()
    }
}

/// The words that ROUGE sees: lower-case runs of ASCII letters and digits.
pub(crate) fn split_words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
}

/// One side of many comparisons, prepared once: for each word the places where it stands, as bits.
pub(crate) struct Pattern {
    places: HashMap<u32, Vec<u64>>,
    len: usize,
}

impl Pattern {
    pub(crate) fn new(words: &Words) -> Self {
        let blocks = words.len().div_ceil(64).max(1);
        let mut places: HashMap<u32, Vec<u64>> = HashMap::new();
        for (i, &word) in words.iter().enumerate() {
            places.entry(word).or_insert_with(|| vec![0; blocks])[i / 64] |= 1 << (i % 64);
        }
        Self {
            places,
            len: words.len(),
        }
    }

    /// ROUGE-L F-measure, `2 * lcs / (m + n)`, in 0..=1; 0 where either text has no word.
    pub(crate) fn rouge_l(&self, other: &Words) -> f32 {
        let lcs = self.lcs(other);
        if lcs == 0 {
            0.0
        } else {
            (2.0 * lcs as f64 / (self.len + other.len()) as f64) as f32
        }
    }

    /// Length of the longest common subsequence, 64 places at a time (Hyyrö 2004, "Bit-parallel LCS-length
    /// computation revisited").
    fn lcs(&self, other: &Words) -> usize {
        let mut rows = vec![u64::MAX; self.len.div_ceil(64).max(1)];
        for word in other {
            let Some(places) = self.places.get(word) else {
                continue;
            };
            let mut carry = false;
            for (row, &here) in rows.iter_mut().zip(places) {
                let matched = *row & here;
                let (sum, over) = row.overflowing_add(matched);
                let (sum, over_again) = sum.overflowing_add(u64::from(carry));
                carry = over || over_again;
                *row = sum | (*row & !here);
            }
        }
        let zeros = |i: usize, row: u64| {
            let used = (self.len - 64 * i).min(64);
            let mask = if used == 64 { u64::MAX } else { (1 << used) - 1 };
            (!row & mask).count_ones() as usize
        };
        if self.len == 0 {
            0
        } else {
            rows.iter().enumerate().map(|(i, &row)| zeros(i, row)).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rouge(a: &str, b: &str) -> f32 {
        let mut lexicon = Lexicon::default();
        let (a, b) = (lexicon.words(a), lexicon.words(b));
        Pattern::new(&a).rouge_l(&b)
    }

    /// Values of `rouge_score.rouge_scorer.RougeScorer(["rougeL"]).score(a, b)["rougeL"].fmeasure`, version 0.1.2.
    #[test]
    fn equals_the_rouge_score_package() {
        let near = |a: &str, b: &str, want: f32| {
            let got = rouge(a, b);
            assert!((got - want).abs() < 1e-6, "{a:?} {b:?}: {got} != {want}");
        };
        near("the cat sat on the mat", "the cat lay on the mat", 0.833_333_3);
        near("Find x if 2x+3 = 7.", "Find y if 2y+3 = 7.", 0.666_666_7);
        near("What is 12% of 50?", "what IS 12 of 50", 1.0);
        near("a b c d", "d c b a", 0.25);
        near("", "a", 0.0);
    }

    fn lcs_by_table(a: &[u32], b: &[u32]) -> usize {
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                table[i + 1][j + 1] = if x == y {
                    table[i][j] + 1
                } else {
                    table[i][j + 1].max(table[i + 1][j])
                };
            }
        }
        table[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn bits_count_as_the_table_does(
            a in prop::collection::vec(0u32..6, 0..200),
            b in prop::collection::vec(0u32..6, 0..200),
        ) {
            prop_assert_eq!(Pattern::new(&a).lcs(&b), lcs_by_table(&a, &b));
            prop_assert_eq!(Pattern::new(&a).rouge_l(&b), Pattern::new(&b).rouge_l(&a));
        }
    }
}
