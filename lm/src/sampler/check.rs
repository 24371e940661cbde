//! What every sampler refuses, wherever it draws.

use super::params::range;
use super::{Request, SamplingParams};
use crate::{Extent, LmError};

impl Extent {
    /// Refuses requests and parameters that a model of this extent cannot meet.
    ///
    /// # Errors
    /// As for [`Sampler::sample`](super::Sampler::sample), with the number of the request.
    pub fn check(self, requests: &[Request], params: &SamplingParams) -> Result<(), LmError> {
        params.check(self.vocab)?;
        for (index, request) in requests.iter().enumerate() {
            self.check_sequence(index, &request.prompt, params.max_new_tokens)?;
            let (limits, seeds) = (request.limits.len(), request.seeds.len());
            range(limits == 0 || limits == seeds, || {
                format!("request {index} has {limits} limits for {seeds} seeds; it must have one for each, or none")
            })?;
            range(!request.limits.contains(&0), || {
                format!("request {index} has a limit of 0 tokens; it must be at least 1")
            })?;
        }
        Ok(())
    }
}
