"""What a device allows at best, from the model's shape and the work: bytes for decoding, operations for training."""

import json
from pathlib import Path

BYTES = {"f32": 4, "bf16": 2}


class Shape:
    """The numbers of a model's `config.json` that cost depends on."""

    def __init__(self, folder):
        config = json.loads((Path(folder) / "config.json").read_text())
        heads, hidden = config["num_attention_heads"], config["hidden_size"]
        self.layers, self.vocab, self.hidden = config["num_hidden_layers"], config["vocab_size"], hidden
        dim = config.get("head_dim") or hidden // heads
        self.queries, self.kv = heads * dim, config.get("num_key_value_heads", heads) * dim
        block = hidden * (self.queries + 2 * self.kv) + self.queries * hidden + 3 * hidden * config["intermediate_size"]
        # Weights that a token is multiplied with.
        self.blocks, self.head = self.layers * block, self.vocab * hidden


def decoding_bytes(shape, work, dtype):
    """Bytes that decoding must read: at every step all weights once, the keys and values of each prompt that has rows left
    once, and those of each row's own tokens. The head's weights count as of the same type as the others.
    """
    groups = list(zip(work["prompts"], work["new_tokens"]))
    steps = max(max(group) for _, group in groups)
    shared = sum(len(prompt) * max(group) for prompt, group in groups)
    own = sum(new * (new - 1) // 2 for _, group in groups for new in group)
    weights = steps * (shape.blocks + shape.head)
    return BYTES[dtype] * (weights + (shared + own) * 2 * shape.layers * shape.kv)


def training_operations(shape, work):
    """Floating-point operations of a step's products: 2 a weight and token forward, 4 backward (Kaplan et al. 2020,
    arXiv:2001.08361), and attention's over the positions that are seen. The head's are counted for responses alone.

    Each sample counts with its prompt, so a side that computes shared prompts once does less than this."""
    lengths = [len(prompt) + new for prompt, group in zip(work["prompts"], work["new_tokens"]) for new in group]
    responses = sum(map(sum, work["new_tokens"]))
    seen = sum(length * (length + 1) // 2 for length in lengths)
    products = 6 * (shape.blocks * sum(lengths) + shape.head * responses)
    return products + 3 * 2 * 2 * shape.layers * shape.queries * seen
