"""A model folder as a GGUF file without a tokenizer: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md."""

import json
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
from safetensors import safe_open

DTYPES = {
    "f32": gguf.GGMLQuantizationType.F32,
    "f16": gguf.GGMLQuantizationType.F16,
    "bf16": gguf.GGMLQuantizationType.BF16,
    "int8": gguf.GGMLQuantizationType.Q8_0,
}

ARCHITECTURES = {
    "LlamaForCausalLM": gguf.MODEL_ARCH.LLAMA,
    "Qwen2ForCausalLM": gguf.MODEL_ARCH.QWEN2,
    "Qwen3ForCausalLM": gguf.MODEL_ARCH.QWEN3,
}


class Unsupported(Exception):
    """A model that this file does not know how to write."""


def write(folder: Path, file: Path, dtype: str) -> None:
    """Writes the model in `folder` to `file`."""
    config = json.loads((folder / "config.json").read_text())
    architecture = refuse_or_name(folder, config)
    writer = gguf.GGUFWriter(file, gguf.MODEL_ARCH_NAMES[architecture])
    add_shape(writer, config)
    add_ids(writer, folder, config)
    names = gguf.get_tensor_name_map(architecture, config["num_hidden_layers"])
    for name, values in tensors(folder):
        if architecture == gguf.MODEL_ARCH.LLAMA and name.endswith(("q_proj.weight", "k_proj.weight")):
            values = interleaved(values, heads(config, name))
        new = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if new is None:
            raise Unsupported(f"{folder}: llama.cpp has no name for the tensor `{name}`")
        # Norms and biases stay as they are, as in llama.cpp's own converter.
        kind = DTYPES[dtype] if values.ndim > 1 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(new, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def refuse_or_name(folder: Path, config: dict) -> gguf.MODEL_ARCH:
    """The architecture in llama.cpp's words, if all of the model can be said in them here."""
    name = (config.get("architectures") or ["?"])[0]
    if name not in ARCHITECTURES:
        raise Unsupported(f"{folder}: {name} is not one of {', '.join(ARCHITECTURES)}")
    scaling = config.get("rope_scaling") or {}
    if scaling.get("rope_type", scaling.get("type", "default")) != "default":
        raise Unsupported(f"{folder}: `rope_scaling` is not supported here; use llama.cpp's own converter")
    if config.get("use_sliding_window"):
        raise Unsupported(f"{folder}: sliding windows are not supported here; use llama.cpp's own converter")
    return ARCHITECTURES[name]


def add_shape(writer: gguf.GGUFWriter, config: dict) -> None:
    """What the model looks like."""
    count = config["num_attention_heads"]
    width = config.get("head_dim") or config["hidden_size"] // count
    theta = config.get("rope_theta") or (config.get("rope_parameters") or {}).get("rope_theta", 10000.0)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(count)
    writer.add_head_count_kv(config.get("num_key_value_heads") or count)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_rope_freq_base(theta)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])


def add_ids(writer: gguf.GGUFWriter, folder: Path, config: dict) -> None:
    """A vocabulary in which each token is called after its id: llama.cpp ends responses at tokens of certain names."""
    generation = folder / "generation_config.json"
    settings = json.loads(generation.read_text()) if generation.exists() else {}
    ends = settings.get("eos_token_id", config.get("eos_token_id"))
    ends = ends if isinstance(ends, list) else [ends] if ends is not None else []
    size = config["vocab_size"]
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_tokenizer_model("llama")
    writer.add_token_list([f"[{number}]" for number in range(size)])
    writer.add_token_scores([0.0] * size)
    writer.add_token_types([control if number in ends else normal for number in range(size)])
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    # Further ones do not end a response there; whoever reads it cuts it off.
    for add, number in zip((writer.add_eos_token_id, writer.add_eot_token_id), ends):
        add(number)


def heads(config: dict, name: str) -> int:
    """Heads of the projection `name`."""
    count = config["num_attention_heads"]
    return count if "q_proj" in name else config.get("num_key_value_heads") or count


def interleaved(weights: np.ndarray, count: int) -> np.ndarray:
    """Rows of a projection in the order in which llama.cpp rotates them for Llama: pairs side by side, not in halves."""
    halves = weights.reshape(count, 2, weights.shape[0] // count // 2, *weights.shape[1:])
    return halves.swapaxes(1, 2).reshape(weights.shape)


def tensors(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Names and values in f32."""
    index = folder / "model.safetensors.index.json"
    files = ["model.safetensors"]
    if index.exists():
        files = sorted(set(json.loads(index.read_text())["weight_map"].values()))
    for file in files:
        with safe_open(folder / file, framework="numpy") as stored:
            for name in stored.keys():
                yield name, as_f32(stored, folder / file, name)


def as_f32(stored, file: Path, name: str) -> np.ndarray:
    """A tensor in f32; NumPy has no bf16, so that is read as the upper half of its bits."""
    if stored.get_slice(name).get_dtype() != "BF16":
        return stored.get_tensor(name).astype(np.float32)
    with file.open("rb") as raw:
        length = int.from_bytes(raw.read(8), "little")
        entry = json.loads(raw.read(length))[name]
        begin, end = entry["data_offsets"]
        raw.seek(8 + length + begin)
        bits = np.frombuffer(raw.read(end - begin), dtype="<u2").astype(np.uint32) << 16
    return bits.view(np.float32).reshape(entry["shape"])
