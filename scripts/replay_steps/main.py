"""Runs every case, replays it, and prints how far the two are apart."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from transformers.utils import logging

from . import deal, report
from .cases import Case, cases
from .compare import TOLERANCE, Differences, compare, float32_cost
from .replay import Replay
from .store import Store

try:
    from . import trl_side
except ImportError:
    trl_side = None


def main() -> int:
    """The exit code: 0 if all cases pass, 1 if one does not, 2 for a mistake in the arguments."""
    arguments = parse()
    logging.disable_progress_bar()
    deal.self_test()
    chosen = cases(arguments.only)
    if not chosen:
        print(f"no case matches `{arguments.only}`", file=sys.stderr)
        return 2
    results, algorithm = [], None
    with tempfile.TemporaryDirectory() as folder:
        for case in chosen:
            if case.algorithm != algorithm:
                algorithm = case.algorithm
                print(report.header(algorithm))
            results.append((case, judge(Store(Path(folder), arguments.serl), case)))
            print(report.line(*results[-1]), flush=True)
    print(f"\n{report.summary(results)}\n")
    if trl_side is None:
        print("TRL cannot be imported: its losses were not compared")
    else:
        print(report.beside_trl(trl_side.VERSION, results))
    failed = [case for case, found in results if not found.passed]
    print(f"\n{len(results) - len(failed)} of {len(results)} cases agree to {TOLERANCE:g}")
    return 1 if failed else 0


def judge(store: Store, case: Case) -> Differences:
    """Runs a case and replays its rounds."""
    nodes, found = store.run(case.run, case.settings), Differences()
    observer = trl_side and trl_side.Observer()
    replay = Replay(nodes[0], observer=observer)
    replayed = [replay.node(node) for node in nodes]
    for node, again in zip(nodes, replayed):
        compare(node, again, found)
    if case.shipped:
        in_float32 = Replay(nodes[0], torch.float32)
        found.cost = max(float32_cost(node, in_float32.node(node), again) for node, again in zip(nodes, replayed))
    if observer:
        found.beside_trl = observer.largest
    return found


def parse() -> argparse.Namespace:
    """The arguments of the command line."""
    built = Path(__file__).parents[2] / "target/release/serl"
    parser = argparse.ArgumentParser(
        prog="replay-steps", description="Compares optimizer steps of `serl` with PyTorch, for every algorithm."
    )
    parser.add_argument("--serl", type=Path, default=shutil.which("serl") or built, help="the binary (%(default)s)")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="algorithms or runs, such as `grpo` or `*kl*`")
    arguments = parser.parse_args()
    if not Path(arguments.serl).is_file():
        parser.error(f"there is no binary `{arguments.serl}`: build it, or name it with `--serl`")
    arguments.serl = Path(arguments.serl).resolve()
    return arguments
