"""The policy in PyTorch: `transformers`' Llama in float64."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn.utils.rnn import pad_sequence
from transformers import LlamaForCausalLM

Tensor = torch.Tensor
#: Responses that are computed at once.
ROWS = 64


def load(folder: Path, dtype: torch.dtype) -> LlamaForCausalLM:
    """The model of a folder, computed in `dtype` throughout but for its rotary angles.

    `transformers` computes norms and (in eager attention) softmaxes in float32 whatever the weights are. Norms of
    PyTorch and its fused attention do not, so in float64 differences from `serl` are those of its own rounding.
    """
    model = LlamaForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa").eval()
    for module in model.modules():
        for name, norm in list(module.named_children()):
            if type(norm).__name__ == "LlamaRMSNorm":
                exact = torch.nn.RMSNorm(norm.weight.numel(), norm.variance_epsilon, dtype=dtype)
                exact.weight = norm.weight
                setattr(module, name, exact)
    return model


def weights(folder: Path) -> dict[str, Tensor]:
    """The weights of a folder, by name."""
    return {name: value.double() for name, value in load_file(folder / "model.safetensors").items()}


def score(
    model: LlamaForCausalLM, prompts: list[list[int]], responses: list[list[int]], width: int
) -> tuple[Tensor, Tensor]:
    """Log-probability of every response token, and the entropy of the distribution that it is drawn from, in nats.

    Both have a row per response, padded with zeros to `width` tokens.
    """
    found = []
    for start in range(0, len(prompts), ROWS):
        part = slice(start, start + ROWS)
        found.append(score_part(model, prompts[part], responses[part], width))
    logprobs, entropies = zip(*found)
    return torch.cat(logprobs), torch.cat(entropies)


def score_part(
    model: LlamaForCausalLM, prompts: list[list[int]], responses: list[list[int]], width: int
) -> tuple[Tensor, Tensor]:
    """`score` of a few responses."""
    sequences = [torch.tensor(prompt + response) for prompt, response in zip(prompts, responses)]
    ids = pad_sequence(sequences, batch_first=True)
    attended = pad_sequence([torch.ones_like(sequence) for sequence in sequences], batch_first=True)
    log_p = model(input_ids=ids, attention_mask=attended, use_cache=False).logits.log_softmax(-1)
    targets = pad_sequence([torch.tensor(response) for response in responses], batch_first=True)
    targets = torch.nn.functional.pad(targets, (0, width - targets.shape[1]))
    mask = token_mask(responses, width)
    # The logits before a token are those that it is drawn from.
    first = torch.tensor([len(prompt) - 1 for prompt in prompts])
    places = (first[:, None] + torch.arange(width)).clamp(max=ids.shape[1] - 1)
    log_p = log_p.gather(1, places[..., None].expand(-1, -1, log_p.shape[-1]))
    entropies = -(log_p.exp() * log_p).sum(-1)
    return log_p.gather(2, targets[..., None]).squeeze(2) * mask, entropies * mask


def token_mask(responses: list[list[int]], width: int) -> Tensor:
    """1 at the tokens of each response, 0 behind."""
    lengths = torch.tensor([len(response) for response in responses])
    return (torch.arange(width) < lengths[:, None]).double()
