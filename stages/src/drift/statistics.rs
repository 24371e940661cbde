//! Statistics of an iteration's vectors. All have length 1, so the cosine of two is their product.

use serl_lm::nearest;

/// The vectors that are compared.
pub(super) struct Groups<'a> {
    pub seeds: Vec<&'a [f32]>,
    /// Of the instructions that earlier iterations kept.
    pub earlier: Vec<&'a [f32]>,
    /// Of those that this iteration kept.
    pub kept: Vec<&'a [f32]>,
}

/// The statistics that have a value: none where nothing was kept.
///
/// - `seed_cosine_…`: cosine of each kept instruction with its nearest seed, its mean and quartiles;
/// - `centroid_cosine_mean`: mean cosine with the direction of the seeds' mean;
/// - `coverage`: mean over the seeds of the cosine with the nearest kept instruction;
/// - `diversity`, `seed_diversity`: 1 less the mean cosine of two kept instructions, of two seeds;
/// - `novelty`: 1 less the mean cosine with the nearest instruction of an earlier iteration;
/// - `frechet`: the squared Fréchet distance between two normal distributions with the means and variances of the
///   vectors' elements, as if these did not correlate (Dowson & Landau 1982).
pub(super) fn statistics(groups: &Groups<'_>) -> Vec<(&'static str, f64)> {
    let Groups { seeds, earlier, kept } = groups;
    let mut values = Vec::new();
    if !(seeds.is_empty() || kept.is_empty()) {
        let to_seeds = nearest_of(kept, seeds);
        let centroid = Moments::of(seeds).mean;
        let length = dot(&centroid, &centroid).sqrt();
        let to_centroid = kept.iter().map(|vector| cosine_with(&centroid, length, vector));
        values.extend([
            ("seed_cosine_mean", mean(&to_seeds)),
            ("seed_cosine_q1", quantile(&to_seeds, 0.25)),
            ("seed_cosine_median", quantile(&to_seeds, 0.5)),
            ("seed_cosine_q3", quantile(&to_seeds, 0.75)),
            ("centroid_cosine_mean", mean(&to_centroid.collect::<Vec<_>>())),
            ("coverage", mean(&nearest_of(seeds, kept))),
            ("frechet", frechet(&Moments::of(seeds), &Moments::of(kept))),
        ]);
    }
    values.extend(diversity(kept).map(|value| ("diversity", value)));
    values.extend(diversity(seeds).map(|value| ("seed_diversity", value)));
    if !(earlier.is_empty() || kept.is_empty()) {
        values.push(("novelty", 1.0 - mean(&nearest_of(kept, earlier))));
    }
    values
}

/// The largest cosine of each of `of` with one of `among`.
fn nearest_of(of: &[&[f32]], among: &[&[f32]]) -> Vec<f64> {
    nearest(of, among).into_iter().map(f64::from).collect()
}

/// 1 less the mean cosine of all pairs of two, by the length of their sum: `|sum v|^2 = sum |v|^2 + 2 sum_pairs`.
/// Exact, however many pairs there are. None of fewer than two vectors.
fn diversity(vectors: &[&[f32]]) -> Option<f64> {
    let count = vectors.len() as f64;
    let sum = Moments::of(vectors).mean;
    let all = dot(&sum, &sum) * count * count;
    let own: f64 = vectors
        .iter()
        .flat_map(|vector| vector.iter())
        .map(|x| f64::from(*x).powi(2))
        .sum();
    (vectors.len() > 1).then(|| 1.0 - (all - own) / (count * (count - 1.0)))
}

/// Mean and variance of each element.
struct Moments {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Moments {
    fn of(vectors: &[&[f32]]) -> Self {
        let width = vectors.first().map_or(0, |vector| vector.len());
        let average = |of: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
            let mut sums = vec![0.0; width];
            for vector in vectors {
                for (i, (sum, x)) in sums.iter_mut().zip(*vector).enumerate() {
                    *sum += of(i, f64::from(*x));
                }
            }
            sums.iter_mut().for_each(|sum| *sum /= vectors.len() as f64);
            sums
        };
        let mean = average(&|_, x| x);
        let variance = average(&|i, x| (x - mean[i]).powi(2));
        Self { mean, variance }
    }
}

