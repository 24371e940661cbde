r"""Reward functions for TRL and verl.

TRL calls a reward function with the columns of its data set:

    GRPOTrainer(model=..., reward_funcs=[accuracy_reward], ...)     # gold answers in a column `solution` or `answer`
    GRPOTrainer(model=..., reward_funcs=[majority_reward], ...)     # no labels: the majority counts as correct

verl loads one from a file, which is that of this module (``serl_answers.rewards.__file__``):

    custom_reward_function.path=.../serl_answers/rewards.py custom_reward_function.name=compute_score
"""

import json
from collections.abc import Iterable, Sequence
from numbers import Number
from types import NoneType
from typing import Any, TypeAlias

# Absolute, since verl loads this file outside of its package.
from serl_answers import grade_batch, vote_batch

__all__ = ["accuracy_reward", "compute_score", "compute_score_batch", "majority_reward"]

Completion: TypeAlias = str | Sequence[dict[str, Any]]


def accuracy_reward(
    prompts: Any = None,
    completions: Sequence[Completion] = (),
    solution: Sequence[Any] | None = None,
    answer: Sequence[Any] | None = None,
    choices: Sequence[Any] | None = None,
    **kwargs: Any,
) -> list[float | None]:
    r"""1.0 for each completion with the gold answer, else 0.0; for TRL.

    Args:
        prompts: Not read.
        completions: Texts or lists of chat messages, of which the last is read.
        solution: Gold answers, or worked solutions with a marked answer. A row may be a number, or a list of answers
            each of which is right.
        answer: The same; of a row that has both, this is the gold answer.
        choices: Options of multiple-choice questions, or None.
        **kwargs: Other columns, not read.

    Returns:
        The rewards; None, which TRL leaves out, where there is no gold answer.

    Examples:
        >>> accuracy_reward(["1 + 1?"] * 2, ["It is 2.", r"\boxed{3}"], solution=["2", "2"])
        [1.0, 0.0]
        >>> chat = [[{"role": "assistant", "content": "#### 0.5"}]]
        >>> accuracy_reward([[{"role": "user", "content": "Half?"}]], chat, answer=["1/2"])
        [1.0]
    """
    if solution is None and answer is None:
        there = ", ".join(sorted(kwargs)) or "none"
        raise ValueError(f"gold answers must be in a column `solution` or `answer`; the other columns are: {there}")
    rows = len(completions)
    golds = [_first(answer, solution, row) for row in range(rows)]
    return _graded(golds, [_text(completion) for completion in completions], choices)


def majority_reward(
    prompts: Sequence[Any],
    completions: Sequence[Completion],
    choices: Sequence[Any] | None = None,
    **kwargs: Any,
) -> list[float]:
    r"""1.0 for each completion with the majority answer to its prompt, else 0.0; for TRL, without labels.

    Completions of equal prompts vote with each other, as in :func:`serl_answers.vote`. They must be in the same call:
    a device's batch has to hold whole groups of generations.

    Args:
        prompts: Texts or lists of chat messages, one for each completion.
        completions: Texts or lists of chat messages, of which the last is read.
        choices: Options of multiple-choice questions, or None.
        **kwargs: Other columns, not read.

    Examples:
        >>> majority_reward(["1 + 1?"] * 3, ["It is 2.", r"\boxed{2}", "#### 3"])
        [1.0, 1.0, 0.0]
    """
    if len(prompts) != len(completions):
        raise ValueError(f"there are {len(prompts)} prompts, but {len(completions)} completions")
    groups: dict[str, list[int]] = {}
    for row, prompt in enumerate(prompts):
        groups.setdefault(_key(prompt), []).append(row)
    texts = [[_text(completions[row]) for row in rows] for rows in groups.values()]
    options = None if choices is None else [choices[rows[0]] for rows in groups.values()]
    rewards = [0.0] * len(completions)
    for rows, voted in zip(groups.values(), vote_batch(texts, options), strict=True):
        if voted is not None:
            for row, reward in zip(rows, voted.rewards, strict=True):
                rewards[row] = reward
    return rewards


