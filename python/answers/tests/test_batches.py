"""Many rows, from lists and from Arrow arrays, on one and more threads."""

import pandas
import polars
import pyarrow
import pytest

import serl_answers
from serl_answers import (
    canonical,
    canonical_batch,
    equal,
    equal_batch,
    extract,
    extract_batch,
    grade,
    grade_batch,
    vote,
    vote_batch,
)

GOLD = ["5", "1/2", "B", "x^2+2x+1", "Evelyn"] * 60
RESPONSES = ["#### 5", r"It is \boxed{0.5}.", "The answer is 4.", "$(x+1)^2$", ""] * 60
CHOICES = [None, None, ["3", "4"], [], None] * 60

COLUMNS = {
    "pyarrow": lambda texts: pyarrow.array(texts, pyarrow.string()),
    "pyarrow large": lambda texts: pyarrow.array(texts, pyarrow.large_string()),
    "pyarrow view": lambda texts: pyarrow.array(texts, pyarrow.string_view()),
    "pyarrow dictionary": lambda texts: pyarrow.array(texts, pyarrow.string()).dictionary_encode(),
    "pyarrow chunks": lambda texts: pyarrow.chunked_array([texts[:7], [], texts[7:]], pyarrow.string()),
    "pyarrow slice": lambda texts: pyarrow.array(["x", *texts, "y"], pyarrow.string()).slice(1, len(texts)),
    "polars": lambda texts: polars.Series("texts", texts, polars.String),
    "polars categorical": lambda texts: polars.Series("texts", texts, polars.Categorical),
}


def listed(column):
    return column.to_list() if isinstance(column, polars.Series) else column.to_pylist()


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_a_batch_of_lists_is_as_one_by_one(threads):
    assert extract_batch(RESPONSES, threads=threads) == [extract(response) for response in RESPONSES]
    assert canonical_batch(GOLD, threads=threads) == [canonical(gold) for gold in GOLD]
    pairs = list(zip(GOLD, RESPONSES, CHOICES, strict=True))
    assert equal_batch(GOLD, RESPONSES, CHOICES, threads) == [equal(*pair) for pair in pairs]
    assert grade_batch(GOLD, RESPONSES, CHOICES, threads=threads) == [grade(*pair) for pair in pairs]
    groups = [RESPONSES[start:] for start in range(0, 300, 3)]
    assert vote_batch(groups, threads=threads) == [vote(group) for group in groups]


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("threads", [1, 2])
def test_an_arrow_array_gives_the_rows_of_a_list(kind, threads):
    gold, responses = COLUMNS[kind](GOLD), COLUMNS[kind](RESPONSES)
    extracted = [row._asdict() for row in extract_batch(RESPONSES)]
    assert listed(extract_batch(responses, threads=threads)) == extracted
    assert listed(canonical_batch(gold, threads=threads)) == canonical_batch(GOLD)
    assert listed(equal_batch(gold, responses, CHOICES, threads)) == equal_batch(GOLD, RESPONSES, CHOICES)
    graded = [row._asdict() for row in grade_batch(GOLD, RESPONSES, CHOICES)]
    assert listed(grade_batch(gold, responses, CHOICES, threads=threads)) == graded


@pytest.mark.parametrize(
    "column",
    [
        lambda groups: pyarrow.array(groups, pyarrow.list_(pyarrow.string())),
        lambda groups: pyarrow.array(["x", *groups], pyarrow.list_(pyarrow.string())).slice(1),
        lambda groups: pyarrow.array(groups, pyarrow.large_list(pyarrow.large_string())),
        lambda groups: polars.Series(groups, dtype=polars.List(polars.String)),
    ],
    ids=["pyarrow", "pyarrow slice", "pyarrow large", "polars"],
)
def test_groups_and_options_may_be_arrow_lists(column):
    groups = [["#### 5", "5.0", None, "6"], None, [], ["(B)", "4", "3"]]
    choices = [None, None, ["1", "2"], ["3", "4"]]
    expected = [row and row._asdict() for row in vote_batch(groups, choices)]
    assert expected[3]["majority_count"] == 2
    try:
        arrays = column(groups), column(choices)
    except (TypeError, pyarrow.ArrowInvalid):
        arrays = column([None, *groups])[1:], column([None, *choices])[1:]
    assert listed(vote_batch(*arrays)) == expected


