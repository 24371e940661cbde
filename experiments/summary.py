"""Means, t intervals and paired tests over seeds. Knows nothing of where figures come from."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """A mean and half the width of its 95 % t interval; NaN for a single value."""

    mean: float
    half: float
    n: int


def interval(values):
    """Of the values that there are; None if there are none."""
    values = np.array([value for value in values if value is not None], dtype=float)
    if len(values) == 0:
        return None
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    return Interval(float(values.mean()), float(half), len(values))


def mcnemar(ours, theirs):
    """Answers right only in one of two equally ordered lists, and McNemar's exact p."""
    ours, theirs = np.asarray(ours, dtype=bool), np.asarray(theirs, dtype=bool)
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    differing = only_ours + only_theirs
    p = stats.binomtest(only_ours, differing).pvalue if differing else 1.0
    return only_ours, only_theirs, float(p)


def holm(values):
    """p values adjusted for their number (Holm 1979), in the order given."""
    order = np.argsort(values)
    adjusted, largest = np.empty(len(values)), 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, values[at] * (len(values) - rank)))
        adjusted[at] = largest
    return adjusted.tolist()
