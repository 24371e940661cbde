//! What commands look at besides their arguments: files and variables of the environment.

/// The files that commands look for.
pub const FILES: &str = "\
Files:
  serl.toml    configuration, found in the current folder or the nearest one above it
  .serl        store, beside `serl.toml` or in the current folder
  ~/.cache/huggingface/hub
               models and data sets that were downloaded from the hub, where they are named";

/// The variables that commands read.
pub const ENVIRONMENT: &str = "\
Environment:
  SERL_CONFIG  configuration, as `--config`
  SERL_STORE   folder of the store, as `--store` and `execution.store`
  SERL_REMOTE  where machines share, as `--remote` and `execution.remote`
  SERL_THREADS threads, as `execution.threads`
  SERL_LOG     messages: `quiet` as `--quiet`, `info` (default), or `debug` for more
  SERL_API_KEY sent to the servers of `sampler.urls` as a bearer token
  HF_HUB_CACHE, HF_HOME
               where the Hugging Face hub's tools keep downloads
  COLUMNS, NO_COLOR, PAGER
               width of tables, no colours, program for long output";
