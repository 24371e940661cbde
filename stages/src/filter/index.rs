//! Finds the text of a collection that is most like another one, without comparing it with all of them.
//!
//! A longest common subsequence has at most as many words as the two texts have in common, whatever their order. Lists
//! of the texts that contain a word give that number for every text at once, and with it an upper bound of its ROUGE-L.
//! Texts are compared in the order of their bounds until no bound exceeds what was found. Bounds and similarities are
//! rounded alike, so the result is that of comparing with all texts, to the bit.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

use serl_pipeline::CancelFlag;

use super::rouge::{Pattern, rouge_l};

/// The `n`-th occurrence of a word in a text. Two texts have as many of these in common as words.
type Occurrence = (u32, u32);

/// Texts as sequences of numbered words, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Index {
    words: Vec<u32>,
    /// End of each text in `words`.
    ends: Vec<usize>,
    /// Number of words of each text: exact below 2²⁴, and used where rounding does no harm.
    lengths: Vec<f32>,
    /// The texts with an occurrence, in order.
    containing: HashMap<Occurrence, Vec<u32>>,
}

/// A text of an [`Index`] and its similarity to the one searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Match {
    /// Number of the text, counted from 0.
    pub(crate) place: usize,
    /// ROUGE-L F-measure.
    pub(crate) rouge_l: f32,
}

impl Match {
    /// Whether it is ahead of `other`: more similar or, if equally similar, earlier.
    fn beats(&self, other: &Self) -> bool {
        (self.rouge_l, other.place) > (other.rouge_l, self.place)
    }
}

/// Memory for searches, reused from one to the next.
#[derive(Default)]
pub(crate) struct Search {
    pattern: Pattern,
    /// Words that each text of the index has in common with the pattern.
    shared: Vec<i32>,
    /// Texts worth comparing: the first is worth it most.
    promising: BinaryHeap<Bound>,
}

/// The most that a text may be a match; a larger one is ahead, and of equal ones the earlier.
#[derive(Debug, Clone, Copy)]
struct Bound(Match);

impl Ord for Bound {
    fn cmp(&self, other: &Self) -> Ordering {
        let similarity = self.0.rouge_l.total_cmp(&other.0.rouge_l);
        similarity.then(Reverse(self.0.place).cmp(&Reverse(other.0.place)))
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Bound {}

impl Index {
    /// Number of texts.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds a text.
    pub(crate) fn add(&mut self, words: &[u32]) {
        let place = self.len() as u32;
        for occurrence in occurrences(words) {
            self.containing.entry(occurrence).or_default().push(place);
        }
        self.words.extend_from_slice(words);
        self.ends.push(self.words.len());
        self.lengths.push(words.len() as f32);
    }

    /// The words of a text.
    pub(crate) fn text(&self, place: usize) -> &[u32] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[start..self.ends[place]]
    }

    /// The first of the texts that are most like `words`; with `above`, none unless it is more similar than that. Once
    /// `cancel` is raised, the result means nothing.
    pub(crate) fn nearest(
        &self,
        words: &[u32],
        above: Option<f32>,
        search: &mut Search,
        cancel: &CancelFlag,
    ) -> Option<Match> {
        self.count_shared(words, search);
        search.pattern.set(words);
        let first = self.most_promising(words.len(), &search.shared)?;
        let mut best = Best { above, found: None };
        best.offer(self.compare(first, words, &mut search.pattern));
        self.collect_promising(words.len(), &best, search);
        while let Some(Bound(bound)) = search.promising.pop() {
            if !best.beaten_by(&bound) || cancel.is_cancelled() {
                break;
            }
            best.offer(self.compare(bound.place, words, &mut search.pattern));
        }
        best.found
    }

    fn count_shared(&self, words: &[u32], search: &mut Search) {
        search.shared.clear();
        search.shared.resize(self.len(), 0);
        // As a slice, whose pointer and length are not read again for every place.
        let shared = search.shared.as_mut_slice();
        for occurrence in occurrences(words) {
            for &place in self.containing.get(&occurrence).into_iter().flatten() {
                shared[place as usize] += 1;
            }
        }
    }

    /// The text with the largest bound, up to rounding: where to look first.
    fn most_promising(&self, len: usize, shared: &[i32]) -> Option<usize> {
        let bounds = shared.iter().zip(&self.lengths);
        let bounds = bounds.map(|(&shared, length)| shared as f32 / (len as f32 + length).max(1.0));
        let numbered = bounds.enumerate();
        let largest = numbered.reduce(|best, next| if next.1 > best.1 { next } else { best });
        largest.map(|(place, _)| place)
    }

    /// The texts that may still beat `best`.
    fn collect_promising(&self, len: usize, best: &Best, search: &mut Search) {
        let Search { shared, promising, .. } = search;
        promising.clear();
        // Lenient, since it is not rounded as the bounds are: it only saves their divisions.
        let share = best.similarity() * 0.499_999;
        let texts = shared.iter().zip(&self.lengths).enumerate();
        let near = texts.filter(|(_, (shared, length))| **shared as f32 >= share * (len as f32 + **length));
        let bounds = near.map(|(place, (shared, _))| Match {
            place,
            rouge_l: rouge_l(*shared as usize, len + self.text(place).len()),
        });
        promising.extend(bounds.filter(|bound| best.beaten_by(bound)).map(Bound));
    }

    fn compare(&self, place: usize, words: &[u32], pattern: &mut Pattern) -> Match {
        let text = self.text(place);
        Match {
            place,
            rouge_l: rouge_l(pattern.lcs(text), words.len() + text.len()),
        }
    }
}

/// What a search has found so far.
struct Best {
    /// Matches no more similar than this do not count.
    above: Option<f32>,
    found: Option<Match>,
}

impl Best {
    fn beaten_by(&self, other: &Match) -> bool {
        let counts = self.above.is_none_or(|above| other.rouge_l > above);
        counts && self.found.is_none_or(|found| other.beats(&found))
    }

