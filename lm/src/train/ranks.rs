//! Data parallelism: a step's gradient as a sum of parts, and the ranks that compute these at the same time.
//!
//! Micro-batches are dealt to the parts in turn, and the parts' sums are added in pairs, pairs of pairs and so on. How
//! many parts there are is a setting of the step ([`StepConfig::data_parallel`]). Each rank computes as many
//! neighbouring parts as any other, which are a subtree of that sum. So the bits of a step depend on the number of
//! parts and never on the number of ranks.
//!
//! On a CPU, ranks are threads that share the weights. Elsewhere each has a device with a copy of them; every parameter
//! then has an owner, whose device holds its moments: the owner adds up the parameter's gradients, updates it and hands
//! the new values to the others (ZeRO stage 1, Rajbhandari et al. 2020, arXiv:1910.02054).

use std::panic::resume_unwind;
use std::thread;

use burn::tensor::Tensor;

use super::config::StepConfig;
use super::objective::Objective;
use super::pass::Pass;
use super::sums::{self, Counts, Sums};
use crate::micro_batch::MicroBatch;
use crate::model::Weights;
use crate::ops::host;
use crate::ops::host::pool::{self, Pool};
use crate::{Device, LmError, Policy};

/// The ranks that a trainer computes on. The first one is the trainer's own policy on the calling thread.
#[derive(Debug, Clone)]
pub(super) struct Ranks {
    /// The copies of the policy that the other ranks have; none where ranks share one device.
    replicas: Vec<Policy>,
    /// Memory of one step that the next one reuses, of each of the other ranks.
    pools: Vec<Pool>,
}

/// What a step computes on every rank.
#[derive(Clone, Copy)]
struct Work<'a> {
    objective: &'a dyn Objective,
    config: &'a StepConfig,
    batches: &'a [MicroBatch<'a>],
}

impl Ranks {
    /// One rank: the trainer's own.
    pub fn alone() -> Self {
        Self {
            replicas: Vec::new(),
            pools: Vec::new(),
        }
    }

    /// A rank on each of `devices`, of which the first is the policy's.
    pub fn on(devices: &[Device], policy: &Policy) -> Self {
        let others = devices.get(1..).unwrap_or_default();
        let apart = others.iter().any(|device| device != policy.device());
        let replicas = others.iter().filter(|_| apart).map(|device| policy.on(device));
        Self {
            replicas: replicas.collect(),
            pools: others.iter().map(|_| Pool::default()).collect(),
        }
    }

    /// Gives the ranks of one device policies of their own.
    #[cfg(test)]
    pub fn replicate(&mut self, policy: &Policy) {
        self.replicas = self.pools.iter().map(|_| policy.on(policy.device())).collect();
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        1 + self.pools.len()
    }

    /// The policies of ranks with a device of their own.
    pub fn replicas_mut(&mut self) -> &mut [Policy] {
        &mut self.replicas
    }

