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
        # Weights that a token is multiplied with: the blocks' matrices and the head.
        self.multiplied = self.layers * block + self.vocab * hidden


def decoding_bytes(shape, work, dtype):
    """Bytes that decoding must read: at every step all weights once, and each row's keys and values so far.

    The head's weights count as of the same type as the others, and a prompt's keys and values once for each row.
    """
    samples = [(len(prompt), new) for prompt, group in zip(work["prompts"], work["new_tokens"]) for new in group]
    steps = max(new for _, new in samples)
    positions = sum(prompt * new + new * (new - 1) // 2 for prompt, new in samples)
    return BYTES[dtype] * (steps * shape.multiplied + positions * 2 * shape.layers * shape.kv)


def training_operations(shape, work):
    """Floating-point operations of a step's products: 2 a weight and token forward, 4 backward (Kaplan et al. 2020,
    arXiv:2001.08361), and attention's over the positions that are seen.

    Each sample counts with its prompt, so a side that computes shared prompts once does less than this."""
    lengths = [len(prompt) + new for prompt, group in zip(work["prompts"], work["new_tokens"]) for new in group]
    seen = sum(length * (length + 1) // 2 for length in lengths)
    return 6 * shape.multiplied * sum(lengths) + 3 * 2 * 2 * shape.layers * shape.queries * seen
