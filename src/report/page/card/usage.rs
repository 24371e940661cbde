//! How to put an instruction to the policy as it was trained.

use serde_json::{Value, json};
use serl_stages::config::PromptConfig;

use crate::report::page::block::{Block, Section};
use crate::report::page::run::Run;

/// The section.
pub fn section(run: &Run) -> Section {
    let text = |pointer: &str| run.setting(pointer).and_then(Value::as_str).unwrap_or_default();
    let template = text("/prompt/template").replace(PromptConfig::SLOT, "INSTRUCTION");
    let ids = if text("/prompt/format") == "raw" {
        format!("inputs = tokenizer({}, return_tensors=\"pt\")", json!(template))
    } else {
        let mut messages = Vec::new();
        if !text("/prompt/system").is_empty() {
            messages.push(json!({"role": "system", "content": text("/prompt/system")}));
        }
        messages.push(json!({"role": "user", "content": template}));
        format!(
            "messages = {}\ninputs = tokenizer.apply_chat_template(\n    messages, add_generation_prompt=True, \
             return_dict=True, return_tensors=\"pt\"\n)",
            json!(messages)
        )
    };
    let tokens = run
        .setting("/vote/max_new_tokens")
        .and_then(Value::as_u64)
        .unwrap_or(512);
    let code = [
        "from transformers import AutoModelForCausalLM, AutoTokenizer",
        "",
        "folder = \".\"  # this folder, or its name on the Hub",
        "tokenizer = AutoTokenizer.from_pretrained(folder)",
        "model = AutoModelForCausalLM.from_pretrained(folder, dtype=\"auto\")",
        &ids,
        &format!("output = model.generate(**inputs, max_new_tokens={tokens}, do_sample=False)"),
        "print(tokenizer.decode(output[0, inputs[\"input_ids\"].shape[1] :], skip_special_tokens=True))",
    ]
    .join("\n");
    Section::new("use", "Use")
        .noting("Put instructions as in training:")
        .with(Block::Code { text: code })
        .noting("vLLM reads this folder, too, and llama.cpp's convert_hf_to_gguf.py where it knows the tokenizer.")
}
