"""The near-duplicate filter with `rapidfuzz`: rapidfuzz_side.py TEXTS FOUND THREADS

Reads and writes what `cargo bench --bench filter -- --texts TEXTS --found FOUND` does (`stages/benches/filter`): each
candidate is compared with all known texts and all that were kept before it.
"""

import json
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

# That of serl's default configuration.
THRESHOLD = np.float32(0.7)
BLOCK = 512


def words(text):
    return [word.lower() for word in re.findall("[A-Za-z0-9]+", text)]


def encoded(texts):
    """Each word as a character, which `rapidfuzz` compares fastest; the most frequent ones get its small tables."""
    texts = [words(text) for text in texts]
    counts = Counter(word for text in texts for word in text)
    characters = {word: chr(number) for number, (word, _) in enumerate(counts.most_common())}
    return ["".join(characters[word] for word in text) for text in texts]


def similarities(block, texts, threads):
    """ROUGE-L F1 of each pair, which is 1 - normalized Indel: twice the common words in order by the sum of lengths."""
    found = cdist(block, texts, scorer=Indel.normalized_similarity, dtype=np.float32, workers=threads)
    found[[not text for text in block]] = 0  # two empty texts are equal there, and have nothing in common here
    return found


def judged(known, candidates, threads):
    """For each candidate whether it is kept, its similarity to the nearest text, and that text."""
    codes = encoded(known + candidates)
    codes, pool, texts, rows = codes[len(known):], codes[: len(known)], list(known), []
    present = set(known)
    for start in range(0, len(codes), BLOCK):
        block, kept, settled = codes[start : start + BLOCK], [], len(pool)
        before = similarities(block, pool, threads) if pool else np.full((len(block), 1), -1, np.float32)
        first = before.argmax(axis=1)
        among = similarities(block, block, threads)
        for i, place in enumerate(first):
            score, text = before[i, place], candidates[start + i]
            if kept and (fresh := among[i, kept]).max() > score:
                place = settled + int(fresh.argmax())
                score = fresh.max()
            passes = max(score, 0) < THRESHOLD and text not in present
            rows.append((passes, max(score, 0), texts[place] if texts else None))
            if passes:
                kept.append(i)
                texts.append(text)
                present.add(text)
        pool += [block[i] for i in kept]
    return rows


def peak_memory():
    """The most memory that this process had so far: what a parent sees includes its own."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+)", status)[1])


def main(texts, found, threads):
    with open(texts, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    known = [line["known"] for line in lines if "known" in line]
    candidates = [line["candidate"] for line in lines if "candidate" in line]
    began = time.perf_counter()
    rows = judged(known, candidates, int(threads))
    print(f"{time.perf_counter() - began:.3f} s, {peak_memory()} kB")
    with open(found, "w") as file:
        file.writelines(json.dumps([bool(kept), float(score), text]) + "\n" for kept, score, text in rows)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
