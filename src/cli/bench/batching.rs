//! How much is sampled at the same time.

use clap::Args;
use serl_lm::Batching;
use serl_stages::config::SamplerConfig;

/// The keys of a run's `[sampler]` that bound a batch.
#[derive(Debug, Args)]
pub(super) struct BatchingArgs {
    /// Rows that decode together at most, as `sampler.rows`
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = SamplerConfig::default().rows,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(SamplerConfig::MOST_ROWS))
    )]
    rows: u32,
    /// GiB of keys and values at once, as `sampler.cache_gib`; 0: as many as a run has by default
    #[arg(
        long,
        value_name = "GIB",
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_parser = gib
    )]
    cache_gib: f64,
}

impl BatchingArgs {
    /// The bounds.
    pub(super) fn batching(&self) -> Batching {
        let sampler = SamplerConfig {
            rows: self.rows,
            cache_gib: self.cache_gib,
            ..SamplerConfig::default()
        };
        sampler.batching()
    }
}

fn gib(text: &str) -> Result<f64, String> {
    let most = SamplerConfig::MOST_CACHE_GIB;
    let value = text.parse().ok().filter(|gib| (0.0..=most).contains(gib));
    value.ok_or_else(|| format!("not a number within 0..={most}"))
}
