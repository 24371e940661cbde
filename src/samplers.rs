//! Where a run's responses come from: the policy in this process, or servers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use serl_artifacts::Digest;
use serl_lm::{Device, Group, LmError, Policy, Sampler, logprobs, stacked_adapters};
use serl_pipeline::{ResolvedInput, Store};
use serl_serving::{Engine, Load, Notes, Served, Servers, Settings};
use serl_stages::config::{Config, SamplerConfig, SamplerKind, ServedWeights};
use serl_stages::{LocalSamplers, SamplerSource, StageError, folder};
use tempfile::TempDir;

use crate::failure::Mistake;
use crate::lineage;

/// A key that servers may ask for.
const KEY: &str = "SERL_API_KEY";

/// Tokens that are scored at once where a server is tested.
const SCORED: usize = 1024;

/// The first pause before a request is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// The source of samplers of a run with the store `store`, which tells by `notes` what the user should know.
///
/// # Errors
/// Servers that cannot be asked what they are, or are not what the configuration says.
pub fn samplers(config: &Config, device: &Device, store: &Store, notes: Notes) -> Result<Box<dyn SamplerSource>> {
    let Some(engine) = engine(config.sampler.kind) else {
        let device = device.clone().in_precision(config.model.sampled_in())?;
        return Ok(Box::new(LocalSamplers::new(device)));
    };
    let files = Path::new(&config.execution.store).join("servers");
    let servers = Servers::connect(settings(&config.sampler, engine), &files, notes);
    let servers = servers.map_err(|error| match error.is_user_error() {
        true => Mistake::new(
            format!("`sampler.urls`: {error}"),
            "the chapter on sampling at servers in `docs` says how they are run",
        )
        .into(),
        false => anyhow::Error::from(LmError::from(error)),
    })?;
    Ok(Box::new(ServedSamplers {
        servers,
        device: device.clone(),
        store: store.clone(),
        weights: config.sampler.weights,
        files,
        open: None,
    }))
}

fn engine(kind: SamplerKind) -> Option<Engine> {
    match kind {
        SamplerKind::Local => None,
        SamplerKind::Vllm => Some(Engine::Vllm),
        SamplerKind::Sglang => Some(Engine::Sglang),
        SamplerKind::LlamaCpp => Some(Engine::LlamaCpp),
    }
}

fn settings(config: &SamplerConfig, engine: Engine) -> Settings {
    Settings {
        engine,
        urls: config.urls.clone(),
        version: config.version.clone(),
        start: config.start.clone(),
        start_timeout: Duration::from_secs(config.start_timeout.into()),
        in_flight: config.in_flight as usize,
        timeout: Duration::from_secs(config.timeout.into()),
        retries: config.retries,
        pause: PAUSE,
        tolerance: config.tolerance,
        key: std::env::var(KEY).ok().filter(|key| !key.is_empty()),
    }
}

/// Servers as a source of samplers. The weights are in this process only while the servers are tested.
struct ServedSamplers {
    servers: Servers,
    device: Device,
    store: Store,
    weights: ServedWeights,
    /// Where files for servers are written.
    files: PathBuf,
    open: Option<Open>,
}

/// A policy that the servers have.
struct Open {
    digest: Digest,
    served: Arc<Served>,
    /// The folder of its adapter, as long as a server may read it.
    _adapter: Option<TempDir>,
}

impl ServedSamplers {
    /// What the servers are to load for the policy `digest`, and the folder of the adapter that they read.
    fn load(&self, digest: &Digest) -> Result<(Load, Option<TempDir>)> {
        let adapters = match self.weights {
            ServedWeights::Whole => return Ok((Load::Policy, None)),
            ServedWeights::Adapters => lineage::adapters(&self.store, digest)?,
        };
        if adapters.is_empty() {
            return Ok((Load::Nothing, None));
        }
        fs::create_dir_all(&self.files)?;
        let scratch = tempfile::Builder::new().prefix("adapter-").tempdir_in(&self.files)?;
        let parts: Vec<&Path> = adapters.iter().map(PathBuf::as_path).collect();
        stacked_adapters(&parts, scratch.path())?;
        let name = format!("serl-{}", &digest.to_hex()[..12]);
        let folder = fs::canonicalize(scratch.path())?;
        Ok((Load::Adapter { name, folder }, Some(scratch)))
    }
}

impl SamplerSource for ServedSamplers {
    fn identity(&self) -> Value {
        self.servers.identity().clone()
    }

    fn open(&mut self, policy: &ResolvedInput) -> Result<Arc<dyn Sampler>, StageError> {
        if let Some(open) = &self.open
            && open.digest == policy.digest
        {
            return Ok(Arc::clone(&open.served) as Arc<dyn Sampler>);
        }
        self.open = None;
        let source = folder(policy);
        // A server on another machine finds a shared folder by its whole path.
        let path = fs::canonicalize(&policy.path).unwrap_or_else(|_| policy.path.clone());
        let load = self.load(&policy.digest);
        let (load, adapter) = load.map_err(|error| LmError::sampler(error.to_string(), false))?;
        let mut loaded: Option<Policy> = None;
        let mut score = |groups: &[Group<'_>]| -> Result<Vec<Vec<f32>>, LmError> {
            let policy = match &loaded {
                Some(policy) => policy,
                None => loaded.insert(Policy::load(&source, &self.device)?),
            };
            let scores = logprobs(policy, groups, SCORED)?;
            Ok(scores.into_iter().map(|scores| scores.logprobs).collect())
        };
        let served = Arc::new(self.servers.open(&path, &source, &load, &mut score)?);
        self.open = Some(Open {
            digest: policy.digest,
            served: Arc::clone(&served),
            _adapter: adapter,
        });
        Ok(served)
    }
}
