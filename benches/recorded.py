"""Ratios that `compare.py --record` has written down, by comparison and kind of CPU: a line of JSON each."""

import datetime
import json
import platform
import subprocess
from pathlib import Path

FILE = Path(__file__).resolve().parent / "ratios.jsonl"

# Below this share of the last ratio, it has become worse by more than what runs differ.
WORSE = 0.93


def cpu():
    """The CPU's model and what it can do that matters: names of virtual ones say little."""
    known = {}
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            known.setdefault(name.strip(), value.strip())
    except OSError:
        return platform.processor() or platform.machine()
    flags = known.get("flags", "").split()
    units = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    return " ".join([known.get("model name", platform.machine()), f"family {known.get('cpu family')}",
                     f"model {known.get('model')}", *units])


def comparison(args):
    """What two ratios must share to be compared. Of a model's folder, the shape counts."""
    config = json.loads((Path(args.model) / "config.json").read_text())
    shape = [config.get(key) for key in ("model_type", "hidden_size", "num_hidden_layers", "vocab_size")]
    kept = ("what", "peer", "device", "dtype", "threads", "prompts", "samples", "prompt_tokens", "new_tokens",
            "micro_batch_tokens")
    return {"model": shape, "cpu": cpu()} | {name: getattr(args, name) for name in kept}


def commit(serl):
    """What the binary says that it was built from."""
    told = subprocess.run([serl, "--version"], capture_output=True, text=True).stdout
    words = dict(line.split(None, 1) for line in told.splitlines() if " " in line)
    return words.get("commit", "unknown")[:7]


def lines():
    return [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []


def last(args):
    wanted = json.loads(json.dumps(comparison(args)))
    return next((line for line in reversed(lines()) if line["comparison"] == wanted), None)


def beside_last(args, result):
    """A sentence that compares the ratio with the last recorded one."""
    known = last(args)
    if known is None:
        return "no ratio is recorded for this comparison on this kind of CPU: --record"
    share = result["ratio"] / known["ratio"]
    verdict = "WORSE" if share < WORSE else "better" if share > 1 / WORSE else "as before"
    return f"last recorded ({known['date']}, {known['commit']}): {known['ratio']:.2f} x; now {share:.1%} of it, {verdict}"


def add(args, result):
    line = {"date": datetime.date.today().isoformat(), "commit": commit(args.serl), "ratio": round(result["ratio"], 3),
            "cpu_ratio": result["cpu_ratio"] and round(result["cpu_ratio"], 3), "runs": args.runs,
            "comparison": comparison(args)}
    with FILE.open("a") as file:
        file.write(json.dumps(line) + "\n")
