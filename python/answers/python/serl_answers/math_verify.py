r"""``parse`` and ``verify`` in the shape of the package ``math-verify``, on the answers of this one.

>>> from serl_answers.math_verify import parse, verify
>>> gold = parse(r"$\frac{1}{\sqrt2}$")
>>> verify(gold, parse(r"So the answer is $\frac{\sqrt2}{2}$."))
True

What differs:

- ``parse`` returns a list of at most one :class:`Answer`, which is a ``str``, where ``math-verify`` returns a SymPy
  expression and a text. A line of up to twelve words is an answer, too, as a gold answer may be one. ``verify`` takes
  such answers, texts and numbers, no SymPy objects.
- Equality is that of :func:`serl_answers.grade`: an equivalence relation on exact values. ``float_rounding``,
  ``numeric_precision`` and ``allow_set_relation_comp`` have no effect, and ``strict=False`` is refused.
- A union of finite sets is compared as it is written: it does not equal the set of their elements.
- Texts are compared by value: ``verify("1/2", "0.5")`` is true.
- The last mark of a text counts, be it a box, ``####`` or an announcement, so ``boxed_match_priority``,
  ``normalization_config``, ``fallback_mode`` and ``extraction_mode`` have no effect.
- Work is bounded in steps instead of seconds: timeouts have no effect, both functions run in any thread, and the same
  texts have the same verdict on every machine.
- ``math_metric`` and ``LatexNormalizationConfig`` are not here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from . import _answers

__all__ = ["Answer", "ExprExtractionConfig", "LatexExtractionConfig", "StringExtractionConfig", "parse", "verify"]

_MARKS = ("boxed", "hash", "phrase")


class Answer(str):
    """The answer of a text, as written."""

    source: str | None
    """The text that is compared; None if it is the answer itself."""

    def __new__(cls, answer: str, source: str | None = None) -> "Answer":
        made = super().__new__(cls, answer)
        made.source = source
        return made

    def __getnewargs__(self) -> tuple[str, str | None]:  # type: ignore[override]
        return str(self), self.source


@dataclass(frozen=True)
class LatexExtractionConfig:
    """Asks for mathematics, with or without marks."""

    try_extract_without_anchor: bool = True
    """Whether an answer without a box, ``####`` or announcement counts."""
    boxed_match_priority: int = 50
    """Has no effect."""
    normalization_config: Any = None
    """Has no effect."""


@dataclass(frozen=True)
class ExprExtractionConfig:
    """Asks for plain expressions; the same as :class:`LatexExtractionConfig`."""

    try_extract_without_anchor: bool = True
    """Whether an answer without a box, ``####`` or announcement counts."""


@dataclass(frozen=True)
class StringExtractionConfig:
    """Asks for one of some texts, such as the letters of options."""

    strings: tuple[str, ...] = ("A", "B", "C", "D")
    """The texts."""
    try_extract_without_anchor: bool = True
    """Whether an answer without a box, ``####`` or announcement counts."""
    lowercase: bool = True
    """Whether the answer is returned in lower case."""


ExtractionTarget: TypeAlias = LatexExtractionConfig | ExprExtractionConfig | StringExtractionConfig
Parsed: TypeAlias = str | int | float | Fraction | Decimal


def parse(
    pred: str,
    extraction_config: Sequence[ExtractionTarget] = (LatexExtractionConfig(), ExprExtractionConfig()),
    fallback_mode: str = "first_match",
    extraction_mode: str = "any_match",
    parsing_timeout: int | None = 5,
    raise_on_error: bool = False,
) -> list[Answer]:
    r"""Find the answer of a text.

    Args:
        pred: A response, a gold answer or a bare answer.
        extraction_config: What to look for. Without ``try_extract_without_anchor`` in any of them, only marked answers
            count. With :class:`StringExtractionConfig` alone, only its texts do.
        fallback_mode: Has no effect.
        extraction_mode: Has no effect.
        parsing_timeout: Has no effect.
        raise_on_error: Whether an answer that is too large to compare raises :class:`serl_answers.OverBudget`.

    Examples:
        >>> parse(r"Therefore, $x = \boxed{\frac{1}{2}}$."), parse("")
        (['\\frac{1}{2}'], [])
        >>> parse("34 apples", [LatexExtractionConfig(try_extract_without_anchor=False)])
        []
        >>> parse("The answer is (B).", [StringExtractionConfig()])
        ['b']
    """
    if any(target.try_extract_without_anchor for target in extraction_config):
        answer, source = _answers.grade("", pred).answer, pred
    else:
        answer, source = _answers.extract(pred, _MARKS).answer, None
    if answer is None:
        return []
    if raise_on_error:
        _answers.canonical(answer)
    if all(isinstance(target, StringExtractionConfig) for target in extraction_config):
        return _among(answer, extraction_config)
    return [Answer(answer, source)]


def verify(
    gold: Parsed | Iterable[Parsed],
    target: Parsed | Iterable[Parsed],
    float_rounding: int = 6,
    numeric_precision: int = 15,
    strict: bool = True,
    allow_set_relation_comp: bool = False,
    timeout_seconds: int | None = 5,
    raise_on_error: bool = False,
) -> bool:
    r"""Whether one of ``target`` equals one of ``gold``. No answers equal nothing.

    Args:
        gold: What :func:`parse` returned for the gold answer, or a text or number.
        target: The same for the response.
        float_rounding: Has no effect.
        numeric_precision: Has no effect.
        strict: Must be true.
        allow_set_relation_comp: Has no effect: ``1 < x < 2`` equals ``(1, 2)``.
        timeout_seconds: Has no effect.
        raise_on_error: Whether an answer that is too large to compare raises :class:`serl_answers.OverBudget`.

    Examples:
        >>> verify(parse("${1,2,3}$"), parse(r"$\{3, 2, 1\}$")), verify("5", ["4", 5])
        (True, True)
        >>> verify(parse("5"), [])
        False
    """
    if not strict:
        raise ValueError("strict=False is not supported: names of variables and kinds of brackets count")
    targets = _parsed(target, "target")
    golds = _parsed(gold, "gold")
    if raise_on_error:
        for answer in golds + targets:
            _answers.canonical(answer)
    return any(_agree(one, other) for one in golds for other in targets)


def _among(answer: str, targets: Sequence[Any]) -> list[Answer]:
    """The string of a configuration that the answer equals."""
    for target in targets:
        for string in target.strings:
            if _answers.equal(string, answer):
                return [Answer(string.lower() if target.lowercase else string, string)]
    return []


def _agree(gold: str, target: str) -> bool:
    gold = getattr(gold, "source", None) or gold
    source = getattr(target, "source", target)
    if source is not None:
        return _answers.grade(gold, source).equal
    answer = _answers.grade(gold, "").gold_answer
    return answer is not None and _answers.equal(answer, target)


def _parsed(values: Any, name: str) -> list[str]:
    if isinstance(values, (str, int, float, Fraction, Decimal)):
        values = [values]
    if not isinstance(values, Iterable):
        raise TypeError(f"{name} must be what parse() returns, a str or a number, not {type(values).__name__}")
    return [_text(value, f"{name}[{place}]") for place, value in enumerate(values)]


def _text(value: Any, name: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float, Fraction, Decimal)):
        return str(value)
    raise TypeError(f"{name} must be a str or a number, not {type(value).__name__}; SymPy objects are not compared")
