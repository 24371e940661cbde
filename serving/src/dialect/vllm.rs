//! vLLM (<https://docs.vllm.ai>, 0.10.2 and later, which return token ids).

use std::path::Path;

use serde_json::{Value, json};
use serl_lm::SamplingParams;

use super::contract::{Ask, Asked, Description, Dialect, Lacking, Reply, ids, logprob, optional, told, word};
use crate::error::ServingError;

/// vLLM's server with the API of OpenAI.
pub(super) struct Vllm;

impl Dialect for Vllm {
    fn engine(&self) -> &'static str {
        "vLLM"
    }

    fn describe(&self, ask: &mut Ask<'_>) -> Result<Description, Lacking> {
        let version = told(&ask("/version")?, "/version", "/version")?;
        let models = ask("/v1/models")?;
        let model = models
            .pointer("/data/0")
            .ok_or_else(|| Lacking::Shape("/v1/models names no model".into()))?;
        let context = model.get("max_model_len").and_then(Value::as_u64);
        // In development mode only, which reloading weights needs as well.
        let info = optional(ask, "/server_info?config_format=json")?;
        let of_config = |place: &str| info.pointer(place).cloned().unwrap_or_default();
        let invariant = info
            .pointer("/vllm_env/VLLM_BATCH_INVARIANT")
            .cloned()
            .unwrap_or_default();
        Ok(Description {
            identity: json!({
                "version": version,
                "dtype": of_config("/vllm_config/model_config/dtype"),
                "quantization": of_config("/vllm_config/model_config/quantization"),
                "tensor_parallel": of_config("/vllm_config/parallel_config/tensor_parallel_size"),
                "batch_invariant": invariant,
            }),
            context: context.map(|context| context as usize),
        })
    }

    fn check(&self, _params: &SamplingParams) -> Result<(), ServingError> {
        Ok(())
    }

    fn request(&self, asked: Asked<'_>, params: &SamplingParams) -> (&'static str, Value) {
        let mut body = json!({
            "prompt": asked.prompt,
            "n": 1,
            // Seeds are signed there.
            "seed": asked.seed >> 1,
            "max_tokens": asked.limit,
            "min_tokens": params.min_new_tokens.min(asked.limit),
            "temperature": params.temperature,
            "top_p": params.top_p,
            "top_k": params.top_k,
            "min_p": 0.0,
            "presence_penalty": params.presence_penalty,
            "frequency_penalty": params.frequency_penalty,
            "repetition_penalty": 1.0,
            "stop": params.stop,
            "include_stop_str_in_output": true,
            "stop_token_ids": asked.ends,
            "ignore_eos": false,
            "skip_special_tokens": false,
            "spaces_between_special_tokens": false,
            "logprobs": 0,
            "return_token_ids": true,
            "stream": false,
        });
        if let Some(adapter) = asked.adapter {
            body["model"] = adapter.into();
        }
        ("/v1/completions", body)
    }

    fn reply(&self, body: &Value) -> Result<Reply, String> {
        let choice = body.pointer("/choices/0").ok_or("it has no `choices`")?;
        let logprobs = choice.pointer("/logprobs/token_logprobs").and_then(Value::as_array);
        let logprobs = logprobs.ok_or("it has no `logprobs.token_logprobs`")?;
        Ok(Reply {
            tokens: ids(choice.get("token_ids"), "token_ids")?,
            logprobs: logprobs.iter().map(|value| logprob(Some(value))).collect(),
            reason: word(choice.get("finish_reason")),
        })
    }

    fn load(&self, folder: &Path) -> Vec<(&'static str, Value)> {
        let reload = json!({ "method": "reload_weights", "kwargs": { "weights_path": folder } });
        // Keys and values of prompts that the former weights have read are no use to the new ones.
        vec![("/collective_rpc", reload), ("/reset_prefix_cache", json!({}))]
    }

    fn load_adapter(&self, name: &str, folder: &Path) -> Option<(&'static str, Value)> {
        Some((
            "/v1/load_lora_adapter",
            json!({ "lora_name": name, "lora_path": folder }),
        ))
    }

    fn unload_adapter(&self, name: &str) -> Option<(&'static str, Value)> {
        Some(("/v1/unload_lora_adapter", json!({ "lora_name": name })))
    }

    fn how_to_load(&self) -> &'static str {
        "start the server with VLLM_SERVER_DEV_MODE=1 (for adapters with VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 and \
         --enable-lora), or let serl start it for each policy by `sampler.start`"
    }
}
