//! SGLang's own API (<https://docs.sglang.io>, 0.5 and later).

use std::path::Path;

use serde_json::{Value, json};
use serl_lm::SamplingParams;

use super::contract::{Ask, Asked, Description, Dialect, Lacking, Reply, logprob, optional, told};
use crate::error::ServingError;

/// SGLang's server.
pub(super) struct Sglang;

impl Dialect for Sglang {
    fn engine(&self) -> &'static str {
        "SGLang"
    }

    fn describe(&self, ask: &mut Ask<'_>) -> Result<Description, Lacking> {
        let path = "/server_info";
        // Its name before 0.5.6.
        let info = match optional(ask, path)? {
            Value::Null => ask("/get_server_info")?,
            info => info,
        };
        let part = |name: &str| info.get(name).cloned().unwrap_or_default();
        let context = info.get("context_length").and_then(Value::as_u64);
        Ok(Description {
            identity: json!({
                "version": told(&info, path, "/version")?,
                "dtype": part("dtype"),
                "quantization": part("quantization"),
                "tensor_parallel": part("tp_size"),
                "batch_invariant": part("enable_deterministic_inference"),
            }),
            context: context.map(|context| context as usize),
        })
    }

    fn check(&self, _params: &SamplingParams) -> Result<(), ServingError> {
        Ok(())
    }

    fn request(&self, asked: Asked<'_>, params: &SamplingParams) -> (&'static str, Value) {
        let all = |top_k: usize| if top_k == 0 { -1 } else { top_k as i64 };
        let mut body = json!({
            "input_ids": asked.prompt,
            "sampling_params": {
                "n": 1,
                // Seeds are signed there.
                "sampling_seed": asked.seed >> 1,
                "max_new_tokens": asked.limit,
                "min_new_tokens": params.min_new_tokens.min(asked.limit),
                "temperature": params.temperature,
                "top_p": params.top_p,
                "top_k": all(params.top_k),
                "min_p": 0.0,
                "presence_penalty": params.presence_penalty,
                "frequency_penalty": params.frequency_penalty,
                "repetition_penalty": 1.0,
                "stop": params.stop,
                "no_stop_trim": true,
                "stop_token_ids": asked.ends,
                "ignore_eos": false,
                "skip_special_tokens": false,
                "spaces_between_special_tokens": false,
            },
            "return_logprob": true,
            "logprob_start_len": -1,
            "top_logprobs_num": 0,
            "return_text_in_logprobs": false,
            "stream": false,
        });
        if let Some(adapter) = asked.adapter {
            body["lora_path"] = adapter.into();
        }
        ("/generate", body)
    }

    fn reply(&self, body: &Value) -> Result<Reply, String> {
        let drawn = body
            .pointer("/meta_info/output_token_logprobs")
            .and_then(Value::as_array);
        let drawn = drawn.ok_or("it has no `meta_info.output_token_logprobs`")?;
        // Log-probability, id and text of each token.
        let id = |token: &Value| token.get(1)?.as_u64().and_then(|id| u32::try_from(id).ok());
        let tokens: Option<Vec<u32>> = drawn.iter().map(id).collect();
        let reason = body.pointer("/meta_info/finish_reason/type").and_then(Value::as_str);
        Ok(Reply {
            tokens: tokens.ok_or("`output_token_logprobs` has something that is no token id")?,
            logprobs: drawn.iter().map(|token| logprob(token.get(0))).collect(),
            reason: reason.unwrap_or_default().to_owned(),
        })
    }

    /// They are those after division by the temperature, unless the server runs with
    /// `SGLANG_RETURN_ORIGINAL_LOGPROB=1`, which it does not tell.
    fn logprobs_are_raw(&self) -> bool {
        false
    }

    fn load(&self, folder: &Path) -> Vec<(&'static str, Value)> {
        let update = json!({ "model_path": folder, "flush_cache": true });
        vec![("/update_weights_from_disk", update)]
    }

    fn load_adapter(&self, name: &str, folder: &Path) -> Option<(&'static str, Value)> {
        Some(("/load_lora_adapter", json!({ "lora_name": name, "lora_path": folder })))
    }

    fn unload_adapter(&self, name: &str) -> Option<(&'static str, Value)> {
        Some(("/unload_lora_adapter", json!({ "lora_name": name })))
    }

    fn loaded(&self, body: &Value) -> Result<(), String> {
        match body.get("success").and_then(Value::as_bool) {
            Some(false) => Err(body["message"].as_str().unwrap_or("it does not say why").to_owned()),
            _ => Ok(()),
        }
    }
}
