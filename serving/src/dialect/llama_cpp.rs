//! `llama-server` of llama.cpp (<https://github.com/ggml-org/llama.cpp>, `tools/server`).

use std::path::Path;

use serde_json::{Value, json};
use serl_lm::SamplingParams;

use super::contract::{Ask, Asked, Description, Dialect, Lacking, Reply, ids, logprob, optional, told, word};
use crate::error::ServingError;

/// llama.cpp's server.
pub(super) struct LlamaCpp;

impl Dialect for LlamaCpp {
    fn engine(&self) -> &'static str {
        "llama.cpp"
    }

    fn describe(&self, ask: &mut Ask<'_>) -> Result<Description, Lacking> {
        let props = ask("/props")?;
        let models = optional(ask, "/v1/models")?;
        let of_model = |name: &str| models.pointer("/data/0/meta").and_then(|meta| meta.get(name)).cloned();
        let context = props
            .pointer("/default_generation_settings/n_ctx")
            .and_then(Value::as_u64);
        Ok(Description {
            identity: json!({
                "version": told(&props, "/props", "/build_info")?,
                // Together they say how the weights are quantised.
                "parameters": of_model("n_params").unwrap_or_default(),
                "bytes": of_model("size").unwrap_or_default(),
            }),
            context: context.map(|context| context as usize),
        })
    }

    fn check(&self, params: &SamplingParams) -> Result<(), ServingError> {
        let unsupported = |what: &str, advice| {
            Err(ServingError::Unsupported {
                engine: self.engine(),
                what: what.to_owned(),
                advice,
            })
        };
        if params.min_new_tokens > 0 {
            return unsupported("`min_new_tokens` above 0", "set it to 0, or sample by another engine");
        }
        // Its penalties count the tokens of the prompt as well.
        if params.presence_penalty != 0.0 || params.frequency_penalty != 0.0 {
            return unsupported("penalties", "set them to 0, or sample by another engine");
        }
        Ok(())
    }

    fn request(&self, asked: Asked<'_>, params: &SamplingParams) -> (&'static str, Value) {
        let body = json!({
            "prompt": asked.prompt,
            "seed": seed(asked.seed),
            "n_predict": asked.limit,
            "temperature": params.temperature,
            "top_k": params.top_k,
            "top_p": params.top_p,
            "min_p": 0.0,
            // In the order of `SamplingParams`, and nothing else.
            "samplers": ["temperature", "top_k", "top_p"],
            "dynatemp_range": 0.0,
            "mirostat": 0,
            "repeat_penalty": 1.0,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
            "dry_multiplier": 0.0,
            "xtc_probability": 0.0,
            "ignore_eos": false,
            // It leaves out the tokens that complete a stop string: such a response is streamed and ended here.
            "stop": [],
            "n_probs": 1,
            "post_sampling_probs": false,
            "return_tokens": true,
            // Keys and values of another request were computed in another batch.
            "cache_prompt": false,
            "stream": self.streams(params),
        });
        ("/completion", body)
    }

    fn reply(&self, body: &Value) -> Result<Reply, String> {
        let drawn = body.get("completion_probabilities").and_then(Value::as_array);
        let drawn = drawn.ok_or("it has no `completion_probabilities`")?;
        let tokens = ids(body.get("tokens"), "tokens")?;
        let id = |token: &Value| token.get("id").and_then(Value::as_u64).unwrap_or(u64::MAX);
        if !drawn.iter().map(id).eq(tokens.iter().map(|token| u64::from(*token))) {
            return Err("`tokens` and `completion_probabilities` are of different tokens".into());
        }
        Ok(Reply {
            logprobs: drawn.iter().map(|token| logprob(token.get("logprob"))).collect(),
            reason: word(body.get("stop_type")),
            tokens,
        })
    }

    fn streams(&self, params: &SamplingParams) -> bool {
        !params.stop.is_empty()
    }

    fn piece(&self, body: &Value, had: usize) -> Result<Option<Reply>, String> {
        if body.get("stop") == Some(&Value::Bool(true)) {
            return Ok(None);
        }
        let piece = self.reply(body)?;
        // It withholds tokens that are no whole text of their own.
        let drawn = body.get("tokens_predicted").and_then(Value::as_u64);
        match drawn {
            Some(drawn) if drawn != (had + piece.tokens.len()) as u64 => Err(format!(
                "it has left out some of {drawn} tokens; serve the policy by `scripts/serve-llama-cpp`, whose tokens \
                 are all whole texts"
            )),
            _ => Ok(Some(piece)),
        }
    }

    fn load(&self, _folder: &Path) -> Vec<(&'static str, Value)> {
        Vec::new()
    }
}

/// `seed` in 32 bits, of which the largest number would mean "any".
fn seed(seed: u64) -> u32 {
    let folded = (seed ^ (seed >> 32)) as u32;
    folded.min(u32::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_of_32_bits_and_never_the_one_for_any() {
        assert_eq!(seed(7), 7);
        assert_eq!(seed(7 << 32), 7);
        assert_eq!(seed(u64::from(u32::MAX)), u32::MAX - 1);
    }
}
