#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["pyarrow"]
# ///
"""What a policy can do and what it does, by number of steps, from the responses that `serl eval` writes.

    serl eval OUT/policy OUT/eval.jsonl -c experiments/domains/habit.toml --output answers.parquet
    python experiments/domains/measure.py answers.parquet OUT/eval.jsonl

An answer is worked if it has an equals sign. Columns, in per cent unless said otherwise:

    n        problems, and in brackets those that were sampled
    greedy   greedy answers that are right
    worked   greedy answers that are worked
    right|w  greedy answers that are right, of those that are worked
    avg      samples that are right
    avg|w    samples that are right, of those that are worked
    maj      problems whose most frequent sampled answer is right; of equally frequent ones the first
    maj|w    the same among the samples that are worked
    pass     problems with a right sample
    bare     the most frequent answer without working, with its share of all samples, if that is above 1 %
"""

import argparse
import json
from collections import Counter, defaultdict

import pyarrow.parquet


def share(values):
    values = list(values)
    return f"{100 * sum(values) / len(values):.1f}" if values else "-"


def majority_is_right(samples):
    counts = Counter(row["canonical"] for row in samples if row["canonical"] is not None)
    if not counts:
        return False
    (winner, _), *_ = counts.most_common(1)
    return any(row["correct"] for row in samples if row["canonical"] == winner)


def row(name, greedy, groups):
    worked = [answer for answer in greedy if "=" in answer["text"]]
    samples = [sample for group in groups for sample in group]
    worked_samples = [sample for sample in samples if "=" in sample["text"]]
    worked_groups = [[sample for sample in group if "=" in sample["text"]] for group in groups]
    bare = Counter(sample["text"] for sample in samples if "=" not in sample["text"]).most_common(1)
    right = lambda rows: share(answer["correct"] for answer in rows)
    return [
        name,
        f"{len(greedy)} ({len(groups)})",
        right(greedy),
        share("=" in answer["text"] for answer in greedy),
        right(worked),
        right(samples),
        right(worked_samples),
        share(map(majority_is_right, groups)),
        share(map(majority_is_right, filter(None, worked_groups))),
        share(any(sample["correct"] for sample in group) for group in groups),
        f"{bare[0][0]} {100 * bare[0][1] / len(samples):.1f}" if bare and bare[0][1] > len(samples) / 100 else "-",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("responses", help="Parquet file of `serl eval --output`, or eval.parquet of a run's evaluate node")
    parser.add_argument("problems", help="the problems in JSONL, with `level`")
    options = parser.parse_args()
    with open(options.problems, encoding="utf-8") as lines:
        levels = {str(place): json.loads(line).get("level", "-") for place, line in enumerate(lines)}
    greedy, samples = defaultdict(list), defaultdict(lambda: defaultdict(list))
    columns = ["problem_id", "greedy", "text", "canonical", "correct"]
    for answer in pyarrow.parquet.read_table(options.responses, columns=columns).to_pylist():
        problem = answer["problem_id"]
        if answer["greedy"]:
            greedy[levels[problem]].append(answer)
        else:
            samples[levels[problem]][problem].append(answer)
    table = [["steps", "n", "greedy", "worked", "right|w", "avg", "avg|w", "maj", "maj|w", "pass", "bare"]]
    for level in sorted(greedy, key=str):
        table.append(row(str(level), greedy[level], list(samples[level].values())))
    everything = [group for groups in samples.values() for group in groups.values()]
    table.append(row("all", [answer for answers in greedy.values() for answer in answers], everything))
    widths = [max(map(len, column)) for column in zip(*table)]
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))


if __name__ == "__main__":
    main()
