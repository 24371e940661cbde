//! The majority reward of SeRL (arXiv 2505.20347, section 3.2).

use serde::{Deserialize, Serialize};

use super::method::{Judged, Reward, Verdict};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// The majority answer is taken as truth: a response that gives it is worth 1, any other 0. Without a single answer
/// there is no majority, and no verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Majority {}

impl Reward for Majority {
    type Evidence = ();

    fn judge(&self, _at: At, groups: &[Judged<'_>], (): (), _work: &dyn Work) -> Result<Vec<Verdict>, StageError> {
        let verdict = |group: &Judged<'_>| Verdict {
            rewards: group.outcome.majority.is_some().then(|| group.outcome.rewards.clone()),
            r_mean: group.outcome.r_mean,
        };
        Ok(groups.iter().map(verdict).collect())
    }
}
