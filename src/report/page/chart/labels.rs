//! Labels that do not overlap.

/// Pixels of an average character at the size of labels.
const CHARACTER: f64 = 7.2;

/// About how wide `text` is.
pub(super) fn width(text: &str) -> f64 {
    text.chars().count() as f64 * CHARACTER
}

/// Moves labels at the heights `wanted` as little as possible, so that they are `apart` pixels from each other and
/// between `top` and `bottom`; in their order.
pub(super) fn spread(wanted: &[f64], apart: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    // Neighbours that would overlap form a block, whose middle is the mean of what its labels want.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    let half = |count: usize| (count.max(1) - 1) as f64 * apart / 2.0;
    for &label in &order {
        let (mut middle, mut count) = (wanted[label].clamp(top, bottom), 1);
        while let Some(&(before, labels)) = blocks.last() {
            if before + half(labels) + apart <= middle - half(count) + 1e-9 {
                break;
            }
            middle = (before * labels as f64 + middle * count as f64) / (labels + count) as f64;
            count += labels;
            middle = middle.min(bottom - half(count)).max(top + half(count));
            blocks.pop();
        }
        blocks.push((middle, count));
    }
    let placed = blocks
        .iter()
        .flat_map(|&(middle, count)| (0..count).map(move |at| middle - half(count) + at as f64 * apart));
    let mut heights = vec![0.0; wanted.len()];
    for (&label, height) in order.iter().zip(placed) {
        heights[label] = height;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_apart_and_stay_in_order() {
        assert_eq!(spread(&[10.0, 50.0], 12.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[51.0, 50.0], 12.0, 0.0, 100.0), [56.5, 44.5]);
        assert_eq!(spread(&[99.0, 100.0, 20.0], 12.0, 0.0, 100.0), [88.0, 100.0, 20.0]);
        assert_eq!(spread(&[], 12.0, 0.0, 100.0), [0.0; 0]);
    }

    #[test]
    fn many_labels_are_all_apart() {
        let wanted: Vec<f64> = (0..8).map(|n| 30.0 + f64::from(n % 3)).collect();
        let mut placed = spread(&wanted, 11.0, 5.0, 160.0);
        placed.sort_by(f64::total_cmp);
        assert!(
            placed.windows(2).all(|pair| pair[1] - pair[0] >= 11.0 - 1e-9),
            "{placed:?}"
        );
        assert!(placed[0] >= 5.0, "{placed:?}");
    }
}
