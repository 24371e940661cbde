#!/usr/bin/env python3
"""Peak memory of a training node in a run that also samples, against the same node alone in a fresh process.

    python3 benches/peak_memory.py target/release/serl

A run samples, votes and trains in one process; training must not pay for what sampling held. The policy is the shipped one
with 57 million parameters: its MLPs get columns of zeros, so that it answers as before. Standard library only.
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "models/quickstart"
INTERMEDIATE = 49_000
# Enough for every stage to do real work, in about a minute.
SMALL = ["iterations=1", "rounds=1", "generate.prompts=8", "filter.max_kept=16", "vote.n=8", "train.on_empty=skip",
         "train.bounds=[0.0,1.0]", "train.batch_rollouts=64", "eval.path="]


def widened(folder):
    """The shipped policy with MLPs of `INTERMEDIATE` columns, the new ones zero."""
    folder.mkdir()
    for file in SHIPPED.iterdir():
        if file.is_file() and file.name not in ("config.json", "model.safetensors"):
            (folder / file.name).write_bytes(file.read_bytes())
    config = json.loads((SHIPPED / "config.json").read_text())
    narrow, config["intermediate_size"] = config["intermediate_size"], INTERMEDIATE
    (folder / "config.json").write_text(json.dumps(config))

    data = (SHIPPED / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    tensors, data = json.loads(data[8:8 + length]), data[8 + length:]
    header, body, end = {}, [], 0
    for name, tensor in tensors.items():
        if name == "__metadata__":
            continue
        start, stop = tensor["data_offsets"]
        shape, values = tensor["shape"], data[start:stop]
        if ".mlp." in name and shape[0] == narrow:  # gate, up: [intermediate, hidden]
            values += bytes(4 * (INTERMEDIATE - narrow) * shape[1])
            shape = [INTERMEDIATE, shape[1]]
        elif ".mlp." in name:  # down: [hidden, intermediate]
            zeros = bytes(4 * (INTERMEDIATE - narrow))
            rows = [values[4 * narrow * row:4 * narrow * (row + 1)] + zeros for row in range(shape[0])]
            values, shape = b"".join(rows), [shape[0], INTERMEDIATE]
        header[name] = dict(tensor, shape=shape, data_offsets=[end, end + len(values)])
        end += len(values)
        body.append(values)
    header = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"".join(body))
    return end // 4


def peak(command):
    """Peak resident memory of a command, in MB."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}\n{errors}")
    return usage.ru_maxrss / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("serl", help="the binary")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        parameters = widened(scratch / "policy")
        run = [args.serl, "run", "-q", f"model.path={scratch / 'policy'}", *SMALL]
        whole = peak([*run, f"execution.store={scratch / 'one'}"])
        parts = [*run, f"execution.store={scratch / 'two'}"]
        sampling = peak([*parts, "--stage", "vote"])
        alone = peak([*parts, "--stage", "train"])
    print(f"policy of {parameters / 1e6:.1f} M parameters, {4 * parameters / 1e6:.0f} MB")
    print(f"generate to train in one process  {whole:6.0f} MB")
    print(f"generate to vote                  {sampling:6.0f} MB")
    print(f"train alone                       {alone:6.0f} MB")
    print(f"one process / train alone         {whole / alone:6.3f}")


if __name__ == "__main__":
    main()