def compute_score(
    data_source: Any,
    solution_str: str,
    ground_truth: Any,
    extra_info: Any = None,
    **kwargs: Any,
) -> float:
    r"""1.0 if the response has the gold answer, else 0.0; for verl.

    Args:
        data_source: Not read.
        solution_str: The response.
        ground_truth: The gold answer, or a list of answers each of which is right.
        extra_info: May hold ``choices``, the options of a multiple-choice question.
        **kwargs: Not read.

    Examples:
        >>> compute_score("math", r"So it is \boxed{\frac12}.", "0.5")
        1.0
    """
    return compute_score_batch([data_source], [solution_str], [ground_truth], [extra_info])[0]


def compute_score_batch(
    data_sources: Any,
    solution_strs: Sequence[str],
    ground_truths: Sequence[Any],
    extra_infos: Sequence[Any] | None = None,
    **kwargs: Any,
) -> list[float]:
    r"""As :func:`compute_score`, for verl's batch reward manager.

    Examples:
        >>> compute_score_batch(["math"] * 2, ["#### 5", "#### 6"], ["5", ["6", "six"]], [None, None])
        [1.0, 1.0]
    """
    infos: Iterable[Any] = [None] * len(solution_strs) if extra_infos is None else extra_infos
    choices = [info.get("choices") if isinstance(info, dict) else None for info in infos]
    return [reward or 0.0 for reward in _graded(list(ground_truths), list(solution_strs), choices)]


def _graded(golds: list[Any], texts: list[str], choices: Sequence[Any] | None) -> list[float | None]:
    """The reward of each text; None without a gold answer."""
    if len(golds) != len(texts):
        raise ValueError(f"there are {len(golds)} gold answers, but {len(texts)} responses")
    accepted = [_accepted(gold) for gold in golds]
    pairs = [(row, gold) for row, answers in enumerate(accepted) for gold in answers]
    options = None if choices is None else [_listed(choices[row]) for row, _ in pairs]
    grades = grade_batch([gold for _, gold in pairs], [texts[row] for row, _ in pairs], options)
    rewards: list[float | None] = [None] * len(texts)
    for (row, _), grade in zip(pairs, grades, strict=True):
        if grade.status != "no_gold":
            rewards[row] = max(rewards[row] or 0.0, float(grade.equal))
    return rewards


def _first(answer: Sequence[Any] | None, solution: Sequence[Any] | None, row: int) -> Any:
    given = None if answer is None else answer[row]
    return solution[row] if given is None and solution is not None else given


def _accepted(gold: Any) -> list[str]:
    """The texts of gold answers of which each is right."""
    if gold is None:
        return []
    listed = _listed(gold)
    answers = listed if isinstance(listed, (list, tuple)) else [listed]
    for answer in answers:
        if not isinstance(answer, (str, Number, NoneType)):
            given = type(answer).__name__
            raise TypeError(f"a gold answer must be a str, a number or a list of them, not {given}")
    return [str(answer) for answer in answers if answer is not None]


def _listed(value: Any) -> Any:
    """Arrays of NumPy as lists."""
    return value.tolist() if hasattr(value, "tolist") else value


def _text(completion: Completion) -> str:
    """The text of a completion: of chat messages, the content of the last."""
    if isinstance(completion, str):
        return completion
    last = completion[-1] if isinstance(completion, Sequence) and completion else {}
    if not isinstance(completion, Sequence) or not isinstance(last, dict):
        given = type(completion).__name__
        raise TypeError(f"a completion must be a str or a list of chat messages, not {given}")
    content = last.get("content")
    if isinstance(content, str):
        return content
    parts = (part.get("text") for part in content or () if isinstance(part, dict))
    return "".join(part for part in parts if isinstance(part, str))


def _key(prompt: Any) -> str:
    return json.dumps(prompt, sort_keys=True, default=repr)
