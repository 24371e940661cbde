"""Answers that would keep a computer algebra system busy for long, or end it."""

import resource
import subprocess
import sys

import pytest

from serl_answers import canonical_batch, extract_batch, grade

# CPU seconds for all of them together, which is far more than they take and far less than one that is not bounded.
LIMIT = 60

LARGE = [
    "9^{9^{9^9}}",
    "9**9**9**9",
    "10000!",
    "((((9!)!)!)!)!",
    r"\binom{100000}{50000}",
    "1e999999999",
    "0." + "9" * 4000 + "^{999}",
    r"\sqrt[999999]{2^{9999}}",
    "e^{e^{e^e}}",
    "(x+y+z)^{5000}",
    r"\prod_{i=1}^{10^9} i",
    r"\int_0^1 \frac{\sin(x^{99})}{\ln(1+x)}\,dx",
    "+".join(rf"\ln(x+{i})" for i in range(300)),
    "9^{9999}," * 400,
    r"\sqrt{x}," * 400,
    r"\pm x," * 500,
]
FRAGMENTS = ["(", "[", "{", r"\{", "|", r"\frac", r"\frac1", "^", "_", r"\sqrt[", r"\text{", "-", "x<", "$", "\\"]
REPEATED = [fragment * (4096 // len(fragment)) for fragment in FRAGMENTS]
LONG = [r"\boxed{" * 100_000, "The answer is " * 50_000, "#### " * 100_000, "7" * 1_000_000, "<think>" * 50_000]


@pytest.mark.parametrize("answer", LARGE + REPEATED, ids=lambda answer: f"{answer:.16}")
def test_a_large_answer_has_an_outcome(answer):
    assert grade("5", answer).status in ("compared", "no_answer", "over_budget")
    assert not grade("5", answer).equal


def test_all_of_them_take_little_time():
    script = f"import sys; sys.path[:0] = [{str(__import__('pathlib').Path(__file__).parent)!r}]; import test_hostile"
    script += "; test_hostile.everything()"
    subprocess.run([sys.executable, "-c", script], check=True)


def everything():
    """Reads and compares all of them under a limit of CPU time, beyond which the process is killed."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    assert canonical_batch(LARGE).count(None) >= 10
    assert len(canonical_batch(REPEATED)) == len(REPEATED)
    assert len(extract_batch(LARGE + REPEATED + LONG)) == len(LARGE + REPEATED + LONG)
