r"""The verdict of Python `math-verify` on each pair of a file.

Each side is wrapped as `\boxed{...}`, prose too: each of 3,275 distinct gold answers is then equal to itself. So it is
with `$\boxed{...}$`, which reads fewer of them as mathematics; with `$...$` five with blank lines or environments are
not found, and without a wrap only plain numbers are. The verdict is that of either order, as `verify` is not symmetric.
"""

import argparse
import json
import logging
import time
from pathlib import Path
from statistics import median

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

TARGETS = (LatexExtractionConfig(), ExprExtractionConfig())


def parsed(answer: str, timeout: int) -> list:
    """What `math-verify` reads in an answer; nothing if it fails or runs out of time."""
    try:
        return parse(f"\\boxed{{{answer}}}", extraction_config=TARGETS, parsing_timeout=timeout)
    except Exception:  # The reference has no list of what it raises; a failure is its answer "not equal".
        return []


def verified(gold: list, target: list, timeout: int) -> bool:
    try:
        return bool(verify(gold, target, timeout_seconds=timeout))
    except Exception:  # As above.
        return False


def judged(row: dict, timeout: int) -> dict:
    """The row with the verdicts and the time that they took."""
    start = time.perf_counter()
    gold, pred = parsed(row["gold"], timeout), parsed(row["pred"], timeout)
    forward, backward = verified(gold, pred, timeout), verified(pred, gold, timeout)
    seconds = round(time.perf_counter() - start, 6)
    return {**row, "reference": forward or backward, "forward": forward, "backward": backward, "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, help="JSON lines with id, gold and pred")
    parser.add_argument("out", type=Path, help="JSON lines to append to; rows that it holds are not done again")
    parser.add_argument("--timeout", type=int, default=3, help="seconds for each parse and each verify (default 3)")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    done = set()
    if arguments.out.exists():
        done = {json.loads(line)["id"] for line in arguments.out.open(encoding="utf-8")}
    rows = [json.loads(line) for line in arguments.pairs.open(encoding="utf-8")]
    rows = [row for row in rows if row["id"] not in done]
    print(f"{len(done)} rows are done, {len(rows)} to do", flush=True)
    seconds = []
    with arguments.out.open("a", encoding="utf-8") as out:
        for count, row in enumerate(rows, 1):
            result = judged(row, arguments.timeout)
            seconds.append(result["seconds"])
            out.write(json.dumps(result, ensure_ascii=False) + "\n")
            if count % 500 == 0 or count == len(rows):
                out.flush()
                print(f"{count}/{len(rows)}, median {median(seconds):.4f} s, most {max(seconds):.2f} s", flush=True)


if __name__ == "__main__":
    main()
