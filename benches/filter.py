#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "rapidfuzz", "rouge-score"]
# ///
"""The near-duplicate filter beside `rapidfuzz`, and its verdicts beside the definition of ROUGE-L.

    python benches/filter.py texts                                  # 5,000, 10,000 and 20,000 known and candidate texts
    python benches/filter.py texts --texts FILE                     # lines {"known": TEXT} and {"candidate": TEXT}
    python benches/filter.py pairs                                  # a million pairs, most of them near the threshold

`texts`: both sides judge the same texts by turns, each run in a process of its own. Printed are seconds, CPU seconds
and memory of whole processes, the seconds of judging alone, the ratio of the medians (above 1: serl takes less), and by
how much each grows from one size to the next. Texts have 15 to 59 words with the frequencies of natural ones; half of
the candidates are variants of earlier texts. Every verdict, similarity and nearest text must be the same on both sides.

`pairs`: the filter judges one text of each pair while it knows the other. Verdict and similarity must be those of the
table that defines a longest common subsequence, here in NumPy, and for some pairs also those of the package
`rouge-score`.

What differs is printed, and the exit code then is 1. The filter is that of `cargo bench --bench filter`, which is built
first unless `--bench` names it.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import filter_pairs

HERE = Path(__file__).resolve().parent
SIDES = ("serl", "rapidfuzz")


def built():
    """The benchmark's binary."""
    command = ["cargo", "bench", "--workspace", "--bench", "filter", "--locked", "--no-run", "--message-format", "json"]
    done = subprocess.run(command, cwd=HERE.parent, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    named = [message for message in messages if message.get("target", {}).get("name") == "filter"]
    return next(message["executable"] for message in named if message.get("executable"))


def made(known, candidates, seed):
    """Texts like those of `stages/benches/filter/texts.rs`."""
    draws, written = random.Random(seed), []

    def word():
        return f"w{int(20_000 ** draws.random())}"

    def write(words):
        written.append(words)
        return " ".join(words)

    def variant():
        words = list(draws.choice(written))
        for _ in range(draws.randint(1, len(words) // 2)):
            words[draws.randrange(len(words))] = word()
        return words

    def new():
        return [word() for _ in range(draws.randint(15, 59))]

    lines = [{"known": write(new())} for _ in range(known)]
    return lines + [{"candidate": write(variant() if draws.random() < 0.5 else new())} for _ in range(candidates)]


def measured(command, threads):
    """What a process takes, which prints the seconds of its work and the most memory that it had."""
    began = time.perf_counter()
    environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    told = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} failed")
    judging, _, memory, _ = told.split()
    return {"seconds": time.perf_counter() - began, "cpu": usage.ru_utime + usage.ru_stime,
            "judging": float(judging), "memory": int(memory) / 1024}


def shown(run):
    return (f"{run['seconds']:8.2f} s  {run['cpu']:8.2f} s of CPU  {run['memory']:6.0f} MiB"
            f"  (judging alone {run['judging']:.2f} s)")


def compare(args, lines, scratch):
    """Runs both sides on the texts by turns; returns the medians of each."""
    texts = scratch / "texts"
    texts.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = {side: scratch / side for side in SIDES}
    commands = {"serl": [args.bench, "--texts", texts, "--found", found["serl"]],
                "rapidfuzz": [sys.executable, HERE / "rapidfuzz_side.py", texts, found["rapidfuzz"], str(args.threads)]}
    runs = {side: [] for side in SIDES}
    for turn in range(args.runs):
        for side in SIDES:
            runs[side].append(measured(commands[side], args.threads))
            print(f"{turn + 1} {side:9}", shown(runs[side][-1]), flush=True)
    candidates = [line["candidate"] for line in lines if "candidate" in line]
    check(candidates, *(found[side].read_text(encoding="utf-8").split("\n")[:-1] for side in SIDES))
    return {side: {key: statistics.median(run[key] for run in of_side) for key in of_side[0]}
            for side, of_side in runs.items()}


def check(candidates, serl, rapidfuzz):
    if not len(candidates) == len(serl) == len(rapidfuzz):
        sys.exit(f"{len(candidates)} candidates, but {len(serl)} and {len(rapidfuzz)} verdicts")
    rows = [(filter_pairs.row(ours), filter_pairs.row(theirs)) for ours, theirs in zip(serl, rapidfuzz)]
    wrong = [i for i, (ours, theirs) in enumerate(rows) if ours != theirs]
    if wrong:
        i = wrong[0]
        sys.exit(f"{len(wrong)} verdicts differ; candidate {i}: {candidates[i]!r}\n"
                 f"serl: {rows[i][0]}\nrapidfuzz: {rows[i][1]}")
    kept = sum(ours[0] for ours, _ in rows)
    print(f"{len(rows)} verdicts, similarities and nearest texts are the same; {kept} are kept")


def texts(args, scratch):
    if args.texts:
        loads = {"": [json.loads(line) for line in args.texts.open(encoding="utf-8")]}
    else:
        loads = {size: made(size, size, args.seed) for size in args.sizes}
    last = None
    for size, lines in loads.items():
        known = sum("known" in line for line in lines)
        print(f"{known} known texts, {len(lines) - known} candidates, {args.threads} threads")
        result = compare(args, lines, scratch)
        serl, other = (result[side] for side in SIDES)
        print("medians:  " + ",  ".join(f"{side} {shown(result[side]).strip()}" for side in SIDES))
        ratio = {key: other[key] / max(serl[key], 1e-3) for key in serl}  # a clock may show nothing of few texts
        print(f"rapidfuzz / serl: {ratio['seconds']:.2f} x the time, {ratio['cpu']:.2f} x the CPU time, "
              f"{ratio['memory']:.2f} x the memory")
        if last:
            grown = ", ".join(f"{side} {result[side]['cpu'] / max(last[1][side]['cpu'], 1e-3):.2f} x" for side in SIDES)
            print(f"CPU time with {size / last[0]:.1f} x the known texts and candidates: {grown}")
        last = (size, result)
        print()


def numbers(text):
    return [int(part) for part in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["texts", "pairs"])
    parser.add_argument("--bench", type=Path, help="the benchmark's binary [built here]")
    parser.add_argument("--sizes", type=numbers, default=[5000, 10000, 20000], help="texts: known, as many candidates")
    parser.add_argument("--texts", type=Path, help="texts: a file instead")
    parser.add_argument("--runs", type=int, default=3, help="texts: runs of each side")
    parser.add_argument("--threads", type=int, default=2, help="of each side")
    parser.add_argument("--pairs", type=int, default=1_000_000, help="pairs: how many")
    parser.add_argument("--packaged", type=int, default=20_000, help="pairs: how many `rouge-score` scores, too")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def main():
    args = arguments()
    args.bench = args.bench or built()
    with tempfile.TemporaryDirectory() as scratch:
        {"texts": texts, "pairs": filter_pairs.check}[args.what](args, Path(scratch))


if __name__ == "__main__":
    main()
