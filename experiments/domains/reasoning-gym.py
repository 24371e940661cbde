#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["reasoning-gym"]
# ///
"""Writes a task of reasoning-gym (github.com/open-thought/reasoning-gym) as data that `serl` reads.

    uv run experiments/domains/reasoning-gym.py --list
    uv run experiments/domains/reasoning-gym.py calendar_arithmetic --seeds seeds.jsonl --eval eval.jsonl
    uv run experiments/domains/reasoning-gym.py chain_sum --eval eval.jsonl --count 500 --set max_terms=3

Seeds are rows {"problem": ...}, held-out problems {"question": ..., "answer": ..., "subject": TASK, "level": ...}, with
the level only where the task grades its difficulty. No question occurs twice, neither within a file nor in both.
The same task, seed, options and version of the package give the same bytes.

`--pairs FILE` writes each gold answer beside a response that gives it, for a look at whether `serl` can compare the
answers of the task. A pair that is not `equal` there would never be rewarded:

    uv run experiments/domains/reasoning-gym.py syllogism --pairs pairs.jsonl
    serl grade --input pairs.jsonl --output graded.jsonl
"""

import argparse
import json
import sys

import reasoning_gym
from reasoning_gym.factory import DATASETS

# Draws in a row that bring nothing new, after which a task is taken to have no more questions.
PATIENCE = 1000


def value(text):
    """A setting of a task as JSON, or as text if it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def setting(text):
    name, equals, given = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"`{text}` must be NAME=VALUE")
    return name, value(given)


def level(item):
    """How difficult the task says the item is, as one short text."""
    difficulty = item["metadata"].get("difficulty")
    if not isinstance(difficulty, dict) or not difficulty:
        return None
    return ", ".join(f"{name} {amount}" for name, amount in difficulty.items())


def different(task, seed, settings):
    """Items of the task with pairwise different questions, as many as it has."""
    seen, idle = set(), 0
    # A data set computes its items when they are asked for, so its size costs nothing.
    for item in reasoning_gym.create_dataset(task, size=10_000_000, seed=seed, **settings):
        question = item["question"].strip()
        if question in seen:
            idle += 1
            if idle == PATIENCE:
                return
            continue
        seen.add(question)
        idle = 0
        yield question, str(item["answer"]).strip(), level(item)


def write(path, rows):
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{path}: {len(rows)} rows")


def take(items, count, what):
    taken = [item for _, item in zip(range(count), items)]
    if len(taken) < count:
        sys.exit(f"the task has {len(taken)} different questions left for {what}, not {count}; ask for fewer, or --set more")
    return taken


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="?", help="name of the task")
    parser.add_argument("--list", action="store_true", help="print the names of all tasks")
    parser.add_argument("--seeds", metavar="FILE", help="write seeds, without answers")
    parser.add_argument("--eval", metavar="FILE", help="write held-out problems with gold answers")
    parser.add_argument("--pairs", metavar="FILE", help="write the answers of the held-out problems for `serl grade`")
    parser.add_argument("--count", type=int, default=500, help="rows of each file (default: 500)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the task (default: 1)")
    parser.add_argument(
        "--set", type=setting, action="append", default=[], metavar="NAME=VALUE", help="setting of the task, as JSON"
    )
    return parser, parser.parse_args()


def main():
    parser, options = arguments()
    if options.list:
        print("\n".join(sorted(DATASETS)))
        return
    if options.task not in DATASETS:
        parser.error(f"there is no task `{options.task}`; --list prints those that there are")
    if not (options.seeds or options.eval or options.pairs):
        parser.error("nothing to write; give --seeds, --eval or --pairs")
    items = different(options.task, options.seed, dict(options.set))
    try:
        held_out = take(items, options.count, "held-out problems")
        seeds = take(items, options.count, "seeds") if options.seeds else []
    except (TypeError, AssertionError) as error:
        parser.error(f"`{options.task}` cannot be made with these settings: {error}")
    if options.eval:
        rows = [{"question": q, "answer": a, "subject": options.task, "level": l} for q, a, l in held_out]
        write(options.eval, [{key: cell for key, cell in row.items() if cell is not None} for row in rows])
    if options.pairs:
        write(options.pairs, [{"gold": a, "pred": f"So the answer is \\boxed{{{a}}}."} for _, a, _ in held_out])
    if options.seeds:
        write(options.seeds, [{"problem": question} for question, _, _ in seeds])


if __name__ == "__main__":
    main()
