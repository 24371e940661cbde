"""Many rows at once. A list gives a list; an Arrow array gives an array of the library that it comes from."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias, overload

from . import _native
from ._answers import Extraction, Grade, Vote


class ArrowArrayLike(Protocol):
    """An Arrow array in one piece, such as ``pyarrow.Array``."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...


class ArrowStreamLike(Protocol):
    """An Arrow array in chunks, such as ``pyarrow.ChunkedArray`` or ``polars.Series``."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


Arrow: TypeAlias = ArrowArrayLike | ArrowStreamLike
TextList: TypeAlias = Iterable[str | None]
GroupList: TypeAlias = Iterable[Iterable[str | None] | None]
Texts: TypeAlias = TextList | Arrow
Groups: TypeAlias = GroupList | Arrow


@overload
def extract_batch(responses: Arrow, order: Iterable[str] | None = None, threads: int = 1) -> Any: ...
@overload
def extract_batch(
    responses: TextList, order: Iterable[str] | None = None, threads: int = 1
) -> list[Extraction | None]: ...
def extract_batch(responses: Texts, order: Iterable[str] | None = None, threads: int = 1) -> Any:
    r"""Find the final answer of each response: :func:`extract` on many rows.

    Args:
        responses: A list of texts, or an Arrow array of strings. None or null gives None or null.
        order: As in :func:`extract`.
        threads: How many threads to work on; 0 takes as many as there are cores.

    Returns:
        A list; or an Arrow array of structs with the fields of :class:`Extraction`, of the same library as the
        responses. An :class:`ArrowArray` stands for libraries other than pyarrow and polars.

    Examples:
        >>> [row.answer for row in extract_batch([r"\boxed{5}", "#### 7"])]
        ['5', '7']
    """
    return _returned(_native.extract_batch(_taken(responses), order, threads), responses, Extraction)


@overload
def canonical_batch(answers: Arrow, threads: int = 1) -> Any: ...
@overload
def canonical_batch(answers: TextList, threads: int = 1) -> list[str | None]: ...
def canonical_batch(answers: Texts, threads: int = 1) -> Any:
    r"""Bring each answer into canonical form: :func:`canonical` on many rows. One over budget gives None or null.

    Examples:
        >>> canonical_batch([r"\frac{2}{4}", "50%", None])
        ['1/2', '50', None]
    """
    return _returned(_native.canonical_batch(_taken(answers), threads), answers)


@overload
def equal_batch(a: Arrow, b: Texts, choices: Groups | None = None, threads: int = 1) -> Any: ...
@overload
def equal_batch(a: TextList, b: Texts, choices: Groups | None = None, threads: int = 1) -> list[bool | None]: ...
def equal_batch(a: Texts, b: Texts, choices: Groups | None = None, threads: int = 1) -> Any:
    r"""Whether the two answers of each row are equal: :func:`equal` on many rows. None or null gives None or null.

    Args:
        a: Answers.
        b: As many others.
        choices: For each row the options of a multiple-choice question, or None.
        threads: As in :func:`extract_batch`.

    Examples:
        >>> equal_batch(["1/2", "B"], ["0.5", "4"], choices=[None, ["3", "4"]])
        [True, True]
    """
    return _returned(_native.equal_batch(_taken(a), _taken(b), _taken(choices), threads), a)


@overload
def grade_batch(
    gold: Texts,
    responses: Arrow,
    choices: Groups | None = None,
    order: Iterable[str] | None = None,
    threads: int = 1,
) -> Any: ...
@overload
def grade_batch(
    gold: Texts,
    responses: TextList,
    choices: Groups | None = None,
    order: Iterable[str] | None = None,
    threads: int = 1,
) -> list[Grade]: ...
def grade_batch(
    gold: Texts,
    responses: Texts,
    choices: Groups | None = None,
    order: Iterable[str] | None = None,
    threads: int = 1,
) -> Any:
    r"""Grade each response against its gold answer: :func:`grade` on many rows.

    A missing gold answer has the status ``no_gold``, a missing response ``no_answer``.

    Args:
        gold: Gold answers.
        responses: As many responses.
        choices: For each row the options of a multiple-choice question, or None.
        order: As in :func:`grade`.
        threads: As in :func:`extract_batch`.

    Examples:
        >>> [row.equal for row in grade_batch(["5", "1/2"], ["#### 5", "It is 2."])]
        [True, False]
    """
    rows = _native.grade_batch(_taken(gold), _taken(responses), _taken(choices), order, threads)
    return _returned(rows, responses, Grade)


@overload
def vote_batch(
    groups: Arrow,
    choices: Groups | None = None,
    order: Iterable[str] | None = None,
    threads: int = 1,
) -> Any: ...
@overload
def vote_batch(
    groups: GroupList,
    choices: Groups | None = None,
    order: Iterable[str] | None = None,
    threads: int = 1,
) -> list[Vote | None]: ...
def vote_batch(
    groups: Groups,
    choices: Groups | None = None,
    order: Iterable[str] | None = None,
    threads: int = 1,
) -> Any:
    r"""Take the majority vote over each group of responses: :func:`vote` on many groups.

    Args:
        groups: A list of lists of texts, or an Arrow array of lists of strings.
        choices: For each group the options of a multiple-choice question, or None.
        order: As in :func:`vote`.
        threads: As in :func:`extract_batch`.

    Examples:
        >>> [(row.majority, row.r_mean) for row in vote_batch([["5", "5.0", "6"], ["1/2", "2"]])]
        [('5', 0.6666666865348816), ('2', 0.5)]
    """
    return _returned(_native.vote_batch(_taken(groups), _taken(choices), order, threads), groups, Vote)


def _library(column: object) -> str:
    return type(column).__module__.partition(".")[0]


def _taken(column: Any) -> Any:
    """A column as the native module reads it: pandas marks what is missing in its own ways."""
    if _library(column) == "pandas":
        return column.astype(object).where(column.notna(), None).tolist()
    return column


def _returned(rows: Any, like: Any, row: type[Extraction] | type[Grade] | type[Vote] | None = None) -> Any:
    """Rows of the native module under their names, or in an array of the library of ``like``."""
    if isinstance(rows, list):
        return rows if row is None else [fields and row._make(fields) for fields in rows]
    if _library(like) == "pyarrow":
        import pyarrow

        return pyarrow.array(rows)
    if _library(like) == "polars":
        import polars

        return polars.Series(rows).alias(like.name)
    return rows
