//! The sampler in this process: a policy on one of the [engines](crate::engine).

use serde_json::Value;

use super::call::Call;
use super::rules::Rules;
use super::scheduler::{Bounds, Demand, Scheduler};
use super::{Request, Response, SampleProgress, Sampler, SamplingParams};
use crate::config::Config;
use crate::device::Path;
use crate::engine::{Engine, Load, Room};
use crate::{Batching, Dtype, LmError, Policy, Tokenizer};

/// Key-value memory, in bytes, that a model of any size may use.
const MEMORY: usize = 2 << 30;

/// Key-value memory, in bytes, of a small model on a CPU. Each step reads all keys and values, and beside few weights
/// that is most of its work: it is faster with fewer rows whose keys and values stay in a cache of 32 MB.
const CACHE: usize = 16 << 20;

/// Weights, in bytes, that are small beside [`CACHE`].
const SMALL: usize = CACHE / 4;

/// Tokens that are prefilled together.
const PREFILL_TOKENS: usize = 2048;

impl Sampler for Policy {
    fn tokenizer(&self) -> &Tokenizer {
        self.tokenizer()
    }

    fn context_length(&self) -> usize {
        self.context_length()
    }

    fn identity(&self) -> Value {
        self.device().identity()
    }

    fn sample(
        &self,
        requests: &[Request],
        params: &SamplingParams,
        on_step: &mut dyn FnMut(SampleProgress),
    ) -> Result<Vec<Vec<Response>>, LmError> {
        sample_on(self, Policy::engine, requests, params, on_step)
    }
}

/// [`Sampler::sample`] of a policy on the engine that `open` gives.
pub(super) fn sample_on<'a>(
    policy: &'a Policy,
    open: impl FnOnce(&'a Policy, Room) -> Box<dyn Engine + 'a>,
    requests: &[Request],
    params: &SamplingParams,
    on_step: &mut dyn FnMut(SampleProgress),
) -> Result<Vec<Vec<Response>>, LmError> {
    policy.extent().check(requests, params)?;
    let demands: Vec<Demand> = requests.iter().map(|request| demand(request, params)).collect();
    let device = policy.device();
    let (config, parameters) = (&policy.model.config, policy.parameters());
    let bounds = bounds(config, parameters, device.path(), device.dtype(), device.batching());
    let scheduler = Scheduler::new(demands, bounds);
    let (prompts, slots) = scheduler.capacity();
    let room = Room {
        prompts,
        slots,
        new_tokens: params.max_new_tokens,
    };
    let rules = Rules::new(params, policy.tokenizer());
    let mut engine = open(policy, room);
    let call = Call::new(requests, &rules, engine.as_mut(), scheduler, policy.vocab_size());
    call.run(on_step)
}

/// What a request asks of the scheduler.
fn demand(request: &Request, params: &SamplingParams) -> Demand {
    let responses = 0..request.seeds.len();
    Demand {
        prompt: request.prompt.len(),
        limits: responses.map(|response| request.limit(response, params)).collect(),
    }
}

/// What a policy samples at once. Where no memory is asked for, the bound is by the shape of the model and the kind of
/// device alone, so that it is the same on every machine: keys and values may have as many elements as there would be
/// in f32 in the memory of the weights, or in [`MEMORY`] if that is more.
pub(crate) fn bounds(config: &Config, parameters: usize, path: Path, dtype: Dtype, batching: Batching) -> Bounds {
    let elements = 2 * config.kv_width() * config.layers;
    let weights = parameters * size_of::<f32>();
    let usual = match path {
        Path::Host if weights <= SMALL => CACHE,
        _ => weights.max(MEMORY),
    };
    let tokens = match batching.cache {
        Some(bytes) => bytes / (elements * dtype.burn().size()) as u64,
        None => (usual / (elements * size_of::<f32>())) as u64,
    };
    Bounds {
        slots: batching.rows.max(1),
        tokens: tokens.try_into().unwrap_or(usize::MAX),
        prefill: PREFILL_TOKENS,
    }
}

/// What an engine has at once within `bounds` when a call asks for these prompts, by their tokens, and the limits of
/// the responses to each.
pub(crate) fn at_once(bounds: Bounds, asked: Vec<(usize, Vec<usize>)>) -> Load {
    let demand = |(prompt, limits): &(usize, Vec<usize>)| Demand {
        prompt: *prompt,
        limits: limits.clone(),
    };
    let demands = asked.iter().map(demand).collect();
    let mut scheduler = Scheduler::new(demands, bounds);
    let mut load = Load::default();
    // The rows that start before any has ended are the longest ones: later ones find their memory.
    while let Some(admission) = scheduler.admit() {
        let placed = admission.prompts.iter().map(|prompt| asked[prompt.request].0);
        let prefilled: Vec<usize> = placed.collect();
        load.prefilled = load.prefilled.max(prefilled.iter().sum());
        load.prompts.extend(prefilled);
        let rows = admission.rows.iter().map(|new| &new.row);
        load.rows.extend(rows.map(|row| asked[row.request].1[row.response]));
    }
    load
}
