"""Times `serl-answers` beside `math-verify` on the same pairs, by turns in one process, in seconds of one core.

    python bench.py                        # responses and gold answers of answers/tests/kinds.jsonl
    python bench.py --pairs pairs.jsonl    # of answers/agreement/pairs.py: both answers in boxes, as math-verify reads
                                           # most of them
"""

import argparse
import json
import logging
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import math_verify

import serl_answers
import serl_answers.math_verify

KINDS = Path(__file__).parents[2] / "answers" / "tests" / "kinds.jsonl"
Pair = tuple[str, str]
Side = Callable[[list[Pair]], Iterator[float]]


def read(path: Path, count: int) -> list[Pair]:
    """`count` pairs, drawn without order."""
    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    rows = [row for row in rows if row["gold"] and not row.get("choices")]
    drawn = random.Random(0).sample(rows, min(count, len(rows)))
    box = "\\boxed{{{}}}".format
    return [(box(row["gold"]), row["pred"] if path == KINDS else box(row["pred"])) for row in drawn]


def one_by_one(module: Any) -> Side:
    """Calls `parse` and `verify` of a module on each pair; gives the seconds that each takes."""

    def timed(pairs: list[Pair]) -> Iterator[float]:
        for gold, response in pairs:
            start = time.process_time()
            module.verify(module.parse(gold), module.parse(response))
            yield time.process_time() - start

    return timed


def in_batch(pairs: list[Pair]) -> Iterator[float]:
    """Grades all pairs in one call; gives its seconds."""
    start = time.process_time()
    serl_answers.grade_batch([gold for gold, _ in pairs], [response for _, response in pairs])
    yield time.process_time() - start


def processor() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, default=KINDS, help="JSON lines with gold and pred")
    parser.add_argument("--count", type=int, default=1000, help="most pairs to draw (default 1000)")
    parser.add_argument("--turns", type=int, default=3, help="how often each side runs (default 3)")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)

    pairs = read(arguments.pairs, arguments.count)
    sides: dict[str, Side] = {
        "math-verify, parse and verify": one_by_one(math_verify),
        "serl-answers, parse and verify": one_by_one(serl_answers.math_verify),
        "serl-answers, grade_batch": in_batch,
    }
    turns: dict[str, list[list[float]]] = {side: [] for side in sides}
    for _ in range(arguments.turns):
        for side, timed in sides.items():
            turns[side].append(list(timed(pairs)))

    print(f"{processor()}, Python {platform.python_version()}; {len(pairs)} pairs, {arguments.turns} turns")
    for side, seconds in turns.items():
        rates = sorted(len(pairs) / sum(each) for each in seconds)
        line = f"{side:31} {statistics.median(rates):8,.0f} pairs/s ({rates[0]:,.0f} to {rates[-1]:,.0f})"
        if len(seconds[0]) > 1:
            line += f", slowest pair {max(map(max, seconds)) * 1e3:,.1f} ms"
        print(line)


if __name__ == "__main__":
    main()
