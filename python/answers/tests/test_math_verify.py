"""The shapes of the package `math-verify`."""

import copy
import inspect
import pickle
import threading
from fractions import Fraction

import math_verify
import pytest

from serl_answers import OverBudget
from serl_answers import math_verify as ours
from serl_answers.math_verify import (
    ExprExtractionConfig,
    LatexExtractionConfig,
    StringExtractionConfig,
    parse,
    verify,
)

UNANCHORED = LatexExtractionConfig(try_extract_without_anchor=False)


@pytest.mark.parametrize("name", ["parse", "verify"])
def test_the_parameters_have_the_names_and_the_order_of_math_verify(name):
    theirs = inspect.signature(getattr(math_verify, name)).parameters
    assert list(inspect.signature(getattr(ours, name)).parameters) == list(theirs)


@pytest.mark.parametrize("name", ["LatexExtractionConfig", "ExprExtractionConfig", "StringExtractionConfig"])
def test_configurations_have_the_fields_of_math_verify(name):
    theirs, fields = getattr(math_verify, name)(), vars(getattr(ours, name)())
    assert list(fields) == list(vars(theirs))
    fields.pop("normalization_config", None)
    assert fields == {field: getattr(theirs, field) for field in fields}


@pytest.mark.parametrize("package", [math_verify, ours])
@pytest.mark.parametrize(
    ("gold", "response", "expected"),
    [
        (r"$\frac{1}{2}$", r"So it is $\boxed{0.5}$.", True),
        (r"$\{1, 2\}$", r"The answer is $\{2, 1\}$.", True),
        ("$x = 5$", "The final answer is $5$", True),
        ("$(1, 2]$", r"$1 < x \leq 2$", True),
        ("5", "The answer is 7", False),
        ("5", "", False),
    ],
)
def test_typical_calls_have_the_verdict_of_math_verify(package, gold, response, expected):
    targets = [package.LatexExtractionConfig(), package.ExprExtractionConfig()]
    parsed = package.parse(response, extraction_config=targets, extraction_mode="first_match")
    golds = package.parse(gold, extraction_config=targets)
    assert package.verify(golds, parsed, allow_set_relation_comp=True) is expected


def test_a_verdict_is_that_of_a_grade():
    assert verify(parse("x^2+1"), parse("x^2 + 1"))
    assert not verify(parse("1"), parse("x^2+1"))
    assert verify(parse("2 + 3 = 5\n#### 5"), parse("That makes 5 apples."))
    assert verify(parse("Evelyn"), parse("The answer is Evelyn."))


def test_without_anchors_only_marks_count():
    assert parse("34 apples", [UNANCHORED]) == []
    assert parse(r"$5$ and \boxed{6}", [UNANCHORED]) == ["6"]
    assert verify(parse("0.5"), parse(r"It is \boxed{\frac12}", [UNANCHORED]))
    assert not verify(parse("0.5"), parse(r"It is \boxed{2}", [UNANCHORED]))
    assert not verify("", parse(r"\boxed{2}", [UNANCHORED]))
    assert parse("34", [UNANCHORED, ExprExtractionConfig()]) == ["34"]


def test_strings_are_those_of_their_configuration():
    assert parse("The answer is (C).", [StringExtractionConfig()]) == ["c"]
    assert parse("The answer is 5.", [StringExtractionConfig()]) == []
    words = StringExtractionConfig(strings=("Yes", "No"), lowercase=False)
    assert parse("The answer is no.", [words]) == ["No"]
    assert verify(parse("C"), parse("The answer is (C).", [StringExtractionConfig()]))


def test_texts_and_numbers_are_compared_by_value():
    assert verify("1/2", "0.5")
    assert verify(["4", "5"], 5)
    assert verify("0.5", [Fraction(1, 2)])
    assert not verify([], [])


def test_an_answer_survives_a_copy_and_a_pickle():
    [answer] = parse(r"It is \boxed{0.5}.")
    for copied in (copy.deepcopy(answer), pickle.loads(pickle.dumps(answer))):
        assert (copied, copied.source, type(copied)) == (answer, answer.source, ours.Answer)


def test_both_run_in_any_thread():
    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.append(verify(parse("0.5"), parse("1/2"))))
    thread.start()
    thread.join()
    assert verdicts == [True]


def test_errors_are_raised_if_asked_for():
    large = "9^{9^9}"
    assert parse(large) == [large]
    assert not verify(parse(large), parse(large))
    with pytest.raises(OverBudget):
        parse(large, raise_on_error=True)
    with pytest.raises(OverBudget):
        verify(large, large, raise_on_error=True)


def test_what_is_not_supported_is_refused():
    with pytest.raises(ValueError, match="strict=False is not supported"):
        verify("1", "1", strict=False)
    with pytest.raises(TypeError, match="^target must be what parse.* not NoneType$"):
        verify("1", None)
    with pytest.raises(TypeError, match=r"^gold\[1\] must be a str or a number, not dict; SymPy"):
        verify(["1", {}], "1")
