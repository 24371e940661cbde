from collections.abc import Iterable
from typing import Any, Final, final

from ._batches import Groups, Texts

__all__ = [
    "METHODS",
    "ArrowArray",
    "OverBudget",
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

METHODS: Final[list[str]]

class OverBudget(ValueError): ...

@final
class ArrowArray:
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...

def extract(response: str, order: Iterable[str] | None = None) -> tuple[str | None, str | None]: ...
def canonical(answer: str) -> str: ...
def equal(a: str, b: str, choices: Iterable[str] | None = None) -> bool: ...
def grade(
    gold: str, response: str, choices: Iterable[str] | None = None, order: Iterable[str] | None = None
) -> tuple[bool, str, str | None, str | None, str | None]: ...
def vote(
    responses: Iterable[str | None], choices: Iterable[str] | None = None, order: Iterable[str] | None = None
) -> tuple[str | None, str | None, float, list[float], int, int, int, bool, float]: ...
def extract_batch(responses: Texts, order: Iterable[str] | None = None, threads: int = 1) -> Any: ...
def canonical_batch(answers: Texts, threads: int = 1) -> Any: ...
def equal_batch(a: Texts, b: Texts, choices: Groups | None = None, threads: int = 1) -> Any: ...
def grade_batch(
    gold: Texts,
    responses: Texts,
    choices: Groups | None = None,
    order: Iterable[str] | None = None,
    threads: int = 1,
) -> Any: ...
def vote_batch(
    groups: Groups,
    choices: Groups | None = None,
    order: Iterable[str] | None = None,
    threads: int = 1,
) -> Any: ...
