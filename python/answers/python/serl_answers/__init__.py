r"""Final answers of language models: extraction, equality, grading, majority votes and rewards.

>>> import serl_answers
>>> serl_answers.extract(r"Half of $2{,}500$ is \boxed{1250.0}.").answer
'1250.0'
>>> serl_answers.equal(r"\frac{1}{\sqrt2}", r"\frac{\sqrt2}{2}")
True
>>> serl_answers.grade("0.5", r"So it is $\frac{1}{2}$.").equal
True
>>> serl_answers.vote(["It is 1/2.", r"\boxed{0.5}", "#### 2"]).rewards
[1.0, 1.0, 0.0]

Functions that end in ``_batch`` do the same for many rows, of lists or Arrow arrays, on several threads if asked to.
All release the GIL, and none depends on anything but its arguments. :mod:`serl_answers.rewards` has reward functions
for TRL and verl, :mod:`serl_answers.math_verify` the functions of ``math-verify``.
"""

from ._answers import Extraction, Grade, Vote, canonical, equal, extract, grade, vote
from ._batches import canonical_batch, equal_batch, extract_batch, grade_batch, vote_batch
from ._native import METHODS, ArrowArray, OverBudget

__all__ = [
    "METHODS",
    "ArrowArray",
    "Extraction",
    "Grade",
    "OverBudget",
    "Vote",
    "canonical",
    "canonical_batch",
    "equal",
    "equal_batch",
    "extract",
    "extract_batch",
    "grade",
    "grade_batch",
    "vote",
    "vote_batch",
]
