//! Which texts are computed together.

/// Tokens that are computed together, counted as if all sequences of a batch were as long as its longest: off the CPU,
/// attention pads them. A longer sequence has a batch to itself.
const TOKENS: usize = 4096;

/// The sequences that have tokens, by number: alike in length within a batch, so that padding is little.
pub(super) fn batches(lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).filter(|i| lengths[*i] > 0).collect();
    order.sort_by_key(|i| lengths[*i]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for i in order {
        match batches.last_mut() {
            // Lengths ascend: this one would be the longest.
            Some(batch) if (batch.len() + 1) * lengths[i] <= TOKENS => batch.push(i),
            _ => batches.push(vec![i]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_alike_and_bounded_and_empty_sequences_left_out() {
        assert_eq!(batches(&[3, 0, 4090, 2, 5000]), [vec![3, 0], vec![2], vec![4]]);
        assert_eq!(batches(&[2048; 3]), [vec![0, 1], vec![2]]);
        assert!(batches(&[0]).is_empty());
    }
}