def test_the_result_is_of_the_library_of_the_responses():
    series = polars.Series("name", ["#### 5"])
    assert isinstance(extract_batch(pyarrow.array(["#### 5"])), pyarrow.StructArray)
    assert (type(extract_batch(series)), extract_batch(series).name) == (polars.Series, "name")
    assert isinstance(grade_batch(["5"], pyarrow.array(["5"])), pyarrow.StructArray)
    assert isinstance(grade_batch(pyarrow.array(["5"]), ["5"]), list)


def test_another_arrow_library_gets_an_array_that_any_library_reads():
    class Exported:
        def __arrow_c_array__(self, requested_schema=None):
            return pyarrow.array(["1/2", None]).__arrow_c_array__(requested_schema)

    forms = canonical_batch(Exported())
    assert isinstance(forms, serl_answers.ArrowArray)
    assert len(forms) == 2
    assert repr(forms) == "<serl_answers.ArrowArray of 2 rows, Utf8>"
    assert pyarrow.array(forms).to_pylist() == polars.Series(forms).to_list() == ["1/2", None]
    assert pyarrow.array(forms, pyarrow.large_string()).type == pyarrow.large_string()


def test_pandas_gives_a_list_whatever_marks_what_is_missing():
    series = pandas.Series(["1/2", None, float("nan"), pandas.NA], index=[7, 8, 9, 10])
    assert canonical_batch(series) == ["1/2", None, None, None]
    assert canonical_batch(series.astype("string")) == ["1/2", None, None, None]


def test_missing_texts():
    assert extract_batch(["#### 5", None]) == [("5", "hash"), None]
    assert canonical_batch(["5", None, "9^{9^9}"]) == ["5", None, None]
    assert equal_batch(["5", None, "5"], ["5", "5", None]) == [True, None, None]
    assert [row.status for row in grade_batch(["5", None], [None, "5"])] == ["no_answer", "no_gold"]
    assert vote_batch([None, []]) == [None, vote([])]
    nothing = pyarrow.nulls(2)
    assert canonical_batch(nothing).to_pylist() == [None, None]
    assert vote_batch(nothing).to_pylist() == [None, None]


def test_no_rows():
    for empty in ([], ()):
        assert extract_batch(empty) == canonical_batch(empty) == vote_batch(empty) == []
        assert equal_batch(empty, empty) == grade_batch(empty, empty) == []
    none = pyarrow.array([], pyarrow.string())
    assert len(extract_batch(none)) == len(grade_batch(none, none)) == 0
    assert len(extract_batch(pyarrow.chunked_array([], pyarrow.string()))) == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: extract_batch("5"), TypeError, "responses must be a list of str, not str"),
        (lambda: extract_batch(["5", 5]), TypeError, "responses[1] must be str or None, not int"),
        (lambda: grade_batch([5], ["5"]), TypeError, "gold[0] must be str or None, not int"),
        (lambda: grade_batch(["5"], []), ValueError, "gold has 1 rows, but responses has 0"),
        (lambda: equal_batch(["5"], ["5"], [[], []]), ValueError, "a has 1 rows, but choices has 2"),
        (lambda: vote_batch(["5"]), TypeError, "groups[0] must be a list of str, not str"),
        (lambda: vote_batch([["5", 5]]), TypeError, "groups[0][1] must be str or None, not int"),
        (lambda: vote_batch([["5"]], ["AB"]), TypeError, "choices[0] must be a list of str, not str"),
        (lambda: canonical_batch(["5"], threads=-1), ValueError, "threads must be 0 (as many as there are cores) or "
                                                                 "more, not -1"),
        (lambda: canonical_batch(pyarrow.array([5])), TypeError, "answers must be an Arrow array of strings, not of "
                                                                 "Int64"),
        (lambda: vote_batch(pyarrow.array(["5"])), TypeError, "groups must be an Arrow array of lists of strings, not "
                                                              "of Utf8"),
    ],
)
def test_a_wrong_argument_is_named(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message
