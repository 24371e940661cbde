//! Sampling.

use super::F32;
use super::footprint::Footprint;
use super::machine::Machine;
use super::rows::Lengths;
use crate::Shape;
use crate::device::Path;
use crate::engine::{Load, burn, cpu};
use crate::sampler::{at_once, bounds};

impl Shape {
    /// Memory of a sampler of the model that is asked for these responses together.
    pub fn sampling(&self, asked: &[Lengths], machine: Machine) -> Footprint {
        let config = &self.0;
        let demands = asked.iter().map(|group| (group.prompt, group.responses.clone()));
        let (path, dtype) = (machine.path(), machine.precision.dtype());
        let bounds = bounds(config, self.parameters().all as usize, path, dtype, machine.batching);
        let load: Load = at_once(bounds, demands.collect());
        let engine = match path {
            Path::Host => cpu::needs(config, &load, machine.precision),
            Path::Plain => burn::needs(config, &load, dtype),
        };
        Footprint {
            weights: self.parameters().all * F32 as u64,
            copies: engine.copies as u64 + self.rounded(machine),
            cache: engine.cache as u64,
            logits: (load.prompts.len().max(load.rows.len()) * config.vocab * F32) as u64,
            scratch: engine.scratch as u64,
            ..Footprint::default()
        }
    }
}