    fn offer(&mut self, other: Match) {
        if self.beaten_by(&other) {
            self.found = Some(other);
        }
    }

    /// What a match must reach to count.
    fn similarity(&self) -> f32 {
        let found = self.found.map_or(0.0, |found| found.rouge_l);
        self.above.unwrap_or(0.0).max(found)
    }
}

/// The words of a text, each with the number of times that it occurred before.
fn occurrences(words: &[u32]) -> Vec<Occurrence> {
    let mut sorted = words.to_vec();
    sorted.sort_unstable();
    let repeated = sorted.chunk_by(|a, b| a == b);
    repeated.flat_map(|run| run.iter().copied().zip(0..)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rouge::tests::lcs_by_table;
    use super::*;

    /// The first of the most similar, by comparing with all.
    fn by_comparing_all(texts: &[Vec<u32>], words: &[u32]) -> Option<Match> {
        let matches = texts.iter().enumerate().map(|(place, text)| Match {
            place,
            rouge_l: rouge_l(lcs_by_table(words, text), words.len() + text.len()),
        });
        matches.reduce(|best, next| if next.rouge_l > best.rouge_l { next } else { best })
    }

    proptest! {
        #[test]
        fn a_search_finds_what_comparing_with_all_texts_finds(
            texts in prop::collection::vec(prop::collection::vec(0u32..9, 0..12), 0..30),
            long in prop::collection::vec(prop::collection::vec(0u32..40, 50..150), 0..3),
            above in prop::option::of(0.0f32..1.0),
        ) {
            let texts = [texts, long].concat();
            let mut search = Search::default();
            let mut index = Index::default();
            for (known, words) in texts.iter().enumerate() {
                let all = by_comparing_all(&texts[..known], words);
                let want = all.filter(|best| above.is_none_or(|above| best.rouge_l > above));
                let found = index.nearest(words, above, &mut search, &CancelFlag::new());
                prop_assert_eq!(found, want);
                index.add(words);
                prop_assert_eq!(index.text(known), words.as_slice());
            }
        }
    }
}
