"""Computes the train nodes of a run again: scores, advantages, steps, and everything that the log records of them."""

import math
from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence

from . import policy
from .advantages import advantages
from .deal import deal
from .lora import attach, merge
from .losses import Batch, loss, mean
from .recipe import Recipe, recipe
from .round import Response, rewarded, units
from .store import TrainNode

Tensor = torch.Tensor


@dataclass
class Replayed:
    """What PyTorch finds where `serl` wrote a log and weights."""

    #: A figure of a step with its scale, by name; `None` where the algorithm has none.
    steps: list[dict[str, tuple[float, float] | None]]
    weights: dict[str, Tensor]
    moments: dict[str, dict[str, Tensor]]


class Replay:
    """A policy in training, carried from round to round as `serl` carries it."""

    def __init__(self, node: TrainNode, dtype: torch.dtype = torch.float64, observer=None):
        """`node` is the first; `observer` is called with what each step computed."""
        self.model = policy.load(node.input("policy"), dtype)
        self.reference = policy.load(node.input("reference"), dtype)
        self.observer = observer
        self.optimizer, self.done = None, 0

    def node(self, node: TrainNode) -> Replayed:
        """Trains the policy that `node` read on the responses that it read."""
        train, lora = node.config["train"], node.config["train"].get("lora")
        place = (node.seed, node.config["iteration"], node.config["round"])
        with torch.no_grad():
            for name, value in policy.weights(node.input("policy")).items():
                self.model.get_parameter(name).copy_(value)
        if lora:
            attach(self.model, lora, *place)
        if self.optimizer is None or not train["carry_optimizer"]:
            self.optimizer, self.done = adamw(self.trained(), train), 0
        responses = rewarded(node)
        wanted = recipe(train, node.config["longest_response"])
        known = self.known(responses, train["algorithm"], wanted)
        order = deal(units(responses, train["algorithm"]), train, *place)
        chosen = [([responses[number] for number in members], known.take(members)) for members in order]
        steps = [self.step(*of_step, train, wanted) for of_step in chosen]
        moments = {
            kind: {name: self.optimizer.state[value][of].clone() for name, value in self.trained().items()}
            for kind, of in (("mean", "exp_avg"), ("square", "exp_avg_sq"))
        }
        if lora:
            merge(self.model)
        return Replayed(steps, {name: value.detach().clone() for name, value in self.trained().items()}, moments)

    def trained(self) -> dict[str, Tensor]:
        """The parameters that are trained, by name."""
        return {name: value for name, value in self.model.named_parameters() if value.requires_grad}

    @torch.no_grad()
    def known(self, responses: list[Response], algorithm: str, wanted: Recipe) -> Batch:
        """What is known of the round before its first step."""
        prompts, tokens = [one.prompt for one in responses], [one.tokens for one in responses]
        width = max(map(len, tokens))
        batch = Batch(policy.token_mask(tokens, width), [one.group for one in responses])
        if algorithm == "dpo" or wanted.advantage and wanted.kl != "none":
            batch.reference, _ = policy.score(self.reference, prompts, tokens, width)
        if wanted.advantage:
            batch.old, batch.entropies = policy.score(self.model, prompts, tokens, width)
            batch.sampled = pad_sequence([torch.tensor(one.sampled).double() for one in responses], batch_first=True)
            rewards = torch.tensor([one.reward for one in responses]).double()
            k1 = torch.zeros_like(batch.old) if batch.reference is None else batch.old - batch.reference
            batch.advantages = advantages(wanted, rewards, batch.groups, k1, batch.mask)
        return batch

    def step(
        self, responses: list[Response], batch: Batch, train: dict, wanted: Recipe
    ) -> dict[str, tuple[float, float] | None]:
        """One step of AdamW on these responses, and its row of the log."""
        prompts, tokens = [one.prompt for one in responses], [one.tokens for one in responses]
        logprobs, entropies = policy.score(self.model, prompts, tokens, batch.mask.shape[1])
        outcome = loss(train["algorithm"], wanted, batch, logprobs, entropies)
        if self.observer:
            self.observer(train["algorithm"], wanted, batch, logprobs.detach(), entropies.detach())
        self.optimizer.zero_grad()
        outcome.loss.backward()
        norm = self.clip(train["max_grad_norm"])
        lr = learning_rate(train, self.done)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        self.done += 1
        rewards = [one.reward for one in responses]
        return {
            "responses": (len(responses), 1.0),
            "tokens": (sum(map(len, tokens)), 1.0),
            "loss": (outcome.loss.item(), outcome.scale),
            "reward_mean": (sum(rewards) / len(rewards), 1.0),
            "grad_norm": (norm, norm),
            "lr": (lr, lr),
            **before(batch),
            **outcome.figures,
        }

    def clip(self, most: float) -> float:
        """Scales the gradient down to the norm `most` and returns its norm; PyTorch's own adds 1e-6 to the norm."""
        gradients = [value.grad for value in self.trained().values()]
        norm = math.sqrt(sum((gradient**2).sum().item() for gradient in gradients))
        for gradient in gradients:
            gradient *= min(1.0, most / norm) if norm else 1.0
        return norm


def before(batch: Batch) -> dict[str, tuple[float, float] | None]:
    """Figures of the policy that sampled: its KL, its entropy, and how far the sampler is from the trainer."""
    figures = {"kl": None, "entropy": None, "mismatch_kl": None}
    if batch.old is None:
        return figures
    if batch.reference is not None:
        k1 = batch.old - batch.reference
        figures["kl"] = (mean(k1, batch.mask), mean(k1.abs(), batch.mask))
    figures["entropy"] = (mean(batch.entropies, batch.mask), 1.0)
    d = (batch.old - batch.sampled) * batch.mask
    figures["mismatch_kl"] = (mean(torch.expm1(d) - d, batch.mask), 1.0)
    return figures


def adamw(named: dict[str, Tensor], train: dict) -> torch.optim.AdamW:
    """PyTorch's AdamW (arXiv 1711.05101), whose weight decay applies to matrices."""
    matrices = [value for value in named.values() if value.dim() > 1]
    vectors = [value for value in named.values() if value.dim() == 1]
    groups = [{"params": matrices, "weight_decay": train["weight_decay"]}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(train["beta1"], train["beta2"]), eps=train["epsilon"])


def learning_rate(train: dict, done: int) -> float:
    """The rate of the step after `done` others: a straight rise from 0, then down to the floor, or constant."""
    step, rise = done + 1, train["warmup_steps"]
    if step <= rise:
        return train["lr"] * step / rise
    passed = min(1.0, (step - rise) / (train["schedule_steps"] - rise)) if train["schedule"] != "constant" else 0.0
    left = (1 + math.cos(math.pi * passed)) / 2 if train["schedule"] == "cosine" else 1 - passed
    return train["lr"] * (train["lr_floor"] + (1 - train["lr_floor"]) * left)
