#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["blake3", "polars"]
# ///
"""Times `serl inspect` on a million rollouts: benches/many_rollouts.py SERL STORE RUN [COPIES]

Copies STORE to a temporary folder, where the responses and rewards of iteration 1 of RUN stand COPIES times (400: about
a million for the quickstart), each time with ids of their own. Prints the seconds of each inspection, of processes that
begin with the file system's cache warm. The copies compress better than other responses would.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import copytree

import polars as pl
from blake3 import blake3

TABLES = ("responses.parquet", "rewards.parquet")
INSPECTIONS = [
    ["rollouts"],
    ["rollouts", "--each", "--where", "reward = 0 and tokens > 20", "--sort", "tokens", "--limit", "5"],
    ["r-mean"],
    ["answers"],
    ["warnings"],
    ["train"],
    ["filter"],
    ["timing"],
    ["eval"],
]


def grown(frame, copies):
    own = pl.col("instruction_id").str.slice(0, 8)
    return pl.concat([frame.with_columns((own + f"{copy:08x}").alias("instruction_id")) for copy in range(copies)])


def stored(store, frame, name):
    """Puts the table into the store; returns its digest and bytes."""
    path = store / "table.parquet"
    frame.write_parquet(path, compression="zstd", row_group_size=65536, metadata={"serl.table": name})
    content = path.read_bytes()
    digest = blake3(content).hexdigest()
    object = store / "v1/objects" / digest[:2] / digest[2:]
    object.parent.mkdir(exist_ok=True)
    path.rename(object)
    return digest, len(content)


def sealed(manifest):
    """As the store writes manifests: with a checksum of what stands before it (pipeline/src/store/seal.rs)."""
    content = json.dumps(manifest, indent=2, ensure_ascii=False).encode()[:-2]
    digits = blake3(b"manifest\n" + content).hexdigest().encode()
    return content + b',\n  "checksum": "' + digits + b'"\n}\n'


def grow(store, copies):
    for path in (store / "v1/nodes").glob("*.json"):
        manifest = json.loads(path.read_bytes())
        material = manifest["material"]
        if material["stage"] not in ("respond", "vote") or material["config"].get("iteration") != 1:
            continue
        for name in TABLES:
            output = manifest["outputs"].get(name)
            if output is None:
                continue
            object = store / "v1/objects" / output["digest"][:2] / output["digest"][2:]
            frame = grown(pl.read_parquet(object), copies)
            output["digest"], output["bytes"] = stored(store, frame, name.removesuffix(".parquet"))
            output["rows"] = frame.height
        del manifest["checksum"]
        path.write_bytes(sealed(manifest))


def main(serl, store, run, copies="400"):
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "store"
        copytree(store, copy, symlinks=True)
        grow(copy, int(copies))
        for inspection in INSPECTIONS:
            command = [serl, "inspect", *inspection, "--run", run, "--store", str(copy), "--quiet"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            print(f"{time.perf_counter() - began:6.2f} s  serl inspect {' '.join(inspection)}")
        shown = [serl, "inspect", "rollouts", "--run", run, "--store", str(copy), "--json", "--quiet"]
        rounds = json.loads(subprocess.run(shown, check=True, stdout=subprocess.PIPE).stdout)
        print(f"{sum(row['responses'] for row in rounds)} rollouts")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
