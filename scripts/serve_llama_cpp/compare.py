"""Compares a run that samples at a llama.cpp server with one in process; see `scripts/test-llama-cpp`."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

ROOT = Path(__file__).resolve().parent.parent.parent

# A quickstart in small: two rounds, so that the server is started with three policies.
SMALL = [
    "iterations=1",
    "rounds=2",
    "generate.prompts=24",
    "filter.max_kept=24",
    "vote.n=8",
    "eval.limit=60",
    "eval.k=4",
    "drift.enabled=false",
    "train.on_empty=skip",
]

# llama.cpp adds in another order: in f32, log-probabilities agree to this, in nats.
CLOSE = 2e-3


def main() -> None:
    """Runs both and prints how far they are apart."""
    binary = sys.argv[1]
    with TemporaryDirectory(prefix="serl-llama-cpp-") as scratch:
        folder = Path(scratch)
        run(binary, folder, "here", [])
        served = at_server()
        run(binary, folder, "there", served)
        faults = [*greedy(folder), *scores(folder), *again(binary, folder, served)]
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(bool(faults))


def run(binary: str, folder: Path, name: str, more: list[str]) -> dict:
    """Runs the small quickstart under `name`; returns what it reports."""
    store = f"execution.store={folder / 'store'}"
    command = [binary, "run", "--json", f"name={name}", store, *SMALL, *more]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)


def at_server() -> list[str]:
    """Settings by which a run starts a server for each policy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = str(ROOT / "scripts" / "serve-llama-cpp")
    start = [sys.executable, script, "{model}", "--host", "{host}", "--port", "{port}", "--context", "1024"]
    return [
        "sampler.kind=llama_cpp",
        f'sampler.urls=["http://127.0.0.1:{port}"]',
        "sampler.version=xllamacpp, f32",
        f"sampler.start={json.dumps(start)}",
        "sampler.in_flight=8",
        "sampler.tolerance=0.001",
    ]


def table(folder: Path, name: str, path: str) -> pl.DataFrame:
    """A table of the run `name`."""
    return pl.read_parquet(folder / "store" / "runs" / name / path)


def greedy(folder: Path) -> list[str]:
    """Greedy answers of the initial policy: the same tokens, but for ties."""
    path = "0/solve/responses.parquet"
    here, there = (table(folder, name, path).filter("greedy").sort("problem_id") for name in ("here", "there"))
    same = sum(a == b for a, b in zip(here["output_tokens"].to_list(), there["output_tokens"].to_list(), strict=True))
    print(f"greedy answers with the same tokens: {same} of {here.height}")
    return [] if same >= here.height - 1 else [f"{here.height - same} of {here.height} greedy answers differ"]


def scores(folder: Path) -> list[str]:
    """Log-probabilities that the server reported, beside those of training: the log has their KL divergence."""
    logs = [table(folder, "there", f"1/train.{number}/train_log.parquet") for number in (0, 1)]
    rows = table(folder, "there", "1/respond.0/responses.parquet")
    missing = rows["policy_logprobs"].null_count()
    worst = max(log["mismatch_kl"].abs().max() for log in logs)
    print(f"responses of the server: {rows.height}, largest mismatch_kl of a step: {worst:.1e} nats a token")
    faults = [f"{missing} responses have no log-probabilities"] if missing else []
    return faults if worst < CLOSE else [*faults, f"the server's log-probabilities are {worst} nats off"]


def again(binary: str, folder: Path, served: list[str]) -> list[str]:
    """The same run once more computes nothing, and needs no server."""
    report = run(binary, folder, "there", served)
    ran = [node["id"] for node in report["nodes"] if node["status"] != "cached"]
    print(f"nodes of the repeated run: {len(report['nodes'])}, computed: {len(ran)}")
    return [f"the repeated run computed {', '.join(ran)}"] if ran else []


if __name__ == "__main__":
    main()
