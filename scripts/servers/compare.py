"""Runs that sample at a server, beside one that samples in process."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent.parent

# Engines add in another order: in f32, log-probabilities agree to this, in nats a token.
CLOSE = 2e-3


class Trial:
    """Runs of one configuration in one store."""

    def __init__(self, binary: str, folder: Path, settings: list[str]) -> None:
        """`settings` are arguments of `serl run` that all runs have."""
        self.binary, self.folder, self.settings = binary, folder, settings
        self.faults: list[str] = []

    def attempt(self, name: str, more: list[str]) -> subprocess.CompletedProcess:
        """`serl run` under `name`; its messages go to the terminal, too."""
        store = f"execution.store={self.folder / 'store'}"
        command = [self.binary, "run", "--json", *self.settings, f"name={name}", store, *more]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        print(done.stderr, file=sys.stderr, end="", flush=True)
        return done

    def run(self, name: str, more: list[str]) -> dict:
        """What a run reports, which must succeed."""
        done = self.attempt(name, more)
        if done.returncode != 0:
            sys.exit(f"error: the run `{name}` ended with {done.returncode}")
        return json.loads(done.stdout)

    def table(self, name: str, path: str) -> pl.DataFrame:
        """A table of the run `name`."""
        return pl.read_parquet(self.folder / "store" / "runs" / name / path)

    def require(self, ok: bool, fault: str) -> None:
        """Notes a fault unless `ok`."""
        if not ok:
            self.faults.append(fault)

    def same_greedy(self, here: str, there: str, ties: int) -> None:
        """Greedy answers of the initial policy have the same tokens, but for `ties`."""
        path = "0/solve/responses.parquet"
        tables = [self.table(name, path).filter("greedy").sort("problem_id") for name in (here, there)]
        pairs = list(zip(*(table["output_tokens"].to_list() for table in tables), strict=True))
        same = sum(a == b for a, b in pairs)
        print(f"greedy answers with the same tokens: {same} of {len(pairs)}")
        self.require(same >= len(pairs) - ties, f"{len(pairs) - same} of {len(pairs)} greedy answers differ")

    def close_scores(self, name: str) -> None:
        """Log-probabilities of the server are those that training computes: its log has their divergence."""
        folder = self.folder / "store" / "runs" / name / "1"
        logs = pl.concat(pl.read_parquet(node / "train_log.parquet") for node in sorted(folder.glob("train.*")))
        responses = pl.concat(pl.read_parquet(node / "responses.parquet") for node in sorted(folder.glob("respond.*")))
        missing = responses["policy_logprobs"].null_count()
        self.require(missing == 0, f"{missing} responses have no log-probabilities")
        worst = logs["mismatch_kl"].abs().max()
        print(f"responses of the server: {responses.height}, largest mismatch_kl of {logs.height} steps: {worst:.1e}")
        self.require(worst < CLOSE, f"log-probabilities of the server are {worst} nats off")

    def nothing_again(self, name: str, more: list[str]) -> None:
        """The same run once more computes nothing."""
        nodes = self.run(name, more)["nodes"]
        ran = [node["id"] for node in nodes if node["status"] != "cached"]
        print(f"nodes of the repeated run: {len(nodes)}, computed: {len(ran)}")
        self.require(not ran, f"the repeated run computed {', '.join(ran)}")

    def end(self) -> None:
        """Ends the program, with code 1 after a fault."""
        for fault in self.faults:
            print(f"error: {fault}", file=sys.stderr)
        sys.exit(bool(self.faults))
