"""What each paper says, and what the keys of `[train]` change (docs/src/algorithms.md)."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Recipe:
    """An algorithm: its advantages, its term, the place of its KL and the weight of its tokens."""

    #: Which estimator of `advantages.py`; `None` for `rft` and `dpo`.
    advantage: str | None
    #: `token`, `sequence` (one ratio for a response) or `weight` (a bounded constant in front of `log p`).
    ratio: str = "token"
    #: How far the ratio may fall below and rise above 1.
    clip: tuple[float, float] = (0.2, 0.2)
    #: `none`, `reward`, `loss_k1`, `loss_k2` or `loss_k3`.
    kl: str = "none"
    #: `token_mean`, `sequence_mean`, `constant` or `sequence_sum`.
    weight: str = "token_mean"
    kl_coef: float = 0.0
    dual_clip: float | None = None
    mismatch_cap: float | None = None
    entropy_coef: float = 0.0
    #: What is subtracted from `n` under a group's deviation.
    freedom: int = 0
    #: `vote.max_new_tokens`, by which `constant` divides.
    longest: int = 0


#: arXiv numbers and equations are in docs/src/algorithms.md.
PAPERS = {
    "reinforce_pp": Recipe("whitened", kl="reward"),
    "reinforce_pp_baseline": Recipe("centred_whitened", kl="reward"),
    "grpo": Recipe("standardised", kl="loss_k3", weight="sequence_mean"),
    "dapo": Recipe("standardised", clip=(0.2, 0.28)),
    "dr_grpo": Recipe("centred", weight="constant"),
    "rloo": Recipe("leave_one_out", kl="reward", weight="sequence_sum"),
    "rloo_normalised": Recipe("leave_one_out_whitened", kl="reward"),
    "gspo": Recipe("standardised", ratio="sequence", clip=(3e-4, 4e-4), weight="sequence_mean"),
    "cispo": Recipe("standardised", ratio="weight", clip=(1.0, 5.0)),
    "rft": Recipe(None),
    "dpo": Recipe(None),
}


def recipe(train: dict, longest: int) -> Recipe:
    """The recipe of a node's `train` settings; 0 and `preset` leave a part as the paper has it."""
    paper = PAPERS[train["algorithm"]]
    low, high = (train["clip"],) * 2 if train["clip"] else paper.clip
    return replace(
        paper,
        clip=(low, train["clip_high"] or high),
        kl=paper.kl if train["kl"] == "preset" else train["kl"],
        weight=paper.weight if train["aggregation"] == "preset" else train["aggregation"],
        kl_coef=train["kl_coef"],
        dual_clip=train["dual_clip"] or None,
        mismatch_cap=train["mismatch_cap"] or None,
        entropy_coef=train["entropy_coef"],
        freedom={"population": 0, "sample": 1}[train["deviation"]],
        longest=longest,
    )
