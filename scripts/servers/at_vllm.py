"""Runs that sample at a vLLM server beside one in process; see `scripts/test-vllm`."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from servers.compare import ROOT, Trial

DATA = ROOT / "models" / "quickstart" / "data"

# `configs/smollm2-135m.toml` in small, with two rounds, so that the server gets two policies more.
SMALL = [
    "-c",
    str(ROOT / "configs" / "smollm2-135m.toml"),
    f"seeds.path={DATA / 'seeds.jsonl'}",
    f"eval.path={DATA / 'eval.jsonl'}",
    "rounds=2",
    "generate.prompts=6",
    "generate.max_new_tokens=96",
    "filter.max_kept=8",
    "vote.n=4",
    "vote.max_new_tokens=48",
    "train.bounds=[0.0, 1.0]",
    "train.batch_rollouts=8",
    "eval.limit=20",
    "eval.sample_limit=4",
    "eval.k=2",
    "eval.max_new_tokens=32",
    "drift.enabled=false",
]

# Adapters with a step that shows.
ADAPTED = ["train.lora.rank=8", "train.carry_optimizer=false", "train.lr=1e-4"]


def main() -> None:
    """Starts the server, makes the runs and prints how far they are apart."""
    binary, model = sys.argv[1], Path(sys.argv[2]).resolve()
    with TemporaryDirectory(prefix="serl-vllm-") as scratch:
        folder = Path(scratch)
        trial = Trial(binary, folder, [*SMALL, f"model.path={model}"])
        trial.run("here", ADAPTED)
        url, server = started(model, folder / "vllm.log")
        try:
            # Where pip is not installed, the server cannot say in which precision it computes.
            version = "sampler.version=0.32.0, float32"
            compare(trial, ["sampler.kind=vllm", f'sampler.urls=["{url}"]', version, "sampler.in_flight=16"])
        finally:
            server.terminate()
            server.wait()
    trial.end()


def compare(trial: Trial, served: list[str]) -> None:
    """Runs at the server and what must be seen of them."""
    adapters = [*ADAPTED, *served, "sampler.weights=adapters"]
    refused = trial.attempt("strict", [*adapters, "sampler.tolerance=1e-9"])
    print("\n".join(line for line in refused.stderr.splitlines() if "nats" in line))
    trial.run("adapters", adapters)
    trial.same_greedy("here", "adapters", ties=1)
    trial.close_scores("adapters")
    trial.nothing_again("adapters", adapters)
    # vLLM on a CPU keeps the old output weights where they are tied to the embedding, and says that all is well.
    wrong = trial.attempt("whole", [*served, "sampler.weights=whole", "train.lr=1e-4"])
    told = [line for line in wrong.stderr.splitlines() if "does not have the weights" in line]
    print("\n".join(told))
    trial.require(wrong.returncode == 1 and bool(told), "a wrong reload went unnoticed")


def started(model: Path, log: Path) -> tuple[str, subprocess.Popen]:
    """A server and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The package for CPUs is called otherwise, so that `vllm serve` does not find itself.
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)]
    # Seeded requests whose prompt is read in pieces end the engine on a CPU.
    whole = ["--max-num-batched-tokens", "16384", "--no-enable-chunked-prefill"]
    lora = ["--enable-lora", "--max-lora-rank", "16", "--max-loras", "2"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--enforce-eager"]
    command += ["--max-model-len", "2048", *whole, *lora]
    settings = {
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_SERVER_DEV_MODE": "1",
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    with log.open("w") as out:
        server = subprocess.Popen(command, env=os.environ | settings, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    begun = time.monotonic()
    while not answers(url):
        if server.poll() is not None or time.monotonic() - begun > 900:
            server.kill()
            sys.exit("error: vLLM did not start:\n" + "\n".join(log.read_text().splitlines()[-20:]))
        time.sleep(1)
    print(f"vLLM answers after {time.monotonic() - begun:.0f} s", flush=True)
    return url, server


def answers(url: str) -> bool:
    """Whether the server is there."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    main()
