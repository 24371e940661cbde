"""A run that samples at a llama.cpp server beside one in process; see `scripts/test-llama-cpp`."""

import json
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from servers.compare import ROOT, Trial

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


def main() -> None:
    """Runs both and prints how far they are apart."""
    with TemporaryDirectory(prefix="serl-llama-cpp-") as scratch:
        trial = Trial(sys.argv[1], Path(scratch), SMALL)
        served = at_server()
        trial.run("here", [])
        trial.run("there", served)
        trial.same_greedy("here", "there", ties=1)
        trial.close_scores("there")
        trial.nothing_again("there", served)
    trial.end()


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


if __name__ == "__main__":
    main()
