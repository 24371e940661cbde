//! Bytes of policies: between trainer and servers, and in the store.

use serde::Serialize;
use serl_lm::{Shape, ValueBytes};
use serl_stages::config::{Config, KeepPolicies, LoraConfig};

/// Bytes of a value of a policy's folder as a train node writes it.
const WRITTEN: u64 = 4;

/// Bytes of a value in f32, as adapters are written.
const F32: u64 = 4;

/// The rank of the adapter whose size is given where the configuration trains none.
const RANK: u32 = 16;

/// Bytes of one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PolicyBytes {
    /// Its folder as a train node writes it.
    pub written: u64,
    /// Its folder in f32.
    pub f32: u64,
    /// Its folder in bf16, as `serl export --dtype bf16` writes it.
    pub bf16: u64,
    /// An adapter for it in f32.
    pub adapter: u64,
    /// The rank of that adapter.
    pub rank: u32,
    /// The state of its optimizer, where that is carried on.
    pub moments: u64,
}

/// Bytes of the policies in the store at the end, by `execution.keep_policies`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StoreBytes {
    /// All of them.
    pub all: u64,
    /// The last of each iteration.
    pub iterations: u64,
    /// The last of the run.
    pub last: u64,
}

impl PolicyBytes {
    /// Those of a run's policies.
    pub fn of(shape: &Shape, config: &Config) -> Self {
        let lora = &config.train.lora;
        let rank = if lora.rank > 0 { lora.rank } else { RANK };
        let adapter = LoraConfig { rank, ..lora.clone() };
        let values = shape.parameters().all;
        let adapted = adapter
            .adapter()
            .map_or(0, |adapter| shape.adapter_parameters(&adapter));
        let moment = ValueBytes::with_moments_in(config.train.moments).moment;
        Self {
            written: WRITTEN * values,
            f32: F32 * values,
            bf16: 2 * values,
            adapter: F32 * adapted,
            rank,
            moments: if config.train.carry_optimizer {
                2 * moment * values
            } else {
                0
            },
        }
    }

    /// Values of the adapter.
    pub fn adapter_values(&self) -> u64 {
        self.adapter / F32
    }

    /// What stays of the policies of a run.
    pub fn stored(&self, config: &Config) -> StoreBytes {
        let kept = |keep| {
            let policies = match keep {
                KeepPolicies::All => config.iterations * config.rounds,
                KeepPolicies::Iterations => config.iterations,
                KeepPolicies::Last => 1,
            };
            let adapter = if config.train.lora.rank > 0 { self.adapter } else { 0 };
            u64::from(policies) * (self.written + self.moments + adapter)
        };
        StoreBytes {
            all: kept(KeepPolicies::All),
            iterations: kept(KeepPolicies::Iterations),
            last: kept(KeepPolicies::Last),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Parameters of Llama-3.2-3B.
    const VALUES: u64 = 3_212_749_824;

    fn shape() -> Shape {
        Shape::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/shapes/llama-3.2-3b")).unwrap()
    }

    #[test]
    fn a_policy_is_kept_with_its_moments_as_often_as_it_is_said() {
        let mut config = Config {
            iterations: 3,
            rounds: 5,
            ..Config::default()
        };
        let policy = PolicyBytes::of(&shape(), &config);
        assert_eq!(
            (policy.f32, policy.bf16, policy.moments),
            (4 * VALUES, 2 * VALUES, 8 * VALUES)
        );
        let stored = StoreBytes {
            all: 15 * 12 * VALUES,
            iterations: 3 * 12 * VALUES,
            last: 12 * VALUES,
        };
        assert_eq!(policy.stored(&config), stored);
        config.train.carry_optimizer = false;
        config.train.lora.rank = 16;
        let policy = PolicyBytes::of(&shape(), &config);
        // Queries 3072 + 3072, keys and values 3072 + 1024, output 3072 + 3072, the MLP's three 3072 + 8192.
        let adapter = 4 * 28 * 16 * (2 * 6144 + 2 * 4096 + 3 * 11_264);
        assert_eq!((policy.adapter, policy.moments), (adapter, 0));
        assert_eq!(policy.stored(&config).last, 4 * VALUES + adapter);
    }
}