fn frechet(a: &Moments, b: &Moments) -> f64 {
    let apart = |(x, y): (&f64, &f64)| (x - y).powi(2);
    let means: f64 = a.mean.iter().zip(&b.mean).map(apart).sum();
    let spread = |(x, y): (&f64, &f64)| (x.sqrt() - y.sqrt()).powi(2);
    means + a.variance.iter().zip(&b.variance).map(spread).sum::<f64>()
}

/// The cosine of `vector` with a direction of this `length`; 0 if there is none.
fn cosine_with(direction: &[f64], length: f64, vector: &[f32]) -> f64 {
    let product: f64 = direction.iter().zip(vector).map(|(a, b)| a * f64::from(*b)).sum();
    if length > 0.0 { product / length } else { 0.0 }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The quantile `share` of some values, interpolated between two of them.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of unit vectors in the plane at these angles, in degrees.
    fn plane(angles: &[f64]) -> Vec<Vec<f32>> {
        let point = |angle: &f64| {
            let (sin, cos) = angle.to_radians().sin_cos();
            vec![cos as f32, sin as f32]
        };
        angles.iter().map(point).collect()
    }

    fn slices(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
        vectors.iter().map(Vec::as_slice).collect()
    }

    fn of(seeds: &[f64], earlier: &[f64], kept: &[f64]) -> Vec<(&'static str, f64)> {
        let [seeds, earlier, kept] = [seeds, earlier, kept].map(plane);
        statistics(&Groups {
            seeds: slices(&seeds),
            earlier: slices(&earlier),
            kept: slices(&kept),
        })
    }

    #[test]
    fn values_are_those_of_numpy() {
        let found = of(&[0.0, 20.0, 90.0], &[40.0, 130.0], &[10.0, 45.0, 100.0, 170.0]);
        // numpy: means and quantiles of the products of the matrices, and of the pairs above their diagonals
        let expected = [
            ("seed_cosine_mean", 0.762392868),
            ("seed_cosine_q1", 0.723142885),
            ("seed_cosine_median", 0.945557770),
            ("seed_cosine_q3", 0.984807753),
            ("centroid_cosine_mean", 0.399735174),
            ("coverage", 0.984807753),
            ("frechet", 0.371666844),
            ("diversity", 0.963086739),
            ("seed_diversity", 0.572762412),
            ("novelty", 0.126427513),
        ];
        assert_eq!(found.len(), expected.len());
        for ((name, got), (expected_name, expected)) in found.into_iter().zip(expected) {
            assert_eq!(name, expected_name);
            assert!((got - expected).abs() < 1e-6, "{name}: {got}, not {expected}");
        }
    }

    #[test]
    fn what_has_no_value_is_left_out() {
        let names = |groups: [&[f64]; 3]| -> Vec<&str> {
            let found = of(groups[0], groups[1], groups[2]);
            assert!(found.iter().all(|(_, value)| value.is_finite()));
            found.into_iter().map(|(name, _)| name).collect()
        };
        assert!(names([&[], &[], &[]]).is_empty());
        assert_eq!(names([&[0.0, 1.0], &[2.0], &[]]), ["seed_diversity"]);
        let of_one = names([&[0.0], &[], &[1.0]]);
        assert!(of_one.contains(&"coverage") && !of_one.contains(&"diversity") && !of_one.contains(&"novelty"));
    }

    #[test]
    fn the_diversity_of_equal_and_of_opposite_vectors() {
        let diversity = |angles: &[f64]| {
            let found = of(&[0.0], &[], angles);
            found.into_iter().find(|(name, _)| *name == "diversity").unwrap().1
        };
        assert!(diversity(&[30.0, 30.0, 30.0]).abs() < 1e-6);
        assert!((diversity(&[0.0, 180.0]) - 2.0).abs() < 1e-6);
    }
}
