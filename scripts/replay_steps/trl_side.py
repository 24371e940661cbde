"""TRL's own losses on the log-probabilities of the replay: a second opinion on `losses.py`.

The methods that compute them are called on stand-ins for the trainers, which have just the attributes that they read.
TRL computes advantages inside the methods that sample; those cannot be called without a sampler.
"""

from collections import defaultdict
from dataclasses import replace
from types import SimpleNamespace

import torch
import trl
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.rloo_trainer import RLOOTrainer

from .losses import Batch, loss
from .recipe import PAPERS, Recipe

Tensor = torch.Tensor
VERSION = trl.__version__
GRPO_TYPES = {"token_mean": "dapo", "sequence_mean": "grpo", "constant": "dr_grpo", "sequence_sum": "luspo"}


class Observer:
    """Collects, step by step, how far TRL is from the replay: in the loss, and in its gradient by log-probability."""

    def __init__(self):
        #: The largest relative difference for each function of TRL that was called.
        self.largest: dict[str, float] = {}

    def __call__(self, algorithm: str, recipe: Recipe, batch: Batch, logprobs: Tensor, entropies: Tensor) -> None:
        """Compares a step with each function of TRL that computes the same."""
        ours = differentiated(lambda *leaves: loss(algorithm, recipe, batch, *leaves), logprobs, entropies)
        for name, function, parts in counterparts(algorithm, recipe, batch, logprobs):
            theirs = differentiated(lambda *leaves: function(recipe, batch, *leaves), logprobs, entropies)
            differences = [relative(theirs[part], ours[part], ours["scale"] if part == "loss" else 0) for part in parts]
            self.largest[name] = max(self.largest.get(name, 0.0), *differences)


def differentiated(function, logprobs: Tensor, entropies: Tensor) -> dict:
    """A loss with its gradients with respect to both arguments, and its scale."""
    leaves = [values.clone().requires_grad_() for values in (logprobs, entropies)]
    outcome = function(*leaves)
    total, scale = (outcome, 0.0) if torch.is_tensor(outcome) else (outcome.loss, outcome.scale)
    slopes = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    return {"loss": total.detach(), "gradient": slopes[0], "of entropy": slopes[1], "scale": scale}


def relative(these: Tensor, those: Tensor, scale: float) -> float:
    """`‖these - those‖ / max(‖those‖, scale)`; 0 where both are 0."""
    size = max(those.norm().item(), scale)
    return (these - those).norm().item() / size if size else these.norm().item()


def counterparts(algorithm: str, recipe: Recipe, batch: Batch, logprobs: Tensor) -> list[tuple]:
    """Name, function, and what of it can be compared."""
    everything = ("loss", "gradient", "of entropy")
    if algorithm == "dpo":
        return [("DPOTrainer, `sigmoid`", dpo, everything)]
    if algorithm == "rft":
        return [("DPOTrainer, `sft`", sft, everything)] if recipe.weight == "token_mean" else []
    found = []
    if grpo_has(recipe):
        kind = "cispo" if recipe.ratio == "weight" else GRPO_TYPES[recipe.weight]
        found.append((f"GRPOTrainer, `{kind}`", grpo, everything))
    # TRL's ratio is that of the whole response; where it is 1, the gradients are the same.
    if algorithm == "rloo" and recipe == rloo_of(recipe) and torch.allclose(logprobs, batch.old):
        found.append(("RLOOTrainer (gradient, first step)", rloo, ("gradient",)))
    return found


def grpo_has(recipe: Recipe) -> bool:
    """Whether GRPOTrainer can be set to compute the same loss."""
    if recipe.kl in ("loss_k1", "loss_k2") or recipe.entropy_coef and recipe.weight != "token_mean":
        return False
    if recipe.dual_clip and recipe.dual_clip < 1 + recipe.clip[1]:
        return False  # TRL's bound holds for positive advantages, too.
    if recipe.ratio == "weight":
        return recipe.weight == "token_mean" and recipe.clip[0] == 1.0
    return recipe.ratio == "token" or recipe.weight == "sequence_mean"


def rloo_of(recipe: Recipe) -> Recipe:
    """The part of a recipe that RLOOTrainer's loss depends on where the ratio is 1."""
    return replace(PAPERS["rloo"], clip=recipe.clip, kl_coef=recipe.kl_coef, longest=recipe.longest)


def stand_in(**attributes) -> SimpleNamespace:
    """A trainer in evaluation on one process."""
    accelerator = SimpleNamespace(
        num_processes=1,
        device="cpu",
        gather=lambda x: x,
        gather_for_metrics=lambda x: x,
        reduce=lambda x, reduction: x,
    )
    metrics = defaultdict(lambda: defaultdict(list))
    model = SimpleNamespace(training=False)
    return SimpleNamespace(
        accelerator=accelerator, _metrics=metrics, model=model, aux_loss_enabled=False, **attributes
    )


