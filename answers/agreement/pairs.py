"""Pairs of answers with a known verdict, made from the gold answers of data files.

A row is {"id", "category", "rule", "dataset", "gold", "pred", "expected"}: `expected` is true for an answer and a
spelling of itself, false for two answers of other values. The same arguments give the same file.
"""

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from gold import DATASETS, distinct_answers, kind
from perturbations import CHANGES, changed, differs
from rewrites import RULES, rewritten
from synthetic import synthetic_rows

NARROW = ("gsm8k", "asdiv")
Row = dict[str, str | bool]


def self_rows(dataset: str, answers: list[str]) -> Iterator[Row]:
    for answer in answers:
        yield row("self", "self", dataset, answer, answer, True)


def rewrite_rows(dataset: str, answers: list[str], seed: int, per_rule: int) -> Iterator[Row]:
    """At most `per_rule` rows of each rule, over answers drawn without order."""
    for name in RULES:
        rng = random.Random(f"{seed} {dataset} {name}")
        drawn = rng.sample(answers, len(answers))
        spelled = ((answer, rng.choice(others)) for answer in drawn if (others := rewritten(name, answer)))
        for answer, other in islice(spelled, per_rule):
            yield row("rewrite", name, dataset, answer, other, True)


def perturbed_rows(dataset: str, answers: list[str], seed: int, per_rule: int) -> Iterator[Row]:
    for name, change in CHANGES.items():
        rng, count = random.Random(f"{seed} {dataset} {name}"), 0
        for answer in rng.sample(answers, len(answers)):
            others = [other for other in change(answer, rng) if other != answer and changed(answer, other)]
            if others and count < per_rule:
                count += 1
                yield row("different", name, dataset, answer, rng.choice(others), False)


def other_rows(dataset: str, answers: list[str], seed: int, per_rule: int) -> Iterator[Row]:
    """Each answer against any other one, and against one of its type and about its length."""
    by_kind: dict[str, list[str]] = {}
    for answer in answers:
        by_kind.setdefault(kind(answer), []).append(answer)
    for name in ("other", "near"):
        rng = random.Random(f"{seed} {dataset} {name}")
        for answer in rng.sample(answers, min(per_rule, len(answers))):
            pool = answers
            if name == "near":
                pool = sorted(by_kind[kind(answer)], key=lambda other: (abs(len(other) - len(answer)), other))[:8]
            pool = [other for other in pool if other != answer]
            other = rng.choice(pool) if pool else answer
            if other != answer and differs(answer, other):
                yield row("different", name, dataset, answer, other, False)


def row(category: str, rule: str, dataset: str, gold: str, pred: str, expected: bool) -> Row:
    return {"category": category, "rule": rule, "dataset": dataset, "gold": gold, "pred": pred, "expected": expected}


def identity(made: Row) -> str:
    """An id that depends on the row alone, so that verdicts on it outlive other rows of the file."""
    text = "\n".join(str(made[name]) for name in ("rule", "dataset", "gold", "pred"))
    return f"{made['dataset']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def data_rows(folder: Path, seed: int, per_rule: int, per_narrow: int) -> Iterator[Row]:
    """The rows of all data files; the whole-number files are cut to `per_narrow` rows each."""
    for dataset in DATASETS:
        answers = distinct_answers(folder, dataset)
        rows = [
            *self_rows(dataset, answers),
            *rewrite_rows(dataset, answers, seed, per_rule),
            *perturbed_rows(dataset, answers, seed, 2 * per_rule),
            *other_rows(dataset, answers, seed, 8 * per_rule),
        ]
        if dataset in NARROW:
            kept = {identity(made) for made in sorted(rows, key=identity)[:per_narrow]}
            rows = [made for made in rows if identity(made) in kept]
        yield from rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help=f"folder with {', '.join(DATASETS)}; not read for --synthetic")
    parser.add_argument("out", type=Path, help="JSON lines to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of every draw (default 0)")
    parser.add_argument("--per-rule", type=int, default=60, help="most rewrites of a rule and data file (default 60)")
    parser.add_argument("--per-narrow", type=int, default=700, help="most rows of gsm8k and of asdiv (default 700)")
    parser.add_argument("--synthetic", type=int, default=0, help="write this many rows of random expressions instead")
    arguments = parser.parse_args()
    if arguments.synthetic:
        rows = synthetic_rows(arguments.synthetic, arguments.seed)
    else:
        rows = data_rows(arguments.data_dir, arguments.seed, arguments.per_rule, arguments.per_narrow)
    counts: Counter[tuple[str, str]] = Counter()
    with arguments.out.open("w", encoding="utf-8") as out:
        for made in rows:
            counts[str(made["category"]), str(made["rule"])] += 1
            out.write(json.dumps({"id": identity(made), **made}, ensure_ascii=False) + "\n")
    for (category, name), count in counts.items():
        print(f"{category:10} {name:28} {count:6}")
    print(f"{sum(counts.values())} rows")


if __name__ == "__main__":
    main()
