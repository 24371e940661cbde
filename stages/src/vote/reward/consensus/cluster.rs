//! Clusters of texts of which pairs are more or less alike.

/// Average-linkage clustering: the two clusters with the highest mean likeness are joined, as long as it is at least
/// `threshold`. `alike[i][j]` is symmetric. The result numbers the cluster of each text, in the order in which clusters
/// first occur; of equal means the pair that occurs first is joined, so that the result depends on nothing else.
///
/// Unlike connected components, a chain of near neighbours does not join what is not alike.
pub(super) fn clusters(alike: &[Vec<f64>], weights: &[f64], threshold: f64) -> Vec<usize> {
    let mut members: Vec<Vec<usize>> = (0..alike.len()).map(|text| vec![text]).collect();
    while let Some((a, b)) = nearest(&members, alike, weights, threshold) {
        let joined = members.remove(b);
        members[a].extend(joined);
        members[a].sort_unstable();
    }
    let mut of = vec![0; alike.len()];
    for (number, cluster) in members.iter().enumerate() {
        cluster.iter().for_each(|&text| of[text] = number);
    }
    of
}

fn nearest(members: &[Vec<usize>], alike: &[Vec<f64>], weights: &[f64], threshold: f64) -> Option<(usize, usize)> {
    let mut best: Option<(f64, (usize, usize))> = None;
    for a in 0..members.len() {
        for b in a + 1..members.len() {
            let likeness = mean(&members[a], &members[b], alike, weights);
            if likeness >= threshold && best.is_none_or(|(highest, _)| likeness > highest) {
                best = Some((likeness, (a, b)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}

/// The mean likeness of a text of `a` and one of `b`, by how often each text occurs.
fn mean(a: &[usize], b: &[usize], alike: &[Vec<f64>], weights: &[f64]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for &i in a {
        for &j in b {
            let weight = weights[i] * weights[j];
            sum += weight * alike[i][j];
            total += weight;
        }
    }
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Likeness of places on a line: 1 minus the distance.
    fn line(places: &[f64]) -> Vec<Vec<f64>> {
        places
            .iter()
            .map(|a| places.iter().map(|b| 1.0 - (a - b).abs()).collect())
            .collect()
    }

    fn cluster(places: &[f64], threshold: f64) -> Vec<usize> {
        clusters(&line(places), &vec![1.0; places.len()], threshold)
    }

    #[test]
    fn near_texts_are_joined_and_chains_are_not() {
        assert_eq!(cluster(&[0.0, 0.9, 0.1, 1.0, 0.05], 0.7), [0, 1, 0, 1, 0]);
        // Each is near the next, but the ends are far from each other.
        assert_eq!(cluster(&[0.0, 0.25, 0.5, 0.75], 0.7), [0, 0, 1, 1]);
        assert_eq!(cluster(&[], 0.5), Vec::<usize>::new());
    }

    #[test]
    fn frequent_texts_weigh_more() {
        let alike = line(&[0.0, 0.4, 0.7]);
        // The pair of 0.4 and 0.7 is nearest; whether 0.0 joins hangs on which of them is frequent.
        assert_eq!(clusters(&alike, &[1.0, 9.0, 1.0], 0.55), [0, 0, 0]);
        assert_eq!(clusters(&alike, &[1.0, 1.0, 9.0], 0.55), [0, 1, 1]);
    }

    proptest! {
        #[test]
        fn numbers_are_dense_and_the_bounds_hold(places in prop::collection::vec(0.0f64..1.0, 1..12)) {
            let all = cluster(&places, -1.0);
            prop_assert!(all.iter().all(|&number| number == 0));
            let found = cluster(&places, 0.8);
            let mut next = 0;
            for number in found {
                prop_assert!(number <= next);
                next = next.max(number + 1);
            }
        }
    }
}
