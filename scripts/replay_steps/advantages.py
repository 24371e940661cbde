"""Advantages: from a reward per response and the KL of its tokens to a number per token.

Arrays of tokens have a row per response, padded on the right; `mask` is 1 at its tokens. Everything is in float64.
"""

import torch

from .recipe import Recipe

Tensor = torch.Tensor


def advantages(recipe: Recipe, rewards: Tensor, groups: list[int], k1: Tensor, mask: Tensor) -> Tensor:
    """The advantage of every token under `recipe`; `k1` is `log p_old - log q` of each."""
    beta = recipe.kl_coef if recipe.kl == "reward" else 0.0
    in_reward = beta * k1 * mask
    if recipe.advantage == "leave_one_out":
        # The response is one action: its penalty is subtracted before the baseline.
        return by_group(leave_one_out, rewards - in_reward.sum(1), groups)[:, None] * mask
    worth = {
        "whitened": lambda: rewards,
        "centred": lambda: by_group(centre, rewards, groups),
        "centred_whitened": lambda: by_group(centre, rewards, groups),
        "standardised": lambda: by_group(lambda r: standardise(r, recipe.freedom), rewards, groups),
        "leave_one_out_whitened": lambda: by_group(leave_one_out, rewards, groups),
    }[recipe.advantage]()
    # The sum over s >= t is that of the whole response less that before t.
    to_go = in_reward.sum(1, keepdim=True) - in_reward.cumsum(1) + in_reward
    returns = (worth[:, None] - to_go) * mask
    return whiten(returns, mask) if recipe.advantage.endswith("whitened") else returns


def by_group(function, rewards: Tensor, groups: list[int]) -> Tensor:
    """A function of the rewards of each group, one number for each of its responses."""
    of, values = torch.tensor(groups), torch.zeros_like(rewards)
    for group in set(groups):
        values[of == group] = function(rewards[of == group])
    return values


def centre(rewards: Tensor) -> Tensor:
    """`r - mean(r)`"""
    return rewards - rewards.mean()


def standardise(rewards: Tensor, freedom: int) -> Tensor:
    """`(r - mean(r)) / std(r)`, the deviation being divided by `n - freedom`; equal rewards give 0."""
    spread = rewards.std(correction=freedom) if len(rewards) > freedom else torch.zeros(())
    return centre(rewards) / (spread + 1e-8)


def leave_one_out(rewards: Tensor) -> Tensor:
    """Each reward less the mean of the others; 0 for one that is alone."""
    if len(rewards) == 1:
        return torch.zeros_like(rewards)
    others = [torch.cat([rewards[:i], rewards[i + 1 :]]).mean() for i in range(len(rewards))]
    return rewards - torch.stack(others)


def whiten(values: Tensor, mask: Tensor) -> Tensor:
    """Mean 0 and variance 1 over all tokens, the variance being at least 1e-8."""
    of_tokens = values[mask.bool()]
    spread = of_tokens.var(correction=0).clamp(min=1e-8).sqrt()
    return (values - of_tokens.mean()) / spread * mask
