"""The loss of an optimizer step, as the papers write it, on padded arrays in float64.

Autograd differentiates it. Each figure comes with its *scale*: what its sum would be if nothing in it cancelled, by
which differences are divided.
"""

from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from .recipe import Recipe

Tensor = torch.Tensor


@dataclass
class Batch:
    """What is known of the responses of a step before it: a row each, padded on the right."""

    mask: Tensor
    groups: list[int]
    #: Log-probabilities under the policy that sampled; these and later ones are `None` where the algorithm needs none.
    old: Tensor | None = None
    #: Entropies of that policy.
    entropies: Tensor | None = None
    #: The same log-probabilities, as the sampler reported them.
    sampled: Tensor | None = None
    #: Log-probabilities under the reference policy.
    reference: Tensor | None = None
    advantages: Tensor | None = None

    def take(self, rows: list[int]) -> "Batch":
        """These responses only."""
        tensors = (self.old, self.entropies, self.sampled, self.reference, self.advantages)
        picked = (None if tensor is None else tensor[rows] for tensor in tensors)
        return Batch(self.mask[rows], [self.groups[row] for row in rows], *picked)


@dataclass
class Outcome:
    """The loss of a step to be differentiated, its scale, and figures with theirs."""

    loss: Tensor
    scale: float
    figures: dict[str, tuple[float, float]]


def token_weights(recipe: Recipe, mask: Tensor) -> Tensor:
    """How much each token counts in the loss of the step."""
    responses, lengths = len(mask), mask.sum(1, keepdim=True)
    return mask / {
        "token_mean": mask.sum(),
        "sequence_mean": responses * lengths,
        "constant": torch.tensor(responses * recipe.longest),
        "sequence_sum": torch.tensor(responses),
    }[recipe.weight]


def loss(algorithm: str, recipe: Recipe, batch: Batch, logprobs: Tensor, entropies: Tensor) -> Outcome:
    """The loss of a step whose tokens have these `logprobs` and `entropies` now."""
    if algorithm == "dpo":
        return preference(recipe, batch, logprobs)
    if algorithm == "rft":
        terms = -token_weights(recipe, batch.mask) * logprobs
        return Outcome(terms.sum(), terms.abs().sum().item(), {"winners": (len(logprobs), 1.0)})
    return policy_gradient(recipe, batch, logprobs, entropies)


def preference(recipe: Recipe, batch: Batch, logprobs: Tensor) -> Outcome:
    """DPO: responses are in pairs, the one that won first."""
    gain = ((logprobs - batch.reference) * batch.mask).sum(1)
    margin = recipe.kl_coef * (gain[0::2] - gain[1::2])
    total = -logsigmoid(margin).mean()
    figures = {
        "margin": (margin.mean().item(), margin.abs().mean().item()),
        "preference_accuracy": ((margin > 0).double().mean().item(), 1.0),
    }
    return Outcome(total, total.item(), figures)


def policy_gradient(recipe: Recipe, batch: Batch, logprobs: Tensor, entropies: Tensor) -> Outcome:
    """A surrogate over advantages, a KL term where the recipe has one, and the bonus for entropy."""
    mask, weights = batch.mask, token_weights(recipe, batch.mask)
    correction = torch.ones_like(mask)
    if recipe.mismatch_cap:
        correction = torch.exp(batch.old - batch.sampled).clamp(max=recipe.mismatch_cap)
    objective, ratio, clipped = surrogate(recipe, batch, logprobs, correction * batch.advantages)
    parts = [-weights * objective, -recipe.entropy_coef * weights * entropies]
    figures = {
        **of_advantages(batch),
        "clip_fraction": (mean(clipped, mask), 1.0),
        "ratio_max": (ratio[mask.bool()].max().item(), 1.0),
    }
    if recipe.kl.startswith("loss_"):
        divergence = {"k1": k1, "k2": k2, "k3": k3}[recipe.kl.removeprefix("loss_")](logprobs - batch.reference)
        parts.append(recipe.kl_coef * weights * divergence)
        figures["kl_loss"] = (mean(divergence, mask), mean(divergence.abs(), mask))
    if recipe.mismatch_cap:
        figures["mismatch_weight"] = (mean(correction, mask), 1.0)
    return Outcome(sum(part.sum() for part in parts), sum(part.abs().sum().item() for part in parts), figures)


def surrogate(recipe: Recipe, batch: Batch, logprobs: Tensor, advantages: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What is maximised per token, the importance ratio, and where the clip changed something."""
    change = (logprobs - batch.old) * batch.mask
    if recipe.ratio == "sequence":
        change = (change.sum(1) / batch.mask.sum(1))[:, None].expand_as(change)
    ratio = change.exp()
    bounded = ratio.clamp(1 - recipe.clip[0], 1 + recipe.clip[1])
    if recipe.ratio == "weight":
        return bounded.detach() * advantages * logprobs, ratio.detach(), bounded != ratio
    plain = ratio * advantages
    objective = torch.min(plain, bounded * advantages)
    if recipe.dual_clip:
        objective = torch.where(advantages < 0, objective.max(recipe.dual_clip * advantages), objective)
    return objective, ratio.detach(), objective != plain


def k1(d: Tensor) -> Tensor:
    """Schulman's first estimator of the KL, `d` being `log p - log q`."""
    return d


def k2(d: Tensor) -> Tensor:
    """His second."""
    return d**2 / 2


def k3(d: Tensor) -> Tensor:
    """His third."""
    return torch.expm1(-d) + d


def of_advantages(batch: Batch) -> dict[str, tuple[float, float]]:
    """Mean and deviation of the step's advantages, and the share of its groups that have none."""
    values = batch.advantages[batch.mask.bool()]
    idle = [
        all((row == 0).all() for row, of in zip(batch.advantages, batch.groups) if of == group)
        for group in set(batch.groups)
    ]
    return {
        "advantage_mean": (values.mean().item(), values.abs().mean().item()),
        "advantage_std": (values.std(correction=0).item(), 1.0),
        "zero_advantage_groups": (sum(idle) / len(idle), 1.0),
    }


def mean(values: Tensor, mask: Tensor) -> float:
    """The mean over tokens."""
    return ((values * mask).sum() / mask.sum()).item()
