//! A prompt with its responses: what is scored and trained on.

use crate::{LmError, Policy};

/// A prompt with its responses.
///
/// Wherever groups are given, their responses are numbered through them in order: those of the first group from 0 on,
/// then those of the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'a> {
    /// Token ids of the prompt: at least one, since nothing predicts the first token of a sequence.
    pub prompt: &'a [u32],
    /// Token ids of each response.
    pub responses: Vec<&'a [u32]>,
}

/// Refuses groups that cannot be scored.
pub(crate) fn check(policy: &Policy, groups: &[Group]) -> Result<(), LmError> {
    let extent = policy.extent();
    for (index, Group { prompt, responses }) in groups.iter().enumerate() {
        let longest = responses.iter().map(|response| response.len()).max();
        extent.check_sequence(index, prompt, longest.unwrap_or(0))?;
        for response in responses {
            extent.check_ids(index, response)?;
        }
    }
    Ok(())
}
