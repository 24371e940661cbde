"""What is run: every algorithm as published, and every key of `[train]` that changes the mathematics."""

from dataclasses import dataclass
from fnmatch import fnmatch

from .recipe import PAPERS

#: Small counts. Two rounds: in the second, the policy is no longer the reference policy and moments are carried over.
#: `epsilon` is larger than AdamW's usual 1e-8, below which lies about half a per cent of the gradient's elements. AdamW
#: divides them by their own size, so the rounding of float32 decides how they move.
SMALL = [
    *("iterations=1", "rounds=2", "generate.prompts=8", "filter.max_kept=16", "vote.n=8", "train.batch_rollouts=8"),
    *("train.clip=0", "train.kl_coef=0.1", "train.epsilon=1e-6"),
]
#: At the embedded default's rate.
ONE = ["train.max_steps=1", "train.lr=1e-4"]
#: At such a rate, ratios leave the clip's range in the second step.
THREE = ["train.max_steps=3", "train.lr=3e-4"]
#: Every round starts a fresh adapter; it moves a policy less than all weights do at the same rate.
LORA = ["train.lr=1e-3", "train.carry_optimizer=false"]

#: Algorithms (`all`, or by name), settings to try with each, and what these need.
VARIANTS = [
    ("all", []),
    ("reinforce_pp grpo", ["train.kl=none"]),
    ("grpo dapo dr_grpo", ["train.kl=reward"]),
    ("reinforce_pp grpo cispo", ["train.kl=loss_k1"]),
    ("reinforce_pp grpo gspo", ["train.kl=loss_k2"]),
    ("reinforce_pp dapo rloo gspo cispo", ["train.kl=loss_k3"]),
    ("reinforce_pp grpo gspo", ["train.clip=0.05"]),
    ("reinforce_pp dapo", ["train.clip=0.02", "train.clip_high=0.1"]),
    ("cispo", ["train.clip_high=0.05"]),
    ("cispo", ["train.clip=0.05"]),
    ("reinforce_pp grpo", ["train.clip=0.05", "train.dual_clip=1.1"]),
    ("reinforce_pp grpo dr_grpo rloo gspo", ["train.entropy_coef=0.1"]),
    ("reinforce_pp grpo gspo cispo", ["train.mismatch_cap=0.7"]),
    ("reinforce_pp dr_grpo rft", ["train.aggregation=sequence_mean"]),
    ("reinforce_pp grpo rft", ["train.aggregation=constant"]),
    ("reinforce_pp grpo rft", ["train.aggregation=sequence_sum"]),
    ("dr_grpo rloo", ["train.aggregation=token_mean"]),
    ("grpo dapo", ["train.deviation=sample"]),
    ("reinforce_pp reinforce_pp_baseline rloo_normalised", ["train.normalise=all"]),
    ("grpo dpo", ["train.bounds=[0,1]"]),
    ("grpo rloo dpo", ["vote.train_n=5"]),
    ("reinforce_pp", ["train.schedule=linear", "train.warmup_steps=2", "train.schedule_steps=5", "train.lr_floor=0.5"]),
    ("grpo", ["train.schedule=cosine", "train.warmup_steps=1", "train.schedule_steps=7", "train.lr_floor=0.3"]),
    ("reinforce_pp", ["train.weight_decay=0.1"]),
    ("reinforce_pp rft", ["train.max_grad_norm=0.01"]),
    ("grpo", ["train.carry_optimizer=false"]),
    ("grpo dpo", ["train.lora.rank=8"], LORA),
    ("reinforce_pp", ["train.lora.rank=4", 'train.lora.targets=["q_proj","down_proj"]'], LORA),
    ("reinforce_pp", ["train.micro_batch_tokens=256"]),
    ("grpo", ["train.max_steps=0", "train.epochs=2"]),
    ("dpo", ["train.max_steps=0", "train.steps=7"]),
]


@dataclass(frozen=True)
class Case:
    """A run: an algorithm with settings."""

    algorithm: str
    #: What sets it apart from the other cases of its algorithm.
    title: str
    #: `key=value`, a later one overriding an earlier one of the same key.
    settings: tuple[str, ...]
    #: Whether its epsilon is the usual one, so that float32 itself may cost more than the tolerance.
    shipped: bool = False

    @property
    def run(self) -> str:
        """A name for the run."""
        text = f"{self.algorithm}-{self.title}"
        return "".join(letter if letter.isalnum() else "-" for letter in text)


def cases(pattern: str) -> list[Case]:
    """All cases, or those whose algorithm or run matches `pattern`."""
    found = [case for algorithm in PAPERS for case in cases_of(algorithm)]
    return [case for case in found if fnmatch(case.algorithm, pattern) or fnmatch(case.run, pattern)]


def cases_of(algorithm: str) -> list[Case]:
    """The cases of an algorithm."""
    base = [*SMALL, f"train.algorithm={algorithm}"]
    found = [
        Case(algorithm, "1 step", (*base, *ONE)),
        Case(algorithm, "1 step, epsilon=1e-8", (*base, *ONE, "train.epsilon=1e-8"), shipped=True),
    ]
    for names, settings, *needed in VARIANTS:
        if names == "all" or algorithm in names.split():
            title = ", ".join(setting.removeprefix("train.") for setting in settings) or "3 steps"
            found.append(Case(algorithm, title, (*base, *THREE, *settings, *sum(needed, []))))
    return found
