#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["reasoning-gym"]
# ///
"""Writes a task of reasoning-gym (github.com/open-thought/reasoning-gym) as data that `serl` reads.

    uv run experiments/domains/reasoning-gym.py --list
    uv run experiments/domains/reasoning-gym.py calendar_arithmetic --seeds seeds.jsonl --eval eval.jsonl --level task
    uv run experiments/domains/reasoning-gym.py chain_sum --eval eval.jsonl --count 500 --set max_terms=3

Seeds are rows {"problem": ...}, held-out problems {"question": ..., "answer": ..., "subject": TASK}, with the level that
`--level` takes from what the task says about an item. No question occurs twice, neither within a file nor in both. The
same task, seed, options and version of the package give the same bytes.

Can `serl` compare the answers of a task? `--pairs` writes each gold answer beside a response that gives it, and beside
one that gives the answer to the next question, each with the verdict of the task's own scorer. `--graded` reads what
`serl grade` makes of them and counts where the two differ:

    uv run experiments/domains/reasoning-gym.py syllogism --pairs pairs.jsonl
    serl grade --input pairs.jsonl --output graded.jsonl
    uv run experiments/domains/reasoning-gym.py --graded graded.jsonl
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


class Task:
    """A task with its settings."""

    def __init__(self, name, seed, settings):
        # Items are computed when they are asked for, so the size costs nothing.
        self.data = reasoning_gym.create_dataset(name, size=10_000_000, seed=seed, **settings)

    def items(self):
        """Items with pairwise different questions, as many as the task has."""
        seen, idle = set(), 0
        for item in self.data:
            new = item["question"].strip() not in seen
            idle = 0 if new else idle + 1
            if idle == PATIENCE:
                return
            if new:
                seen.add(item["question"].strip())
                yield item

    def pair(self, item, answer):
        own = self.data.score_answer(answer=answer, entry=item) >= 1
        return {"gold": item["answer"], "pred": f"So the answer is \\boxed{{{answer}}}", "own": own}

    def pairs(self, items):
        """Each item with its answer, then each with that of the next one."""
        own = [self.pair(item, item["answer"]) for item in items]
        return own + [self.pair(item, following["answer"]) for item, following in zip(items, items[1:])]


def problem(item, task, level):
    row = {"question": item["question"].strip(), "answer": item["answer"].strip(), "subject": task}
    return row | ({"level": item["metadata"][level]} if level else {})


def write(path, rows):
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{path}: {len(rows)} rows")


def take(items, count, what):
    taken = [item for _, item in zip(range(count), items)]
    if len(taken) < count:
        sys.exit(f"the task has only {len(taken)} different questions left for {what}; ask for fewer than {count}")
    return taken


def compare(path):
    """Counts where `serl grade` and the task's own scorer differ, and prints up to five such rows."""
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    differ = [row for row in rows if row["equal"] != row["own"]]
    right = sum(row["own"] for row in rows)
    print(f"{len(rows)} pairs, {right} right to the task's own scorer; serl differs on {len(differ)}")
    for row in differ[:5]:
        print(json.dumps({key: row[key] for key in ("gold", "pred", "own", "equal")}, ensure_ascii=False))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="?", help="name of the task")
    parser.add_argument("--list", action="store_true", help="print the names of all tasks")
    parser.add_argument("--seeds", metavar="FILE", help="write seeds, without answers")
    parser.add_argument("--eval", metavar="FILE", help="write held-out problems with gold answers")
    parser.add_argument("--pairs", metavar="FILE", help="write pairs for `serl grade`")
    parser.add_argument("--graded", metavar="FILE", help="compare graded pairs with the task's own scorer")
    parser.add_argument("--count", type=int, default=500, help="rows of each file (default: 500)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the task (default: 1)")
    parser.add_argument("--level", metavar="NAME", help="what the task's metadata has as the level of an item")
    parser.add_argument(
        "--set", type=setting, action="append", default=[], metavar="NAME=VALUE", help="setting of the task, as JSON"
    )
    return parser, parser.parse_args()


def main():
    parser, options = arguments()
    if options.list or options.graded:
        return compare(options.graded) if options.graded else print("\n".join(sorted(DATASETS)))
    if options.task not in DATASETS:
        parser.error(f"there is no task `{options.task}`; --list prints those that there are")
    if not (options.seeds or options.eval or options.pairs):
        parser.error("nothing to write; give --seeds, --eval or --pairs")
    try:
        task = Task(options.task, options.seed, dict(options.set))
        items = task.items()
        held_out = take(items, options.count, "held-out problems")
        seeds = take(items, options.count, "seeds") if options.seeds else []
        problems = [problem(item, options.task, options.level) for item in held_out]
    except (TypeError, AssertionError) as error:
        parser.error(f"`{options.task}` cannot be made with these settings: {error}")
    except KeyError as missing:
        parser.error(f"`{options.task}` says no {missing} about its items, but {', '.join(held_out[0]['metadata'])}")
    if options.eval:
        write(options.eval, problems)
    if options.pairs:
        write(options.pairs, task.pairs(held_out))
    if options.seeds:
        write(options.seeds, [{"problem": item["question"].strip()} for item in seeds])


if __name__ == "__main__":
    main()
