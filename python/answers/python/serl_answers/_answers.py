"""One answer, response or vote at a time."""

from collections.abc import Iterable
from typing import NamedTuple

from . import _native


class Extraction(NamedTuple):
    """The final answer of a response. It is true if there is one."""

    answer: str | None
    """The answer as written, never empty; None if there is none."""
    method: str | None
    """Which of :data:`METHODS` found it."""

    def __bool__(self) -> bool:
        return self.answer is not None


class Grade(NamedTuple):
    """A response graded against a gold answer. It is true if the two are equal."""

    equal: bool
    """Whether the answers are equal."""
    status: str
    """``compared``, ``no_answer``, ``no_gold`` or ``over_budget``; only answers that were compared are equal."""
    gold_answer: str | None
    """The gold answer as written."""
    answer: str | None
    """The answer of the response as written."""
    method: str | None
    """Which of :data:`METHODS` found it."""

    def __bool__(self) -> bool:
        return self.equal


class Vote(NamedTuple):
    """The majority vote over the responses to one question."""

    majority: str | None
    """The majority answer in its shortest spelling; None if no response has an answer."""
    canonical: str | None
    """Its canonical form."""
    r_mean: float
    """The share of all responses, those without an answer included, that give the majority answer."""
    rewards: list[float]
    """1.0 for each response that gives the majority answer, else 0.0."""
    majority_count: int
    """How many responses give the majority answer."""
    n_parsed: int
    """How many responses have an answer that can be compared."""
    n_distinct: int
    """How many different answers there are."""
    tie: bool
    """Whether another answer has as many votes."""
    entropy: float
    """Entropy of the answers in nats, with all responses without an answer as one class."""


def extract(response: str, order: Iterable[str] | None = None) -> Extraction:
    r"""Find the final answer of a response.

    Boxes, ``####`` and announcements ("the answer is") mark an answer, and the last mark counts. Without one, it is the
    option or the number that the last sentence states.

    Args:
        response: The text of a model.
        order: The methods to use, in order; all of :data:`METHODS` by default.

    Examples:
        >>> extract(r"It is \boxed{5}. No wait: \boxed{7}")
        Extraction(answer='7', method='boxed')
        >>> extract("There are 34 apples in 5 boxes.").answer
        '34'
        >>> extract("There are 34 apples in 5 boxes.", order=["boxed", "hash", "phrase"])
        Extraction(answer=None, method=None)
        >>> bool(extract("I cannot answer question 5."))
        False
    """
    return Extraction._make(_native.extract(response, order))


def canonical(answer: str) -> str:
    r"""Bring an answer into canonical form: two answers are equal exactly if their forms are.

    Forms can be grouped, joined and looked up. They may differ between versions: do not store them for long.

    Raises:
        OverBudget: The answer is too large to compare.

    Examples:
        >>> canonical(r"\frac{2}{4}"), canonical("50 cm"), canonical("(B)")
        ('1/2', '50', 'B')
        >>> canonical("(x+1)^2") == canonical("x^2 + 2x + 1")
        True
        >>> canonical("9" * 20_000)
        Traceback (most recent call last):
        ...
        serl_answers.OverBudget: the answer has 20000 bytes, more than 4096
    """
    return _native.canonical(answer)


def equal(a: str, b: str, choices: Iterable[str] | None = None) -> bool:
    r"""Whether two answers are equal by value. An answer that is too large to compare equals nothing.

    Args:
        a: An answer as written, not a whole response.
        b: Another one.
        choices: The options of a multiple-choice question. The letter of an option and its text are then equal.

    Examples:
        >>> equal(r"1 < x \le 2", "(1,2]"), equal("0.33", "1/3")
        (True, False)
        >>> equal("B", "cut it", choices=["maintain it", "cut it"])
        True
    """
    return _native.equal(a, b, choices)


def grade(
    gold: str, response: str, choices: Iterable[str] | None = None, order: Iterable[str] | None = None
) -> Grade:
    r"""Grade a response, or a bare answer, against a gold answer.

    Args:
        gold: The gold answer, bare or as a worked solution with a marked answer.
        response: The text of a model, or a bare answer.
        choices: The options of a multiple-choice question.
        order: The methods that search the response, in order; all of :data:`METHODS` by default.

    Examples:
        >>> grade(r"2 + 3 = 5. #### 5", "The total is 5 apples.")
        Grade(equal=True, status='compared', gold_answer='5', answer='5', method='last_number')
        >>> bool(grade("x^2+1", "1"))
        False
        >>> grade("B", "The answer is 4.", choices=["3", "4"]).equal
        True
    """
    return Grade._make(_native.grade(gold, response, choices, order))


def vote(
    responses: Iterable[str | None], choices: Iterable[str] | None = None, order: Iterable[str] | None = None
) -> Vote:
    r"""Take the majority vote over responses to one question, as SeRL does (arXiv 2505.20347, section 3.2).

    Equal answers are one. Of answers with equally many votes, the one with the shortest text wins, then the one given
    first. A response without an answer that can be compared (or None) never wins and gets 0, and counts in ``r_mean``.

    Examples:
        >>> result = vote(["It is 1/2.", r"\boxed{0.5}", "#### 2", "I do not know."])
        >>> result.majority, result.r_mean, result.rewards
        ('1/2', 0.5, [1.0, 1.0, 0.0, 0.0])
    """
    return Vote._make(_native.vote(responses, choices, order))
