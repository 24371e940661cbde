"""Runs `serl` and reads what it stored: settings from manifests, rows from Parquet, weights from safetensors."""

import json
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow.parquet
import torch
from safetensors.torch import load_file


@dataclass(frozen=True)
class Store:
    """A folder in which runs are made, each with the embedded default's policy and seeds."""

    folder: Path
    serl: Path

    def run(self, name: str, settings: tuple[str, ...]) -> list["TrainNode"]:
        """Trains one iteration and returns its train nodes, round by round."""
        only = ["--stage", "train", "--iteration", "1"]
        last = {setting.split("=")[0]: setting for setting in settings}
        command = [str(self.serl), "run", "--quiet", *only, f"name={name}", *last.values()]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
        nodes = json.loads((self.folder / f".serl/v1/runs/{name}.json").read_text())["nodes"]
        rounds = sorted(node for node in nodes if node.startswith("1/train."))
        return [TrainNode(self.folder / ".serl", name, nodes[node]) for node in rounds]


@dataclass(frozen=True)
class TrainNode:
    """A finished node of the stage `train`, with the inputs and outputs that its manifest names."""

    root: Path
    run: str
    key: str

    @cached_property
    def manifest(self) -> dict:
        """Settings, inputs and outputs."""
        return json.loads((self.root / f"v1/nodes/{self.key}.json").read_text())

    @property
    def config(self) -> dict:
        """`train`, `train_n`, `longest_response`, `iteration` and `round`."""
        return self.manifest["material"]["config"]

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.manifest["material"]["seed"]

    def rows(self, stage: str, table: str) -> list[dict]:
        """A table of this round."""
        folder = self.root / f"runs/{self.run}/1/{stage}.{self.config['round']}"
        return pyarrow.parquet.read_table(folder / f"{table}.parquet").to_pylist()

    def input(self, name: str) -> Path:
        """A model folder that the node read; one that no node wrote is the embedded policy."""
        tree = self.root / "v1/trees" / self.manifest["material"]["inputs"][name]
        return tree if tree.exists() else next((self.root / "builtin").glob("*/config.json")).parent

    def output(self, name: str) -> Path | None:
        """A model folder that the node wrote, if it did."""
        found = self.manifest["outputs"].get(name)
        return found and self.root / "v1/trees" / found["digest"]

    def moments(self) -> dict[str, dict[str, torch.Tensor]] | None:
        """AdamW's `mean` and `square`, under the names and in the shapes of the model's own parameters."""
        folder = self.output("trainer")
        if folder is None:
            return None
        moments = {"mean": {}, "square": {}}
        for name, value in load_file(folder / "optimizer.safetensors").items():
            kind, name = name.split(".", 1)
            moments[kind].update(unfused(name, value.double()))
        return moments


FUSED = {
    "qkv": [f"self_attn.{part}_proj.weight" for part in "qkv"],
    "out": ["self_attn.o_proj.weight"],
    "gate_up": ["mlp.gate_proj.weight", "mlp.up_proj.weight"],
    "down": ["mlp.down_proj.weight"],
}
NORMS = {"norm1": "input_layernorm.weight", "norm2": "post_attention_layernorm.weight"}


def unfused(name: str, value: torch.Tensor) -> dict[str, torch.Tensor]:
    """`serl` keeps products side by side with inputs as rows, and norms as matrices of one row."""
    *layer, leaf = name.split(".")
    prefix = ".".join(["model", *layer, ""])
    if leaf == "embed":
        return {"model.embed_tokens.weight": value}
    if leaf in FUSED:
        parts = value.chunk(len(FUSED[leaf]), dim=1)
        return {prefix + part: matrix.T for part, matrix in zip(FUSED[leaf], parts)}
    return {prefix + NORMS.get(leaf, f"{leaf}.weight"): value[0]}
