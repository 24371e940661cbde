//! ROUGE-L: similarity of two texts by their longest common subsequence of words.
//!
//! Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004), section 3, with beta = 1; words as in the
//! `rouge-score` package without stemming: lower-case runs of ASCII letters and digits. The package also takes the
//! Kelvin sign for a `k` and a dotted capital I for an `i`; here they separate words like any other character.

use std::collections::HashMap;

/// Numbers words, so that they compare fast.
#[derive(Default)]
pub(crate) struct Lexicon(HashMap<String, u32>);

impl Lexicon {
    /// The words of `text`, each as its number.
    pub(crate) fn words(&mut self, text: &str) -> Vec<u32> {
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

/// ROUGE-L F-measure, in 0..=1, of two texts of `words` words together whose longest common subsequence has `common`;
/// 0 if there is none.
pub(crate) fn rouge_l(common: usize, words: usize) -> f32 {
    if common == 0 {
        0.0
    } else {
        (2.0 * common as f64 / words as f64) as f32
    }
}

/// One side of many comparisons: for each of its words, the places where it stands, as bits. Its tables are reused from
/// one text to the next.
#[derive(Default)]
pub(crate) struct Pattern {
    /// By word: 1 + its number among the words of the pattern; 0 for any other word.
    slots: Vec<u32>,
    /// The different words of the pattern.
    distinct: Vec<u32>,
    /// By slot: the places, 64 to a block. Slot 0 has none.
    places: Vec<u64>,
    blocks: usize,
    len: usize,
    rows: Vec<u64>,
}

impl Pattern {
    /// Makes `words` the pattern.
    pub(crate) fn set(&mut self, words: &[u32]) {
        for word in self.distinct.drain(..) {
            self.slots[word as usize] = 0;
        }
        self.len = words.len();
        self.blocks = words.len().div_ceil(64).max(1);
        self.places.clear();
        self.places.resize(self.blocks, 0);
        let needed = words.iter().max().map_or(0, |&word| word as usize + 1);
        self.slots.resize(self.slots.len().max(needed), 0);
        for (i, &word) in words.iter().enumerate() {
            let slot = &mut self.slots[word as usize];
            if *slot == 0 {
                self.distinct.push(word);
                *slot = self.distinct.len() as u32;
                self.places.resize(self.places.len() + self.blocks, 0);
            }
            self.places[*slot as usize * self.blocks + i / 64] |= 1 << (i % 64);
        }
    }

    /// Length of the longest common subsequence with `other`, 64 places at a time (Hyyrö 2004, "Bit-parallel LCS-length
    /// computation revisited").
    pub(crate) fn lcs(&mut self, other: &[u32]) -> usize {
        if self.blocks == 1 {
            self.lcs_of_a_block(other)
        } else {
            self.lcs_of_blocks(other)
        }
    }

    fn slot(&self, word: u32) -> usize {
        self.slots.get(word as usize).map_or(0, |&slot| slot as usize)
    }

    /// Most texts: without a carry, and without a branch on whether a word occurs in the pattern.
    fn lcs_of_a_block(&self, other: &[u32]) -> usize {
        let mut row = u64::MAX;
        for &word in other {
            let here = self.places[self.slot(word)];
            row = row.wrapping_add(row & here) | (row & !here);
        }
        zeros(row, self.len)
    }

    fn lcs_of_blocks(&mut self, other: &[u32]) -> usize {
        self.rows.clear();
        self.rows.resize(self.blocks, u64::MAX);
        for &word in other {
            let slot = self.slot(word);
            if slot == 0 {
                continue;
            }
            let places = &self.places[slot * self.blocks..(slot + 1) * self.blocks];
            let mut carry = false;
            for (row, &here) in self.rows.iter_mut().zip(places) {
                let (sum, over) = row.overflowing_add(*row & here);
                let (sum, over_again) = sum.overflowing_add(u64::from(carry));
                carry = over || over_again;
                *row = sum | (*row & !here);
            }
        }
        let rows = self.rows.iter().enumerate();
        rows.map(|(i, &row)| zeros(row, self.len - 64 * i)).sum()
    }
}

/// Zeros among the lowest `used` bits of `row`.
fn zeros(row: u64, used: usize) -> usize {
    let mask = if used >= 64 { u64::MAX } else { (1 << used) - 1 };
    (!row & mask).count_ones() as usize
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, as a table.
    pub(crate) fn lcs_by_table(a: &[u32], b: &[u32]) -> usize {
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

    fn rouge(a: &str, b: &str) -> f32 {
        let mut lexicon = Lexicon::default();
        let (a, b) = (lexicon.words(a), lexicon.words(b));
        let mut pattern = Pattern::default();
        pattern.set(&a);
        rouge_l(pattern.lcs(&b), a.len() + b.len())
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
        near("", "", 0.0);
    }

    proptest! {
        #[test]
        fn bits_count_as_the_table_does(
            texts in prop::collection::vec(prop::collection::vec(0u32..6, 0..200), 1..6),
        ) {
            let mut pattern = Pattern::default();
            for a in &texts {
                pattern.set(a);
                for b in &texts {
                    prop_assert_eq!(pattern.lcs(b), lcs_by_table(a, b));
                }
            }
        }
    }
}
