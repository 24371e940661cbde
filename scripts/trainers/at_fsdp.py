"""Compares rounds that `scripts/train-fsdp` trains with those of the built-in trainer: see test-external-trainer."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as parquet
import torch
from safetensors.torch import load_file

SCRIPT = Path(__file__).resolve().parent.parent / "train-fsdp"

# The quickstart with small counts: one iteration, without evaluation.
SMALL = """
iterations=1 generate.prompts=8 generate.batch_prompts=8 filter.max_kept=12 drift.enabled=false vote.n=8
train.bounds=[0.0,1.0] train.batch_rollouts=24 train.epochs=2 train.max_grad_norm=0.5 train.weight_decay=0.1 eval.path=
""".split()

# With a KL in the loss where the algorithm has none there; the first in two rounds, so that moments are carried.
CASES = {
    "reinforce_pp": """rounds=2 train.kl=loss_k2 train.kl_coef=0.05 train.entropy_coef=0.01 train.dual_clip=3.0
        train.mismatch_cap=2.0""",
    "grpo": "rounds=1 train.kl_coef=0.05",
    "gspo": "rounds=1 train.kl=loss_k1 train.kl_coef=0.05",
    "cispo": "rounds=1 train.kl=loss_k3 train.kl_coef=0.05 train.aggregation=constant",
}

# The largest difference of any weight, and of any figure relative to its size.
WEIGHTS, FIGURES = 1e-4, 1e-3


class Place:
    """A folder with a store that all runs share: they differ in their train nodes alone."""

    def __init__(self, serl, folder):
        self.serl, self.folder = serl, Path(folder)

    def arguments(self, name, algorithm, processes):
        arguments = ["run", "-q", *SMALL, f"name={name}", f"train.algorithm={algorithm}", *CASES[algorithm].split()]
        if processes:
            # A few tokens at once, so that steps have several micro-batches.
            run = [sys.executable, str(SCRIPT), "{in}", "{out}", "--processes", str(processes), "--tokens", "512"]
            command = ["train.backend=command", f"train.command.run={json.dumps(run)}"]
            arguments += [*command, f"train.command.version=train-fsdp for {name}"]
        return [self.serl, *arguments]

    def run(self, name, algorithm, processes=0):
        began = time.monotonic()
        self.execute(self.arguments(name, algorithm, processes))
        return time.monotonic() - began

    def execute(self, command):
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def interrupted(self, name, algorithm, processes):
        """Stops the run after the first step that was saved, and lets it go on."""
        given = [*self.arguments(name, algorithm, processes), "execution.checkpoint_steps=1"]
        child = subprocess.Popen(given, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        work = self.folder / ".serl/v1/work"
        while not list(work.glob("*/checkpoints/*")) and child.poll() is None:
            time.sleep(0.01)
        child.send_signal(signal.SIGTERM)
        told = child.communicate()[1]
        if child.returncode != 130:
            sys.exit(f"{name} was not interrupted but ended with {child.returncode}: {told}")
        saved = [path.name for path in work.glob("*/checkpoints/*")]
        self.execute(given)
        return [name.split("-")[0].lstrip("0") for name in saved]

    def weights(self, name, round):
        return load_file(self.folder / f".serl/runs/{name}/1/train.{round}/policy/model.safetensors")

    def figures(self, name, round):
        """Every figure of the log by name, as a list over the steps."""
        folder = self.folder / f".serl/runs/{name}/1/train.{round}"
        log = parquet.read_table(folder / "train_log.parquet").to_pydict()
        rows = parquet.read_table(folder / "train_figures.parquet").to_pylist()
        for row in rows:
            log.setdefault(row["name"], []).append(row["value"])
        return log


def furthest(one, other):
    assert one.keys() == other.keys(), one.keys() ^ other.keys()
    return max((one[name] - other[name]).abs().max().item() for name in one)


def compare(place, algorithm, name, base, rounds, fault):
    for round in range(rounds):
        weights = furthest(place.weights(base, round), place.weights(name, round))
        ours, others = place.figures(base, round), place.figures(name, round)
        assert ours.keys() == others.keys(), ours.keys() ^ others.keys()
        distance = {}
        for figure, values in ours.items():
            if None not in values:
                pairs = zip(values, others[figure], strict=True)
                distance[figure] = max(abs(a - b) / max(1.0, abs(a)) for a, b in pairs)
        worst = max(distance, key=distance.get)
        moved = furthest(place.weights(base, round), START)
        print(
            f"{algorithm:<13} {name:<22} round {round}  {len(ours['step'])} steps, weights moved by {moved:.1e}: "
            f"weights {weights:.1e}, loss {distance['loss']:.1e}, grad_norm {distance['grad_norm']:.1e}, "
            f"any figure {distance[worst]:.1e} ({worst})",
            flush=True,
        )
        if weights > WEIGHTS or distance[worst] > FIGURES:
            fault.append(f"{name}, round {round}")


START = load_file(SCRIPT.parent.parent / "models/quickstart/model.safetensors")


def stopped(place, base, fault):
    """Two processes that are stopped and go on."""
    saved = place.interrupted("grpo-stopped", "grpo", 2)
    print(f"grpo-stopped: stopped after step {', '.join(saved)} of 8 and continued")
    compare(place, "grpo", "grpo-stopped", base, 1, fault)


def everything(place, fault):
    for algorithm, settings in CASES.items():
        rounds = 2 if "rounds=2" in settings else 1
        place.run(f"{algorithm}-built-in", algorithm)
        for processes in [1, 2]:
            name = f"{algorithm}-{processes}"
            seconds = place.run(name, algorithm, processes)
            print(f"{name}: {seconds:.1f} s")
            compare(place, algorithm, name, f"{algorithm}-built-in", rounds, fault)
    stopped(place, "grpo-built-in", fault)
    distance = furthest(place.weights("grpo-stopped", 0), place.weights("grpo-2", 0))
    print(f"stopped or not, weights of two processes differ by {distance:.1e}")
    if distance > 0:
        fault.append("grpo-stopped is not grpo-2")


def main():
    quick, [serl] = "--quick" in sys.argv, [argument for argument in sys.argv[1:] if argument != "--quick"]
    fault = []
    with tempfile.TemporaryDirectory() as folder:
        place = Place(serl, folder)
        if quick:
            place.run("built-in", "grpo")
            stopped(place, "built-in", fault)
        else:
            everything(place, fault)
    if fault:
        sys.exit(f"too far apart: {', '.join(fault)}")


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    main()
