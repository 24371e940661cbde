"""The package and the crate give the same results on the same rows.

`SERL_GRADING` is the example `grading` of the crate, which `check` builds. `SERL_PAIRS` adds a file of pairs that
`answers/agreement/pairs.py` has made.
"""

import json
import os
import subprocess
from pathlib import Path

import pyarrow
import pytest

from serl_answers import equal, grade, grade_batch
from serl_answers.math_verify import parse, verify

KINDS = Path(__file__).parents[3] / "answers" / "tests" / "kinds.jsonl"
FILES = [KINDS, *filter(None, [os.environ.get("SERL_PAIRS")])]
FIELDS = ("equal", "status", "pred_answer", "method")


@pytest.fixture(params=FILES, ids=lambda path: Path(path).stem, scope="module")
def rows(request):
    """The rows of a file with the results of the crate."""
    if "SERL_GRADING" not in os.environ:
        pytest.skip("SERL_GRADING does not name the example `grading` of the crate")
    command = [os.environ["SERL_GRADING"], request.param]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def test_every_grade_is_that_of_the_crate(rows):
    assert len(rows) > 900
    for row in rows:
        graded = grade(row["gold"], row["pred"], row.get("choices"))
        ours = (graded.equal, graded.status, graded.answer, graded.method)
        assert ours == tuple(row[field] for field in FIELDS), row


def test_every_row_of_a_batch_is_that_of_the_crate(rows):
    gold, pred = ([row[name] for row in rows] for name in ("gold", "pred"))
    choices = [row.get("choices") for row in rows]
    expected = [row["equal"] for row in rows]
    assert [row.equal for row in grade_batch(gold, pred, choices, threads=2)] == expected
    arrays = pyarrow.array(gold), pyarrow.array(pred), pyarrow.array(choices, pyarrow.list_(pyarrow.string()))
    assert grade_batch(*arrays).field("equal").to_pylist() == expected


def test_parse_and_verify_agree_with_the_crate(rows):
    """Where `parse` finds an answer: a long text that is an answer only beside an equal gold answer has none."""
    for row in rows:
        parsed = parse(row["pred"])
        if parsed and not row.get("choices"):
            assert verify(parse(row["gold"]) or row["gold"], parsed) == row["equal"], row


def test_equality_is_symmetric(rows):
    for row in rows:
        assert equal(row["gold"], row["pred"]) == equal(row["pred"], row["gold"]), row
