"""Low-rank adapters (arXiv 2106.09685), as parametrisations of PyTorch: `W + alpha / rank (A B)^T`."""

import torch
from blake3 import blake3
from torch.nn.utils import parametrize
from transformers import LlamaForCausalLM

from .deal import place, words


class LowRank(torch.nn.Module):
    """The weight of a product with its adapter: `a` has a row per input, `b` a column per output."""

    def __init__(self, a: torch.Tensor, outputs: int, scale: float):
        super().__init__()
        self.a = torch.nn.Parameter(a)
        self.b = torch.nn.Parameter(torch.zeros(a.shape[1], outputs, dtype=a.dtype))
        self.scale = scale

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """The adapted weight."""
        return weight + self.scale * (self.a @ self.b).T


def attach(model: LlamaForCausalLM, settings: dict, seed: int, iteration: int, round_number: int) -> None:
    """Freezes the model and gives the products that `settings` names the adapters that a node of `serl` starts with."""
    model.requires_grad_(False)
    drawn_from = place(seed, "train", iteration, round_number, "lora")[:8]
    for number, layer in enumerate(model.model.layers):
        for target, product in layer.named_modules():
            target = target.rpartition(".")[2]
            if target in settings["targets"]:
                a = uniform(drawn_from, f"layers.{number}.{target}", product.in_features, settings["rank"])
                scale = settings["alpha"] / settings["rank"]
                adapter = LowRank(a.to(product.weight.dtype), product.out_features, scale)
                parametrize.register_parametrization(product, "weight", adapter)


def merge(model: LlamaForCausalLM) -> None:
    """Makes the adapted weights the model's own."""
    for module in model.modules():
        if parametrize.is_parametrized(module):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
    model.requires_grad_(True)


def uniform(seed: bytes, name: str, inputs: int, rank: int) -> torch.Tensor:
    """Uniform within `±1 / sqrt(inputs)`, row by row, from the stream of a seed and a name."""
    stream = words(blake3(seed + name.encode()).digest())
    draws = [((next(stream) >> 11) + 0.5) / 2**53 for _ in range(inputs * rank)]
    return (2 * torch.tensor(draws, dtype=torch.float64).view(inputs, rank) - 1) * inputs**-0.5
