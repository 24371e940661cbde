"""Pairs of texts near the filter's threshold, and ROUGE-L by its definition (`filter.py pairs`)."""

import json
import os
import random
import re
import subprocess
import sys
from fractions import Fraction

import numpy as np

# That of serl's default configuration.
THRESHOLD = Fraction(7, 10)
# Pairs made, judged and compared at once.
CHUNK = 50_000
# Texts come from no word up to several times 64, where the filter's bits need a second word of memory.
LENGTHS = [(0, 12), (5, 60), (60, 200)]
# With few different words, common words say little about common subsequences.
VOCABULARIES = [6, 20_000]
BETWEEN = [" "] * 6 + [", ", ". ", "-", " – ", "\n", "é", "²"]


def pair(draws):
    """Two texts: in one pair of ten unrelated, else variants with three to eight changes for ten words."""
    size = draws.choice(VOCABULARIES)

    def words(first, last):
        return [int(size ** draws.random()) for _ in range(draws.randint(first, last))]

    one = words(*draws.choices(LENGTHS, weights=[6, 13, 1])[0])
    if draws.random() < 0.1:
        return written(one, draws), written(words(0, 60), draws)
    other = list(one)
    for _ in range(round(len(one) * draws.uniform(0.3, 0.8))):
        place = draws.randint(0, len(other))
        change = draws.choice("replace remove insert move".split())
        moved = other[place : place + 1] if change == "move" else words(1, 1)
        if change != "insert":
            del other[place : place + 1]
        if change == "move":
            place = draws.randint(0, len(other))
        other[place:place] = [] if change == "remove" else moved
    return written(one, draws), written(other, draws)


def written(numbers, draws):
    """The words in any case, with any character but ASCII letters and digits between them."""
    if not numbers:
        return draws.choice(["", "?", " – "])
    cases = draws.choices("wwwwW", k=len(numbers))
    between = draws.choices(BETWEEN, k=len(numbers))
    return "".join(f"{case}{number}{space}" for case, number, space in zip(cases, numbers, between))


def common(pairs):
    """Words in the longest common subsequence of each pair, by the table: a row of it for all pairs at once."""
    ones, others = (padded([pair[side] for pair in pairs], -1 - side) for side in range(2))
    row = np.zeros((len(others) + 1, len(pairs)), np.int16)
    for word in ones:
        diagonal = np.where(word == others, row[:-1] + 1, row[1:])
        row[1:] = np.maximum.accumulate(diagonal, axis=0)
    return row[-1].tolist()


def padded(texts, filler):
    """A column for each text; the filler equals no word."""
    words = np.full((max(map(len, texts)), len(texts)), filler, np.int32)
    for column, text in enumerate(texts):
        words[: len(text), column] = text
    return words


def defined(texts):
    """The length of the longest common subsequence and the number of words of each pair."""
    numbers = {}
    pairs = [[[numbers.setdefault(word.lower(), len(numbers)) for word in re.findall("[A-Za-z0-9]+", text)]
              for text in pair] for pair in texts]
    order = sorted(range(len(pairs)), key=lambda i: tuple(map(len, pairs[i])))
    found = [None] * len(pairs)
    for start in range(0, len(order), 1000):
        batch = order[start : start + 1000]
        for i, length in zip(batch, common([pairs[i] for i in batch])):
            found[i] = (length, sum(map(len, pairs[i])))
    return found


def row(line):
    """A verdict with its similarity as the filter has it, in single precision."""
    kept, score, *nearest = json.loads(line)
    return [kept, np.float32(score), *nearest]


def verdict(pair, length, words):
    """The right answer of the filter: fractions say on which side of the threshold it is."""
    score = Fraction(2 * length, words) if length else Fraction(0)
    return [score < THRESHOLD and pair[0] != pair[1], np.float32(2 * length / words if length else 0)]


def judged(args, pairs, scratch):
    given, found = scratch / "pairs", scratch / "found"
    given.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    environment = os.environ | {"RAYON_NUM_THREADS": str(args.threads)}
    subprocess.run([args.bench, "--pairs", given, "--found", found], check=True, env=environment)
    rows = [row(line) for line in found.read_text(encoding="utf-8").split("\n")[:-1]]
    if len(rows) != len(pairs):
        sys.exit(f"{len(pairs)} pairs, but {len(rows)} verdicts")
    return rows


def check(args, scratch):
    from rouge_score.rouge_scorer import RougeScorer

    scorer, draws = RougeScorer(["rougeL"]), random.Random(args.seed)
    every = max(args.pairs // args.packaged, 1) if args.packaged else args.pairs + 1
    counts = dict.fromkeys(["pairs", "by rouge-score", "similar", "exactly at the threshold", "within 0.05 of it"], 0)
    for start in range(0, args.pairs, CHUNK):
        pairs = [pair(draws) for _ in range(min(CHUNK, args.pairs - start))]
        rows = zip(pairs, judged(args, pairs, scratch), defined(pairs))
        for i, (texts, got, (length, words)) in enumerate(rows, start):
            agree("the definition", i, texts, got, verdict(texts, length, words))
            if i % every == every - 1:
                score = np.float32(scorer.score(*texts)["rougeL"].fmeasure)
                similar = score >= np.float32(THRESHOLD) or texts[0] == texts[1]
                agree("rouge-score", i, texts, got, [not similar, score])
                counts["by rouge-score"] += 1
            counts["pairs"] += 1
            counts["similar"] += not got[0]
            counts["exactly at the threshold"] += words > 0 and Fraction(2 * length, words) == THRESHOLD
            counts["within 0.05 of it"] += abs(float(got[1]) - 0.7) <= 0.05
        print(", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)
    print("every verdict and similarity is the same")


def agree(name, i, texts, got, want):
    if got != want:
        sys.exit(f"pair {i} differs from {name}: {texts[0]!r}, {texts[1]!r}\nserl: {got}\n{name}: {want}")