    /// The sums of a step over all `batches`, each parameter's gradient on the device of its owner.
    pub fn sums(
        &mut self,
        policy: &Policy,
        objective: &dyn Objective,
        config: &StepConfig,
        batches: &[MicroBatch<'_>],
    ) -> Result<Sums, LmError> {
        let work = Work {
            objective,
            config,
            batches,
        };
        let count = self.count();
        if count == 1 {
            let sums = work.subtree(policy, 0, config.data_parallel)?;
            return Ok(sums.unwrap_or_else(|| Sums::zeros(policy)));
        }
        let share = config.data_parallel / count;
        let Self { replicas, pools } = self;
        let policy_of = |rank: usize| replicas.get(rank - 1).unwrap_or(policy);
        let of_ranks: Vec<Option<Sums>> = thread::scope(|scope| {
            let spawned = pools.iter_mut().enumerate().map(|(index, pool)| {
                let rank = index + 1;
                let policy = policy_of(rank);
                scope.spawn(move || pool::within(pool, || work.subtree(policy, rank * share, share)))
            });
            let others: Vec<_> = spawned.collect();
            let first = work.subtree(policy, 0, share);
            let others = others
                .into_iter()
                .map(|rank| rank.join().unwrap_or_else(|panic| resume_unwind(panic)));
            std::iter::once(first).chain(others).collect::<Result<_, _>>()
        })?;
        Ok(self.joined(policy, of_ranks))
    }

    /// The sums of all ranks, each parameter's on the device of its owner.
    fn joined(&mut self, policy: &Policy, of_ranks: Vec<Option<Sums>>) -> Sums {
        let path = policy.device().path();
        let (mut gradients, counts): (Vec<Option<Weights>>, Vec<Option<Counts>>) = of_ranks
            .into_iter()
            .map(|sums| sums.map(|Sums { gradients, counts }| (gradients, counts)).unzip())
            .unzip();
        let counts = pairwise(counts, |mut one, other| {
            one.join(&other);
            one
        });
        let mut total = gradients[0].take().unwrap_or_else(|| Sums::zeros(policy).gradients);
        let mut others: Vec<_> = gradients
            .iter_mut()
            .skip(1)
            .map(|of_rank| of_rank.as_mut().map(Weights::trained_mut))
            .collect();
        for (index, total) in total.trained_mut().enumerate() {
            let home = self.home(index, policy).burn();
            let first = host::take(total).to_device(&home);
            let others = others.iter_mut().map(|of_rank| of_rank.as_mut()?.next());
            let others = others.map(|gradient| Some(host::take(gradient?).to_device(&home)));
            let all = std::iter::once(Some(first)).chain(others).enumerate();
            let all: Vec<_> = all.map(|(rank, gradient)| Some((rank, gradient?))).collect();
            let sum = pairwise(all, |(rank, mut one), (from, other)| {
                sums::add(&mut one, &other, path);
                // Where it came from, not to this thread's pool: that rank needs it again in the next step.
                host::give_to(&mut self.pools[from - 1], other);
                (rank, one)
            });
            *total = sum.map_or_else(|| Tensor::empty([0, 0], &home), |(_, sum)| sum);
        }
        Sums {
            gradients: total,
            counts: counts.unwrap_or_default(),
        }
    }

    /// The device that owns the trained parameter `index`.
    pub fn home<'a>(&'a self, index: usize, policy: &'a Policy) -> &'a Device {
        let rank = self.owner(index);
        let replica = rank.checked_sub(1).and_then(|index| self.replicas.get(index));
        replica.unwrap_or(policy).device()
    }

    /// The rank that owns the trained parameter `index`.
    pub fn owner(&self, index: usize) -> usize {
        index % (1 + self.replicas.len())
    }
}

impl Work<'_> {
    /// The sum of `count` parts from `first` on, added in pairs; none if all of them are empty.
    fn subtree(self, policy: &Policy, first: usize, count: usize) -> Result<Option<Sums>, LmError> {
        if count <= 1 {
            return self.part(policy, first);
        }
        let half = count / 2;
        let [one, other] = [
            self.subtree(policy, first, half)?,
            self.subtree(policy, first + half, half)?,
        ];
        Ok(joined(one, other, |one, other| one.join(other, policy.device().path())))
    }

    /// The sums over the micro-batches that are dealt to `part`; none if there is none.
    fn part(self, policy: &Policy, part: usize) -> Result<Option<Sums>, LmError> {
        let dealt = self.batches.iter().skip(part).step_by(self.config.data_parallel);
        let mut pass: Option<Pass> = None;
        for batch in dealt {
            let pass = pass.get_or_insert_with(|| Pass::new(policy, self.objective, self.config));
            pass.micro_batch(batch)?;
        }
        Ok(pass.map(|pass| pass.sums))
    }
}

/// The sum of what ranks have, added in pairs, pairs of pairs and so on: there are `2^n` of them.
fn pairwise<T>(mut level: Vec<Option<T>>, mut add: impl FnMut(T, T) -> T) -> Option<T> {
    while level.len() > 1 {
        let mut values = level.into_iter();
        let mut next = Vec::new();
        while let Some(one) = values.next() {
            next.push(joined(one, values.next().flatten(), &mut add));
        }
        level = next;
    }
    level.pop().flatten()
}

/// The sum of two values, or the one that is there.
fn joined<T>(one: Option<T>, other: Option<T>, add: impl FnOnce(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(add(one, other)),
        (one, other) => one.or(other),
    }
}
