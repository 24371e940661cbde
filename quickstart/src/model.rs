//! The files of the untrained policy folder, all but the weights.
//!
//! Knows the Hugging Face layout; the special tokens come from [`crate::vocabulary`].

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::tokenizer::Tokenizer;
use crate::vocabulary::{ASSISTANT, BOS, END, PAD, SPECIALS, UNKNOWN, USER};

/// The shape of the tiny Llama policy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shape {
    /// Width of the hidden state; a multiple of `heads`.
    pub hidden: usize,
    /// Width inside the feed-forward block.
    pub feed_forward: usize,
    /// Number of layers.
    pub layers: usize,
    /// Number of attention heads, each with its own keys and values.
    pub heads: usize,
    /// Longest context in tokens.
    pub context: usize,
    /// Base of the rotary wavelengths.
    pub rope_theta: f64,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            hidden: 96,
            feed_forward: 256,
            layers: 4,
            heads: 4,
            context: 1024,
            rope_theta: 500.0,
        }
    }
}

/// The chat template: `<bos><|user|> QUESTION<|assistant|>ANSWER<|end|>`.
///
/// The space makes the first word of a question the same token as everywhere else.
pub fn chat_template() -> String {
    format!(
        "{{{{ '{BOS}' }}}}{{% for message in messages %}}{{% if message['role'] == 'user' %}}\
         {{{{ '{USER} ' + message['content'] }}}}{{% elif message['role'] == 'assistant' %}}\
         {{{{ '{ASSISTANT}' + message['content'] + '{END}' }}}}{{% else %}}\
         {{{{ raise_exception('only user and assistant turns are known to this model') }}}}\
         {{% endif %}}{{% endfor %}}{{% if add_generation_prompt %}}{{{{ '{ASSISTANT}' }}}}{{% endif %}}"
    )
}

/// Name and content of every file of the folder, in a fixed order.
pub fn files(shape: &Shape, tokenizer: &Tokenizer) -> Vec<(&'static str, String)> {
    let pretty = |value: Value| format!("{value:#}\n");
    vec![
        ("config.json", pretty(config(shape, tokenizer))),
        ("generation_config.json", pretty(ends())),
        ("tokenizer.json", pretty(tokenizer.to_json())),
        ("tokenizer_config.json", pretty(tokenizer_config(shape))),
        ("chat_template.jinja", chat_template()),
    ]
}

fn special_id(token: &str) -> usize {
    SPECIALS
        .iter()
        .position(|special| *special == token)
        .unwrap_or_default()
}

fn ends() -> Value {
    json!({"bos_token_id": special_id(BOS), "eos_token_id": [special_id(END)], "pad_token_id": special_id(PAD)})
}

fn config(shape: &Shape, tokenizer: &Tokenizer) -> Value {
    json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float32",
        "vocab_size": tokenizer.vocab_size(), "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward, "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads, "num_key_value_heads": shape.heads,
        "head_dim": shape.hidden / shape.heads, "hidden_act": "silu", "rms_norm_eps": 1e-5,
        "rope_theta": shape.rope_theta, "max_position_embeddings": shape.context,
        "attention_bias": false, "mlp_bias": false, "attention_dropout": 0.0, "initializer_range": 0.05,
        "tie_word_embeddings": true, "use_cache": true,
        "bos_token_id": special_id(BOS), "eos_token_id": special_id(END), "pad_token_id": special_id(PAD),
    })
}

fn tokenizer_config(shape: &Shape) -> Value {
    json!({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": BOS, "eos_token": END, "pad_token": PAD,
        "unk_token": UNKNOWN, "add_bos_token": false, "add_eos_token": false,
        "clean_up_tokenization_spaces": false, "model_max_length": shape.context,
        "chat_template": chat_template(),
    })
}
