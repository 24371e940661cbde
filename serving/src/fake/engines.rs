//! The paths and shapes of the engines, from the server's side.

use std::path::PathBuf;

use serde_json::{Value, json};
use serl_lm::{Finish, Request, Response, SamplingParams};

use super::wire::Incoming;
use crate::dialect::Engine;

/// The most tokens of a sequence there, fewer than the shipped policy can have.
pub(super) const CONTEXT: usize = 800;

/// What a client wants.
pub(super) enum Call {
    /// A response.
    Draw {
        request: Request,
        params: SamplingParams,
        adapter: Option<String>,
        /// Whether the answer is to come piece by piece.
        streamed: bool,
    },
    /// Other weights.
    Load(PathBuf),
    /// An adapter.
    LoadAdapter { name: String, folder: PathBuf },
    /// An adapter to go.
    UnloadAdapter(String),
    /// To know something.
    Tell(Value),
    /// Something that the engine has not.
    Unknown,
}

/// What `incoming` wants from a server of `engine`.
pub(super) fn parse(engine: Engine, incoming: &Incoming) -> Call {
    let body = &incoming.body;
    match (engine, incoming.path.as_str()) {
        (_, "/health") => Call::Tell(json!({ "status": "ok" })),
        (Engine::Vllm, "/version") => Call::Tell(json!({ "version": "0.0-fake" })),
        (Engine::Vllm, "/v1/models") => Call::Tell(json!({ "data": [{ "id": "m", "max_model_len": CONTEXT }] })),
        (Engine::Vllm, "/collective_rpc") => Call::Load(path(&body["kwargs"]["weights_path"])),
        (Engine::Vllm, "/reset_prefix_cache") => Call::Tell(json!({})),
        (Engine::Vllm, "/v1/completions") => draw(body, body, ["prompt", "seed", "max_tokens", "min_tokens"]),
        (Engine::Sglang, "/server_info") => {
            Call::Tell(json!({ "version": "0.0-fake", "dtype": "float32", "context_length": CONTEXT }))
        }
        (Engine::Sglang, "/update_weights_from_disk") => Call::Load(path(&body["model_path"])),
        (Engine::Sglang, "/generate") => draw(
            body,
            &body["sampling_params"],
            ["input_ids", "sampling_seed", "max_new_tokens", "min_new_tokens"],
        ),
        (Engine::Vllm, "/v1/load_lora_adapter") | (Engine::Sglang, "/load_lora_adapter") => Call::LoadAdapter {
            name: text(&body["lora_name"]),
            folder: path(&body["lora_path"]),
        },
        (Engine::Vllm, "/v1/unload_lora_adapter") | (Engine::Sglang, "/unload_lora_adapter") => {
            Call::UnloadAdapter(text(&body["lora_name"]))
        }
        (Engine::LlamaCpp, "/props") => {
            Call::Tell(json!({ "build_info": "fake", "default_generation_settings": { "n_ctx": CONTEXT } }))
        }
        (Engine::LlamaCpp, "/completion") => draw(body, body, ["prompt", "seed", "n_predict", ""]),
        _ => Call::Unknown,
    }
}

fn path(value: &Value) -> PathBuf {
    text(value).into()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The request in `body`, whose parameters are in `given`; `names` are those of prompt, seed, limit and fewest tokens.
fn draw(body: &Value, given: &Value, [prompt, seed, limit, fewest]: [&str; 4]) -> Call {
    let number = |name: &str| given[name].as_f64().unwrap_or_default();
    let list = |value: &Value| -> Vec<u32> {
        let numbers = value.as_array().into_iter().flatten();
        numbers.filter_map(Value::as_u64).map(|id| id as u32).collect()
    };
    let stop = given["stop"].as_array().into_iter().flatten();
    let adapter = ["model", "lora_path"].iter().find_map(|name| body[*name].as_str());
    Call::Draw {
        adapter: adapter.map(str::to_owned),
        streamed: body["stream"] == true,
        request: Request {
            prompt: list(&body[prompt]),
            seeds: given[seed].as_u64().into_iter().collect(),
            limits: Vec::new(),
        },
        params: SamplingParams {
            temperature: number("temperature") as f32,
            top_p: number("top_p") as f32,
            top_k: number("top_k").max(0.0) as usize,
            presence_penalty: number("presence_penalty") as f32,
            frequency_penalty: number("frequency_penalty") as f32,
            min_new_tokens: number(fewest) as usize,
            max_new_tokens: number(limit) as usize,
            stop: stop.filter_map(Value::as_str).map(str::to_owned).collect(),
            stop_tokens: list(&given["stop_token_ids"]),
        },
    }
}

/// `response` in the shape of `engine`.
pub(super) fn body(engine: Engine, response: &Response) -> Value {
    let tokens = &response.tokens;
    // NaN has no number in JSON; engines write `null` or a word.
    let logprobs = response.policy_logprobs.clone().unwrap_or_default();
    let pairs = tokens.iter().zip(&logprobs);
    let ended = response.finish == Finish::Stop;
    match engine {
        Engine::Vllm => json!({ "choices": [{
            "token_ids": tokens,
            "logprobs": { "token_logprobs": logprobs },
            "finish_reason": if ended { "stop" } else { "length" },
        }] }),
        Engine::Sglang => json!({ "output_ids": tokens, "meta_info": {
            "output_token_logprobs": pairs.map(|(id, logprob)| json!([logprob, id, null])).collect::<Vec<_>>(),
            "finish_reason": { "type": if ended { "stop" } else { "length" } },
        } }),
        Engine::LlamaCpp => json!({
            "tokens": tokens,
            "completion_probabilities":
                pairs.map(|(id, logprob)| json!({ "id": id, "logprob": logprob })).collect::<Vec<_>>(),
            "stop_type": if ended { "eos" } else { "limit" },
        }),
    }
}

/// `response` as llama.cpp's server streams it, a token at a time.
pub(super) fn events(response: &Response) -> String {
    let logprobs = response.policy_logprobs.iter().flatten();
    let pieces = response
        .tokens
        .iter()
        .zip(logprobs)
        .zip(1..)
        .map(|((id, logprob), drawn)| {
            json!({
                "tokens": [id], "completion_probabilities": [{ "id": id, "logprob": logprob }],
                "tokens_predicted": drawn, "stop": false,
            })
        });
    let all = pieces.chain([json!({ "stop": true, "tokens": [], "stop_type": "limit" })]);
    all.map(|event| format!("data: {event}\n\n")).collect()
}