def completions(batch: Batch, **others) -> dict:
    """Inputs of GRPOTrainer and RLOOTrainer; tokens are not looked at."""
    tokens = torch.zeros_like(batch.mask, dtype=torch.long)
    prompt = tokens[:, :1]
    return {
        "prompt_ids": prompt,
        "prompt_mask": prompt + 1,
        "completion_ids": tokens,
        "completion_mask": batch.mask,
        **others,
    }


def grpo(recipe: Recipe, batch: Batch, logprobs: Tensor, entropies: Tensor) -> Tensor:
    """GRPOTrainer's loss."""
    low, high = recipe.clip
    cispo = recipe.ratio == "weight"
    trainer = stand_in(
        _get_per_token_logps_and_entropies=lambda *_, **__: (logprobs, entropies, None),
        loss_type="cispo" if cispo else GRPO_TYPES[recipe.weight],
        importance_sampling_level="sequence" if recipe.ratio == "sequence" else "token",
        epsilon_low=low,
        epsilon_high=1 + high if cispo else high,
        beta=recipe.kl_coef if recipe.kl == "loss_k3" else 0.0,
        use_vllm=recipe.mismatch_cap is not None,
        vllm_importance_sampling_correction=True,
        max_completion_length=recipe.longest,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        _entropy_bonus_enabled=recipe.entropy_coef > 0,
        use_adaptive_entropy=False,
        entropy_coef=recipe.entropy_coef,
        args=SimpleNamespace(delta=recipe.dual_clip, use_bias_correction_kl=False),
    )
    inputs = completions(
        batch,
        advantages=batch.advantages,
        old_per_token_logps=batch.old,
        ref_per_token_logps=batch.reference,
        num_items_in_batch=batch.mask.sum(),
    )
    if recipe.mismatch_cap:
        inputs["importance_sampling_ratio"] = (batch.old - batch.sampled).exp().clamp(max=recipe.mismatch_cap)
    return GRPOTrainer._compute_loss(trainer, None, inputs)


def rloo(recipe: Recipe, batch: Batch, logprobs: Tensor, entropies: Tensor) -> Tensor:
    """RLOOTrainer's loss, whose advantages are those of responses."""
    trainer = stand_in(
        _get_per_token_logps_and_entropies=lambda *_, **__: (logprobs, entropies, None),
        epsilon_low=recipe.clip[0],
        epsilon_high=recipe.clip[1],
    )
    inputs = completions(batch, advantages=batch.advantages[:, 0], old_logps=(batch.old * batch.mask).sum(1))
    return RLOOTrainer._compute_loss(trainer, None, inputs)


def dpo(recipe: Recipe, batch: Batch, logprobs: Tensor, entropies: Tensor) -> Tensor:
    """DPOTrainer's loss of pairs."""
    reference = (batch.reference * batch.mask).sum(1)
    return preferences("sigmoid", recipe.kl_coef, batch.mask, logprobs, reference)


def sft(recipe: Recipe, batch: Batch, logprobs: Tensor, entropies: Tensor) -> Tensor:
    """The part of DPOTrainer's loss that imitates what was chosen, each response being rejected as well."""
    twice = [torch.stack([values, values.detach()], 1).flatten(0, 1) for values in (batch.mask, logprobs)]
    return preferences("sft", 1.0, *twice, torch.zeros(len(twice[0])))


def preferences(kind: str, beta: float, mask: Tensor, logprobs: Tensor, reference: Tensor) -> Tensor:
    """DPOTrainer's loss `kind` of pairs, the preferred response first; TRL has all preferred ones first."""
    mask, logprobs, reference = (torch.cat([values[0::2], values[1::2]]) for values in (mask, logprobs, reference))
    trainer = stand_in(
        ld_alpha=None,
        precompute_ref_logps=True,
        f_divergence_type="reverse_kl",
        loss_types=[kind],
        loss_weights=[1.0],
        beta=beta,
        use_weighting=False,
        _total_train_tokens=0,
    )
    nothing = torch.zeros_like(logprobs)
    outputs = SimpleNamespace(log_probs=logprobs * mask, entropy=nothing, mean_logits=nothing, is_top1=nothing.bool())
    # The first token of a sequence has no logits before it.
    mask = torch.nn.functional.pad(mask, (1, 0)).long()
    chosen, rejected = reference.chunk(2)
    inputs = {"input_ids": torch.zeros_like(mask), "completion_mask": mask}
    inputs |= {"ref_chosen_logps": chosen, "ref_rejected_logps": rejected}
    return DPOTrainer._compute_loss(trainer, lambda **_: outputs, inputs, return_outputs=False)
