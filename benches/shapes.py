#!/usr/bin/env python3
"""Writes a model folder with the shape of a known model and random weights: for speed alone, nothing is downloaded.

    python benches/shapes.py qwen2.5-0.5b DIR
    python benches/shapes.py llama-3.2-1b DIR

Shapes are those of the models' published `config.json`. The tokenizer knows few words, so its text means nothing, and the
folder is not for `compare.py step`: all its texts become the same token.
Needs `torch` and `transformers`.
"""

import argparse
import json
from pathlib import Path

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=8192)
SHAPES = {
    "qwen2.5-0.5b": (Qwen2ForCausalLM, Qwen2Config, dict(
        hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2,
        vocab_size=151936, max_position_embeddings=32768, rms_norm_eps=1e-6, tie_word_embeddings=True,
        rope_parameters=dict(rope_type="default", rope_theta=1000000.0))),
    "llama-3.2-1b": (LlamaForCausalLM, LlamaConfig, dict(
        hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32, num_key_value_heads=8,
        head_dim=64, vocab_size=128256, max_position_embeddings=131072, rms_norm_eps=1e-5, tie_word_embeddings=True,
        rope_parameters=LLAMA3)),
}
WORDS = 1000


def tokenizer():
    words = {"<s>": 0, "</s>": 1} | {f"w{i}": i for i in range(2, WORDS)}
    special = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    return dict(
        version="1.0", truncation=None, padding=None, normalizer=None, post_processor=None, decoder=None,
        added_tokens=[dict(id=0, content="<s>", **special), dict(id=1, content="</s>", **special)],
        pre_tokenizer=dict(type="Whitespace"), model=dict(type="WordLevel", vocab=words, unk_token="w2"),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("folder", type=Path, help="is created")
    parser.add_argument("--layers", type=int, help="fewer layers than the model has, for a look")
    args = parser.parse_args()
    kind, config, shape = SHAPES[args.shape]
    if args.layers:
        shape = shape | {"num_hidden_layers": args.layers}
    torch.manual_seed(0)
    model = kind(config(**shape, bos_token_id=0, eos_token_id=1, pad_token_id=1)).to(torch.bfloat16)
    model.generation_config = GenerationConfig(bos_token_id=0, eos_token_id=1, pad_token_id=1)
    model.save_pretrained(args.folder)
    (args.folder / "tokenizer.json").write_text(json.dumps(tokenizer()))
    (args.folder / "tokenizer_config.json").write_text(json.dumps(dict(
        tokenizer_class="PreTrainedTokenizerFast", bos_token="<s>", eos_token="</s>", pad_token="</s>")))


if __name__ == "__main__":
    main()
